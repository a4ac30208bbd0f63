@testable import Engine
import Model
import Primitives
import Testing

/// The stored form of a customer. It goes into snapshots: the bytes here never change within a version.
struct PackedCustomerTests {
    /// What customers point into: kept for as long as the test.
    private final class Texts {
        private var kept: [UnsafeMutableRawBufferPointer] = []

        deinit { for bytes in kept { bytes.deallocate() } }

        func keep(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            copy.copyBytes(from: bytes)
            kept.append(copy)
            return UnsafeRawBufferPointer(copy)
        }

        func keep(_ text: String) -> UnsafeRawBufferPointer { keep(Array(text.utf8)) }
    }

    private let texts = Texts()

    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        String(
            decoding: bytes.flatMap { [ByteWriter.hexDigit($0 >> 4), ByteWriter.hexDigit($0 & 15)] },
            as: UTF8.self)
    }

    private func pack(_ customer: borrowing Customer) -> [UInt8] {
        var writer = ByteWriter()
        customer.pack(into: &writer)
        return Array(writer.bytes)
    }

    /// Lets `customer` take over what `packed` says, with the readable bytes behind it that an arena has.
    private func unpack(_ packed: [UInt8], hash: UInt64, into customer: inout Customer) {
        let block = texts.keep(packed + [UInt8](repeating: 0xEE, count: BlockArena.readSlackByteCount))
        if let start = block.baseAddress { customer.unpack(start, hash: hash) }
    }

    /// What is unpacked from the bytes that `customer` is packed into.
    private func roundTrip(_ customer: borrowing Customer) -> Customer {
        var copy = Customer()
        unpack(pack(customer), hash: customer.hash, into: &copy)
        return copy
    }

    /// A time that 48 bits hold.
    private func time(_ milliseconds: Int64) -> EventTime { EventTime(milliseconds: milliseconds) }

    @Test func `a customer of whom nothing is known takes the header and the key`() {
        var customer = Customer()
        customer.key = texts.keep("c-1")
        #expect(hexadecimal(pack(customer)) == "0b00020000000000632d31")
        let block = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 16)
        defer { block.deallocate() }
        let key = Array("c-1".utf8)
        key.withUnsafeBytes { PackedCustomer.writeEmpty(key: $0, to: block) }
        #expect(hexadecimal(UnsafeRawBufferPointer(start: block, count: 11)) == "0b00020000000000632d31")
    }

    @Test func `every field has its place and width`() {
        let customer = fullCustomer()
        let expected =
            "d2000000ffffdf65" + "63"  // 210 bytes, key "c", all fields, every reason, at_risk, step 5
            + "01" + "0807060504030201" + "01" + "1817161514131211"  // ids, orders
            + "03000000" + "010000000000" + "020000000000" + "0807060504030201"  // n, first, last, spend
            + "030000000000" + "040000000000" + "050000000000"  // crossing, until, fatigue end
            + "02" + "060000000000" + "060504030201"  // ad clicks
            + "070000000000" + "080000000000" + "090000000000" + "0a0000000000" + "0b0000000000"
            + "0c0000000000"  // withdrawn, granted (mail, then ads), bounce, received
            + "0d0000000000" + "0e0000000000" + "0f0000000000" + "02"  // cleared, first step, abandoned
            + "100000000000" + "110000000000" + "02" + "6531"  // activity, start, id of the last event
            + "0a" + "00" + "41" + "545259" + "a08601000000" + "120000000000"  // one A at 10 TRY
            + "09" + "01" + "4242" + "05000000" + "000000000000" + "130000000000"  // five BB at 0
            + "04" + "00" + "43" + "455552" + "0000008000000000" + "140000000000"  // 2^31 C, unpriced, EUR
        #expect(hexadecimal(pack(customer)) == expected)
    }

    @Test func `times that are the same as others take no room`() {
        var customer = Customer()
        customer.key = texts.keep("c")
        customer.orderCount = 1
        (customer.firstOrder, customer.lastOrder) = (time(1), time(1))
        (customer.firstStepFired, customer.abandonedAt, customer.abandonedStep) = (time(2), time(2), 1)
        (customer.cart.activity, customer.cart.start) = (time(3), time(3))
        append("A", 1, 100_000, "TRY", 2, to: &customer)
        append("B", 1, 100_000, "TRY", 3, to: &customer)
        var packed = pack(customer)
        let expected =
            "44000007" + "04c00020" + "63" + "01000000" + "010000000000" + "0000000000000000"  // one order
            + "020000000000" + "01" + "030000000000" + "00"  // first step and its record, activity, no id
            + "0a" + "00" + "41" + "545259" + "a08601000000" + "020000000000" + "1b" + "00" + "42"
            + "a08601000000"
        #expect(hexadecimal(packed) == expected)
        var copy = roundTrip(customer)
        #expect(firstDifference(&customer, &copy) == nil)
        #expect(packed.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
        packed[3] = 8
        #expect(!packed.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
        for omission in [1, 2, 4] as [UInt8] {
            let empty = [9, 0, 0, omission, 0, 0, 0, 0, UInt8(ascii: "c")]
            #expect(!empty.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
            let orderless = [15, 0, 0, omission, 8, 0, 0, 0, UInt8(ascii: "c"), 1, 0, 0, 0, 0, 0]
            #expect(!orderless.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
        }
    }

    private func fullCustomer() -> Customer {
        var customer = Customer()
        customer.key = texts.keep("c")
        customer.recentIDs.append(0x0102_0304_0506_0708)
        customer.recentOrders.append(0x1112_1314_1516_1718)
        customer.orderCount = 3
        (customer.firstOrder, customer.lastOrder) = (time(1), time(2))
        customer.spend = Money(tenThousandths: 0x0102_0304_0506_0708)
        customer.hasOtherCurrency = true
        (customer.crossing, customer.until, customer.fatigueEnd) = (time(3), time(4), time(5))
        customer.adClicks.append(time(6))
        customer.adClicks.append(time(0x0102_0304_0506))
        (customer.mailWithdrawn, customer.mailGranted) = (time(7), time(8))
        (customer.adsWithdrawn, customer.adsGranted) = (time(9), time(10))
        (customer.hardBounce, customer.mailReceived) = (time(11), time(12))
        (customer.cartCleared, customer.firstStepFired) = (time(13), time(14))
        (customer.abandonedAt, customer.abandonedStep) = (time(15), 2)
        customer.reasons = SuppressionReasons(rawValue: 31)
        customer.level = .atRisk
        (customer.cart.activity, customer.cart.start, customer.cart.step) = (time(16), time(17), 5)
        customer.cart.isTruncated = true
        customer.cart.lastEventID = texts.keep("e1")
        append("A", 1, 100_000, "TRY", 18, to: &customer)
        append("BB", 5, 0, "TRY", 19, to: &customer)
        append("C", 1 << 31, -1, "EUR", 20, to: &customer)
        return customer
    }

    private func append(
        _ sku: String, _ quantity: Int64, _ tenThousandths: Int64, _ currency: String, _ touched: Int64,
        to customer: inout Customer
    ) {
        customer.cart.append(
            sku: texts.keep(sku), quantity: quantity, price: Money(tenThousandths: tenThousandths),
            currency: Currency(currency) ?? .absent, touched: time(touched))
    }

    @Test func `a full customer comes back as it was`() {
        var customer = fullCustomer()
        var copy = roundTrip(customer)
        #expect(firstDifference(&customer, &copy) == nil)
    }

    @Test func `what is packed is well-formed, another currency without an order is not`() {
        let packed = pack(fullCustomer())
        #expect(packed.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
        var one = Customer()
        one.key = texts.keep("c")
        (one.orderCount, one.hasOtherCurrency) = (1, true)
        var bytes = pack(one)
        #expect(bytes.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
        bytes = [9, 0, 0, 0, 0, 0, 0, 0x40, UInt8(ascii: "c")]
        #expect(!bytes.withUnsafeBytes { PackedCustomer.isWellFormed($0) })
    }

    @Test func `the largest customer fits`() {
        var customer = fullCustomer()
        customer.key = texts.keep(String(repeating: "k", count: 256))
        customer.cart.lastEventID = texts.keep(String(repeating: "e", count: 128))
        customer.cart.removeAllItems()
        for index in 0..<200 {
            let sku = String(repeating: "s", count: 253) + String(1_000 + index).dropFirst()
            append(sku, .max, 99_999_999_990_000, index % 2 == 0 ? "TRY" : "EUR", 1 << 48 - 1, to: &customer)
        }
        for number in UInt64(0)..<8 {
            customer.recentIDs.append(.max - number)
            customer.recentOrders.append(.max - number)
            customer.adClicks.append(time(1 << 48 - 1 - Int64(number)))
        }
        (customer.orderCount, customer.spend) = (.max, Money(tenThousandths: .max))
        (customer.abandonedStep, customer.cart.step) = (16, 16)
        var copy = roundTrip(customer)
        #expect(firstDifference(&customer, &copy) == nil)
        #expect(pack(customer).count < BlockArena.blockByteCountMax)
    }

    @Test func `random customers come back as they were, packed once or twice`() {
        for seed in UInt64(1)...400 {
            var random = RandomStream(seed: seed)
            var customer = randomCustomer(&random)
            var copy = roundTrip(customer)
            // The second time the items have not been looked at in between.
            var again = roundTrip(copy)
            let areSameBytes = pack(copy) == pack(customer)
            let isWellFormed = pack(customer).withUnsafeBytes { PackedCustomer.isWellFormed($0) }
            #expect(isWellFormed, "seed \(seed)")
            #expect(areSameBytes, "seed \(seed)")
            #expect(firstDifference(&customer, &copy) == nil, "seed \(seed)")
            #expect(firstDifference(&customer, &again) == nil, "seed \(seed)")
        }
    }

    @Test func `packed customers that are cut off or too long are told apart`() {
        for seed in UInt64(1)...30 {
            var random = RandomStream(seed: seed)
            var packed = pack(randomCustomer(&random))
            for count in (0..<packed.count).reversed() {
                packed.removeLast()
                if count >= 2 {
                    packed[0] = UInt8(truncatingIfNeeded: count)
                    packed[1] = UInt8(count >> 8)
                }
                // Without its last items a cart is a cart, too.
                let isWellFormed = packed.withUnsafeBytes { PackedCustomer.isWellFormed($0) }
                if isWellFormed {
                    var customer = Customer()
                    unpack(packed, hash: 0, into: &customer)
                    customer.cart.unpackItems()
                }
            }
        }
    }

    @Test func `unpacking leaves nothing of the customer before`() {
        for seed in UInt64(1)...100 {
            var random = RandomStream(seed: seed)
            var before = randomCustomer(&random)
            var customer = randomCustomer(&random)
            unpack(pack(customer), hash: customer.hash, into: &before)
            #expect(firstDifference(&customer, &before) == nil, "seed \(seed)")
        }
    }
}

