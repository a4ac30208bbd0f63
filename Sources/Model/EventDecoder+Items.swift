internal import Primitives

extension EventDecoder {
    /// Reads `items`, which is there; the text has been checked, so only types and ranges can be wrong.
    @inline(never)
    func readItems(of event: inout Event, _ reader: inout FieldReader, _ batch: inout EventBatch) -> Bool {
        guard let value = reader.table[.items], value.kind == .array else {
            reader.fail(.wrongType, .items, "an array", found: reader.table[.items]?.kind)
            return false
        }
        let first = batch.items.count
        event.firstItem = UInt32(truncatingIfNeeded: first)
        var scanner = JSONScanner(start: value.start, count: value.count)
        guard scanner.skip("[") else { return false }
        while scanner.byte != UInt8(ascii: "]") {
            let index = batch.items.count - first
            reader.itemIndex = index
            guard let item = readItem(&scanner, &reader, &batch) else { return false }
            batch.itemList.append(item)
            _ = scanner.skip(",")
        }
        reader.itemIndex = nil
        event.itemCount = UInt32(truncatingIfNeeded: batch.items.count - first)
        return true
    }

    @inline(__always)
    private func readItem(
        _ scanner: inout JSONScanner, _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> EventItem? {
        guard scanner.byte == UInt8(ascii: "{") else {
            reader.fail(
                .wrongType, .items, "an object", found: scanner.scanValue(depthLeft: Self.depthMax)?.kind)
            return nil
        }
        var table = FieldTable(values: itemFields, names: names)
        let isObject = table.scanObject(&scanner, depthLeft: Self.depthMax)
        precondition(isObject, "items that were not checked")
        var item = FieldReader(table, reader.area)
        item.itemIndex = reader.itemIndex
        var price = Money.absent
        guard let sku = item.text(.sku, countMax: 256, &batch), let quantity = item.quantity(or: 1),
            item.optionalMoney(.price, into: &price)
        else {
            reader.take(item)
            return nil
        }
        return EventItem(sku: sku, quantity: quantity, price: price)
    }
}

extension FieldReader {
    /// Takes over what is wrong with one of the object's items.
    mutating func take(_ item: FieldReader) {
        if let fault = item.fault { fail(fault.reason, fault.field, fault.expected, found: fault.found) }
    }
}
