import Model
import Primitives

/// Sessions: pages, searches, products, the basket, and the order.
extension ShopWorkload {
    /// Opens a session, unless one is under way. Makes no event of its own.
    mutating func beginSession(of index: Int, _ intent: ShopCustomer.Intent) -> GeneratedEvent? {
        guard customers[index].stage == .outside else { return nil }
        sessionNumber += 1
        customers[index].session = sessionNumber
        customers[index].intent = intent
        customers[index].stage = .landing
        let length = intent == .buy && customers[index].lineCount > 0 ? 1 : 3 + random.exponential(mean: 5)
        customers[index].stepsLeft = UInt8(min(40, length))
        if intent == .buy, customers[index].isReminded {
            // The reminder worked: its link leads into this session.
            customers[index].isReminded = false
            schedule(.clickMail, index, in: 1, subject: customers[index].reminder)
        }
        schedule(.sessionStep, index, in: random.whole(800...9_000))
        return nil
    }

    /// The next thing that happens in the session of customer `index`.
    mutating func stepSession(of index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        let customer = customers[index]
        switch customer.stage {
        case .outside:
            return nil
        case .landing:
            customers[index].stage = .looking
            goOn(index)
            let isOtherDevice = customer.lineCount > 0 && random.chance(0.2)
            return isOtherDevice ? setBasket(index, into: &writer) : lookAtPage(index, into: &writer)
        case .looking:
            return look(index, into: &writer)
        case .adding:
            customers[index].stage = .looking
            goOn(index)
            return addToBasket(index, into: &writer)
        case .checkout:
            customers[index].stage = .order
            goOn(index)
            return end(begin(.cartCheckout, index, into: &writer), into: &writer)
        case .order:
            return placeOrder(index, into: &writer)
        }
    }

    /// Ten seconds or so until the next step.
    private mutating func goOn(_ index: Int) {
        schedule(.sessionStep, index, in: 1_500 + Int64(random.exponential(mean: 14_000)))
    }

    private mutating func look(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        let customer = customers[index]
        guard customer.stepsLeft > 0 else { return finish(index, into: &writer) }
        customers[index].stepsLeft -= 1
        goOn(index)
        let roll = random.unit()
        if roll < 0.12 { return lookAtPage(index, into: &writer) }
        if roll < 0.25 { return search(index, into: &writer) }
        if roll < 0.32, customer.lineCount > 1 { return removeFromBasket(index, into: &writer) }
        if customer.intent != .browse, random.chance(0.45) { customers[index].stage = .adding }
        return lookAtProduct(index, into: &writer)
    }

    /// Leaves, or goes on to the order.
    private mutating func finish(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        let customer = customers[index]
        let isEmpty = customer.lineCount == 0
        if customer.intent != .browse, isEmpty {
            customers[index].stage = .adding
            goOn(index)
            return lookAtProduct(index, into: &writer)
        }
        if customer.intent == .buy {
            customers[index].stage = random.chance(0.7) ? .checkout : .order
            goOn(index)
            return nil
        }
        customers[index].stage = .outside
        guard !isEmpty else { return nil }
        if random.chance(0.04) {
            customers[index].lineCount = 0
            return end(begin(.cartClear, index, into: &writer), into: &writer)
        }
        schedule(
            .reminder, index, in: hourMilliseconds + random.whole(1_000...30_000), subject: customer.session)
        // The forgotten kind often got as far as the checkout.
        guard customer.intent == .fill, random.chance(0.3) else { return nil }
        return end(begin(.cartCheckout, index, into: &writer), into: &writer)
    }

    /// A product of the customer's price level: one of two, the cheaper or the dearer.
    private mutating func pickProduct(_ index: Int) -> Int {
        var picked = random.index(below: Catalogue.productCount)
        let other = random.index(below: Catalogue.productCount)
        let isCheaper = catalogue.cents(of: other) < catalogue.cents(of: picked)
        if isCheaper == random.chance(customers[index].thrift) { picked = other }
        customers[index].product = UInt16(picked)
        return picked
    }

    private mutating func lookAtPage(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        let event = begin(.clickPage, index, into: &writer)
        writer.append(",\"url\":\"https://shop.example/")
        if random.chance(0.7) {
            writer.append(Catalogue.category(of: random.index(below: Catalogue.categoryCount)))
        }
        writer.append("\"")
        putSession(index, into: &writer)
        return end(event, into: &writer)
    }

    private mutating func search(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        let event = begin(.clickSearch, index, into: &writer)
        writer.append(",\"query\":\"")
        writer.append(Catalogue.query(forCategory: random.index(below: Catalogue.categoryCount)))
        writer.append("\"")
        putSession(index, into: &writer)
        return end(event, into: &writer)
    }

    private mutating func lookAtProduct(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        let product = pickProduct(index)
        let event = begin(.clickProduct, index, into: &writer)
        writer.append(",\"sku\":\"")
        Catalogue.putSKU(of: product, into: &writer)
        writer.append("\",\"category\":\"")
        writer.append(Catalogue.category(of: product))
        writer.put("\",\"price\":", cents: catalogue.cents(of: product))
        writer.append(",\"currency\":\"TRY\"")
        putSession(index, into: &writer)
        return end(event, into: &writer)
    }

    private func putSession(_ index: Int, into writer: inout ByteWriter) {
        writer.put(",\"session\":\"s-", Int(customers[index].session))
        writer.append("\"")
    }
}