extension PackedCustomerTests {
    private func randomTime(_ random: inout RandomStream, or absent: EventTime) -> EventTime {
        switch random.index(below: 8) {
        case 0...3: absent
        case 4: time(0)
        case 5: time(1 << 48 - 1)
        default: time(Int64(random.index(below: 1 << 48)))
        }
    }

    private func randomCustomer(_ random: inout RandomStream) -> Customer {
        var customer = Customer()
        let keyCount = 1 + random.index(below: random.chance(0.1) ? 256 : 12)
        customer.key = texts.keep((0..<keyCount).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        customer.hash = StableHash.hash(customer.key)
        for _ in 0..<random.index(below: 10) { customer.recentIDs.append(random.next()) }
        for _ in 0..<random.index(below: 6) { customer.recentOrders.append(random.next()) }
        if random.chance(0.6) {
            customer.orderCount = UInt32(1 + random.index(below: random.chance(0.5) ? 5 : 1 << 32 - 1))
            customer.firstOrder = time(Int64(random.index(below: 1 << 42)))
            customer.lastOrder = time(Int64(random.index(below: 1 << 42)))
            customer.spend = Money(tenThousandths: Int64(random.next() >> 1))
            customer.hasOtherCurrency = random.chance(0.5)
        }
        customer.crossing = randomTime(&random, or: .never)
        customer.until = randomTime(&random, or: .never)
        customer.fatigueEnd = randomTime(&random, or: .distantPast)
        for _ in 0..<random.index(below: 10) { customer.adClicks.append(time(Int64(random.next() >> 16))) }
        customer.reasons = SuppressionReasons(rawValue: UInt8(random.index(below: 32)))
        customer.level = ChurnLevel(rawValue: UInt8(random.index(below: 4))) ?? .none
        customer.mailWithdrawn = randomTime(&random, or: .distantPast)
        customer.mailGranted = randomTime(&random, or: .distantPast)
        customer.adsWithdrawn = randomTime(&random, or: .distantPast)
        customer.adsGranted = randomTime(&random, or: .distantPast)
        customer.hardBounce = randomTime(&random, or: .distantPast)
        customer.mailReceived = randomTime(&random, or: .distantPast)
        customer.cartCleared = randomTime(&random, or: .distantPast)
        customer.firstStepFired = randomTime(&random, or: .distantPast)
        if random.chance(0.4) {
            customer.abandonedAt = time(Int64(random.next() >> 16))
            customer.abandonedStep = UInt8(1 + random.index(below: 255))
        }
        if random.chance(0.6) { fillCart(of: &customer, &random) }
        return customer
    }

    private func fillCart(of customer: inout Customer, _ random: inout RandomStream) {
        customer.cart.activity = time(Int64(random.next() >> 16))
        customer.cart.start = time(Int64(random.next() >> 16))
        customer.cart.step = random.index(below: 32)
        customer.cart.isTruncated = random.chance(0.2)
        customer.cart.lastEventID = texts.keep([UInt8](repeating: 0x65, count: random.index(below: 129)))
        let itemCount = 1 + random.index(below: random.chance(0.05) ? 200 : 6)
        for index in 0..<itemCount {
            let byteCount = random.chance(0.1) ? 250 : random.index(below: 20)
            let quantities: [Int64] = [1, 2, Int64(Int32.max), Int64(Int32.max) + 1, .max]
            let price = random.chance(0.3) ? -1 : Int64(random.index(below: 99_999_999_990_001))
            append(
                "\(index)" + String(repeating: "s", count: byteCount), quantities[random.index(below: 5)],
                price,
                ["TRY", "EUR", "eur"][random.index(below: 3)], Int64(random.next() >> 16), to: &customer)
        }
    }

    /// The name of the first field that differs; unpacks the items of both.
    private func firstDifference(_ left: inout Customer, _ right: inout Customer) -> String? {
        guard left.key.isEqual(to: right.key), left.hash == right.hash else { return "key" }
        func differ<let n: Int, E: Equatable>(_ a: RecentList<n, E>, _ b: RecentList<n, E>) -> Bool {
            a.count != b.count || (0..<a.count).contains { a[$0] != b[$0] }
        }
        if differ(left.recentIDs, right.recentIDs) { return "recentIDs" }
        if differ(left.recentOrders, right.recentOrders) { return "recentOrders" }
        if differ(left.adClicks, right.adClicks) { return "adClicks" }
        guard left.orderCount == right.orderCount, left.spend == right.spend,
            left.hasOtherCurrency == right.hasOtherCurrency
        else { return "orders" }
        guard left.reasons == right.reasons, left.level == right.level else { return "reasons, level" }
        guard left.abandonedStep == right.abandonedStep else { return "abandonedStep" }
        let (times, otherTimes) = (self.times(left), self.times(right))
        if let index = times.indices.first(where: { times[$0] != otherTimes[$0] }) { return "time \(index)" }
        return firstDifferenceOfCarts(&left, &right)
    }

    private func times(_ customer: borrowing Customer) -> [EventTime] {
        [
            customer.firstOrder, customer.lastOrder, customer.crossing, customer.until, customer.fatigueEnd,
            customer.mailWithdrawn, customer.mailGranted, customer.adsWithdrawn, customer.adsGranted,
            customer.hardBounce, customer.mailReceived, customer.cartCleared, customer.firstStepFired,
            customer.abandonedAt, customer.cart.activity, customer.cart.start,
        ]
    }

    private func firstDifferenceOfCarts(_ left: inout Customer, _ right: inout Customer) -> String? {
        left.cart.unpackItems()
        right.cart.unpackItems()
        guard left.cart.step == right.cart.step, left.cart.isTruncated == right.cart.isTruncated,
            left.cart.lastEventID.isEqual(to: right.cart.lastEventID)
        else { return "cart" }
        guard left.cart.items.count == right.cart.items.count else { return "item count" }
        for index in left.cart.items.indices {
            let (a, b) = (left.cart.items[index], right.cart.items[index])
            guard a.sku.isEqual(to: b.sku), a.quantity == b.quantity,
                a.price == b.price, a.currency == b.currency, a.touched == b.touched
            else { return "item \(index)" }
        }
        return nil
    }
}
