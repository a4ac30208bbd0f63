internal import Primitives

/// Reads the fields of one object by value and range, and remembers what is wrong with the first bad one.
///
/// Every method returns nil, or false, once `fault` is set.
struct FieldReader {
    let table: FieldTable
    let area: SourceArea
    /// The index in `items` that the object stands at.
    var itemIndex: Int?
    private(set) var fault: FieldFault?

    init(_ table: FieldTable, _ area: SourceArea) {
        self.table = table
        self.area = area
    }

    @inline(never)
    mutating func fail(
        _ reason: RejectionReason, _ field: FieldName, _ expected: StaticString, found: JSONKind? = nil
    ) {
        fault = FieldFault(
            reason: reason, field: field, expected: expected, found: found, itemIndex: itemIndex)
    }

    /// The decoded text of a string of 1 to `countMax` bytes.
    @inline(__always)
    mutating func text(_ field: FieldName, countMax: Int, _ batch: inout EventBatch) -> Slice? {
        guard let value = table[field] else {
            fail(.missingField, field, "")
            return nil
        }
        let slice: Slice
        switch value.kind {
        case .string: slice = area.slice(value.start, count: value.count)
        case .escapedString: slice = unescaped(value, &batch)
        default:
            fail(.wrongType, field, "a string", found: value.kind)
            return nil
        }
        guard slice.count &- 1 < UInt32(truncatingIfNeeded: countMax) else {
            fail(
                .outOfRange, field,
                slice.count == 0
                    ? "must not be empty"
                    : countMax == 128 ? "longer than 128 bytes" : "longer than 256 bytes")
            return nil
        }
        return slice
    }

    /// Checks a text that is not kept.
    @inline(__always)
    mutating func checkOptionalText(_ field: FieldName, countMax: Int, _ batch: inout EventBatch) -> Bool {
        !table.has(field) || text(field, countMax: countMax, &batch) != nil
    }

    @inline(never)
    func unescaped(_ value: JSONValue, _ batch: inout EventBatch) -> Slice {
        let location = batch.unescaped.count
        JSONText.unescape(value.bytes, into: &batch.unescaped)
        return Slice(
            location: UInt32(truncatingIfNeeded: location) | Slice.unescapedFlag,
            count: UInt32(truncatingIfNeeded: batch.unescaped.count - location))
    }

    /// An amount, or `absent` where there is none.
    @inline(__always)
    mutating func optionalMoney(_ field: FieldName, into money: inout Money) -> Bool {
        guard let value = table[field] else { return true }
        guard value.kind == .number else {
            fail(.wrongType, field, "a number", found: value.kind)
            return false
        }
        guard let amount = DecimalText.money(value.bytes) else {
            fail(.outOfRange, field, "must be 0 to 9999999999")
            return false
        }
        money = amount
        return true
    }

    /// An integer of `range`, or `fallback` where there is none.
    @inline(__always)
    mutating func optionalInteger(
        _ field: FieldName, in range: ClosedRange<Int64>, _ expected: StaticString, or fallback: Int64
    ) -> Int64? {
        guard let value = table[field] else { return fallback }
        guard value.kind == .number else {
            fail(.wrongType, field, "an integer", found: value.kind)
            return nil
        }
        switch DecimalText.integer(value.bytes) {
        case .value(let integer) where range.contains(integer): return integer
        case .fractional:
            fail(.wrongType, field, "an integer", found: .number)
            return nil
        default:
            fail(.outOfRange, field, expected)
            return nil
        }
    }

    /// `qty`, or `fallback` where there is none.
    @inline(__always)
    mutating func quantity(or fallback: Int32) -> Int32? {
        let quantity = optionalInteger(
            .qty, in: 1...1_000_000, "must be 1 to 1000000", or: Int64(fallback))
        return quantity.map { Int32(truncatingIfNeeded: $0) }
    }

    /// `currency`; leaves `currency` as it is where there is none.
    @inline(__always)
    mutating func optionalCurrency(into currency: inout Currency, _ batch: inout EventBatch) -> Bool {
        guard table.has(.currency) else { return true }
        guard let slice = text(.currency, countMax: 256, &batch) else { return false }
        guard let code = Currency(bytes(of: slice, batch)) else {
            fail(.outOfRange, .currency, "must be three ASCII letters")
            return false
        }
        currency = code
        return true
    }

    /// The bytes of a slice that `text` gave.
    @inline(__always)
    func bytes(of slice: Slice, _ batch: borrowing EventBatch) -> UnsafeRawBufferPointer {
        guard slice.location & Slice.unescapedFlag == area.flag else { return batch.bytes(of: slice) }
        return UnsafeRawBufferPointer(
            start: area.origin + Int(slice.location & ~Slice.unescapedFlag), count: Int(slice.count))
    }

    /// A time, as an integer of milliseconds or as RFC 3339, from 2000 to 2100.
    @inline(__always)
    mutating func time(_ field: FieldName, _ batch: inout EventBatch) -> EventTime? {
        guard let value = table[field] else {
            fail(.missingField, field, "")
            return nil
        }
        switch value.kind {
        case .number:
            switch DecimalText.integer(value.bytes) {
            case .value(let milliseconds):
                return checked(EventTime(milliseconds: milliseconds), field)
            case .tooLarge: return checked(.never, field)
            case .fractional:
                fail(.wrongType, field, "whole milliseconds", found: .number)
                return nil
            }
        case .string, .escapedString: return rfc3339Time(field, value, &batch)
        default:
            fail(.wrongType, field, "milliseconds or an RFC 3339 time", found: value.kind)
            return nil
        }
    }

    private mutating func rfc3339Time(_ field: FieldName, _ value: JSONValue, _ batch: inout EventBatch)
        -> EventTime?
    {
        let time: EventTime?
        if value.kind == .string {
            time = EventTime(rfc3339: value.bytes)
        } else {
            let slice = unescaped(value, &batch)
            time = EventTime(rfc3339: batch.bytes(of: slice))
        }
        guard let time else {
            fail(.wrongType, field, "not an RFC 3339 time with offset")
            return nil
        }
        return checked(time, field)
    }

    /// `time`, if it lies from 2000 to 2100.
    @inline(__always)
    mutating func checked(_ time: EventTime, _ field: FieldName) -> EventTime? {
        guard time >= .earliest, time <= .latest else {
            fail(.outOfRange, field, "must be from 2000-01-01 to 2100-01-01")
            return nil
        }
        return time
    }
}
