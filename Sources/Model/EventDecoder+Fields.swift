internal import Primitives

/// What a value turned out to be.
private enum Verdict {
    case accepted, ignored, rejected
}

extension EventDecoder {
    /// Appends the event whose fields are in `table`, or says why it is none.
    func apply(
        _ table: FieldTable, _ text: UnsafeRawBufferPointer, in area: SourceArea, _ record: RecordContext,
        into batch: inout EventBatch
    ) {
        let unescapedMark = batch.unescaped.count
        let itemMark = batch.items.count
        var reader = FieldReader(table, area)
        switch accept(&reader, record, &batch) {
        case .accepted: return
        case .ignored: batch.ignoredCount += 1
        case .rejected:
            if let fault = reader.fault { reject(fault, text, in: area, record, into: &batch) }
        }
        batch.unescaped.truncate(to: unescapedMark)
        batch.itemList.truncate(to: itemMark)
    }

    /// Checks in the order of the contract: `type`, `customer`, `ts`, `id`, then the fields of the type.
    @inline(__always)
    private func accept(
        _ reader: inout FieldReader, _ record: RecordContext, _ batch: inout EventBatch
    ) -> Verdict {
        guard let value = reader.table[.type] else {
            reader.fail(.missingField, .type, "")
            return .rejected
        }
        let kind: EventKind?
        switch value.kind {
        case .string: kind = EventKind(name: value.bytes)
        case .escapedString: kind = EventKind(name: batch.bytes(of: reader.unescaped(value, &batch)))
        default:
            reader.fail(.wrongType, .type, "a string", found: value.kind)
            return .rejected
        }
        guard let kind else { return .ignored }
        guard let customer = customer(&reader, record, &batch),
            let timestamp = timestamp(&reader, record, &batch)
        else { return .rejected }
        var event = Event(
            kind: kind, timestamp: timestamp, customer: customer,
            customerHash: StableHash.hash(reader.bytes(of: customer, batch)))
        event.partition = record.partition
        event.line = record.line
        event.currency = currency
        if reader.table.has(.id) {
            guard let id = reader.text(.id, countMax: 128, &batch) else { return .rejected }
            event.id = id
        }
        guard readDetails(of: &event, &reader, &batch) else { return .rejected }
        batch.eventList.append(event)
        return .accepted
    }

    @inline(__always)
    private func customer(
        _ reader: inout FieldReader, _ record: RecordContext, _ batch: inout EventBatch
    ) -> Slice? {
        if reader.table.has(.customer) { return reader.text(.customer, countMax: 256, &batch) }
        let bytes: UnsafeRawBufferPointer
        switch record.key {
        case .absent:
            reader.fail(.missingField, .customer, "")
            return nil
        case .outside(let key): bytes = key
        case .slice(let slice): bytes = batch.bytes(of: slice)
        }
        guard UTF8Text.isValid(bytes) else {
            reader.fail(.invalidUTF8, .customer, "absent, and the record's key is not UTF-8")
            return nil
        }
        guard bytes.count >= 1, bytes.count <= 256 else {
            reader.fail(.outOfRange, .customer, "absent, and the record's key is not 1 to 256 bytes long")
            return nil
        }
        if case .slice(let slice) = record.key { return slice }
        let location = batch.unescaped.count
        batch.unescaped.append(bytes)
        return Slice(
            location: UInt32(truncatingIfNeeded: location) | Slice.unescapedFlag,
            count: UInt32(truncatingIfNeeded: bytes.count))
    }

    @inline(__always)
    private func timestamp(
        _ reader: inout FieldReader, _ record: RecordContext, _ batch: inout EventBatch
    ) -> EventTime? {
        guard reader.table.has(.ts) else {
            guard let time = record.timestamp else {
                reader.fail(.missingField, .ts, "")
                return nil
            }
            return reader.checked(time, .ts)
        }
        guard let time = reader.time(.ts, &batch) else { return nil }
        if let recordTime = record.timestamp, time > recordTime + aheadMillisecondsMax {
            reader.fail(.timestampInFuture, .ts, "further past the record's timestamp than max_ahead")
            return nil
        }
        return time
    }

    /// Reads the fields that events of this kind have, in the order of the contract's table.
    @inline(__always)
    private func readDetails(
        of event: inout Event, _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> Bool {
        switch event.kind {
        case .clickPage, .clickSearch, .cartClear, .cartCheckout, .customerErased, .tick: return true
        case .clickProduct, .cartAdd, .cartRemove, .cartSet:
            return readCart(of: &event, &reader, &batch)
        case .orderPlaced, .orderRefunded, .orderCancelled:
            return readOrder(of: &event, &reader, &batch)
        case .clickAd:
            return reader.text(.channel, countMax: 256, &batch) != nil
                && reader.checkOptionalText(.campaign, countMax: 256, &batch)
                && reader.optionalMoney(.cost, into: &event.amount)
                && reader.optionalCurrency(into: &event.currency, &batch)
        case .emailBounced:
            event.detail = .soft
            if reader.table.has(.bounce) {
                guard let detail = word(.bounce, &reader, &batch) else { return false }
                event.detail = detail
            }
            return reader.checkOptionalText(.campaign, countMax: 256, &batch)
        case .emailDelivered, .emailOpened, .emailClicked, .emailUnsubscribed, .emailSubscribed,
            .emailComplained:
            return reader.checkOptionalText(.campaign, countMax: 256, &batch)
        case .consentGranted, .consentWithdrawn:
            guard let detail = word(.purpose, &reader, &batch) else { return false }
            event.detail = detail
            return true
        }
    }

    private func readCart(
        of event: inout Event, _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> Bool {
        if event.kind == .cartSet {
            guard reader.table.has(.items) else {
                reader.fail(.missingField, .items, "")
                return false
            }
            return readItems(of: &event, &reader, &batch)
                && reader.optionalCurrency(into: &event.currency, &batch)
        }
        guard let sku = reader.text(.sku, countMax: 256, &batch) else { return false }
        event.subject = sku
        if event.kind != .clickProduct {
            guard let quantity = reader.quantity(or: event.kind == .cartAdd ? 1 : 0) else { return false }
            event.quantity = quantity
            if event.kind == .cartRemove { return true }
        }
        return reader.optionalMoney(.price, into: &event.amount)
            && reader.optionalCurrency(into: &event.currency, &batch)
    }

    private func readOrder(
        of event: inout Event, _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> Bool {
        guard let order = reader.text(.order, countMax: 256, &batch) else { return false }
        event.subject = order
        if event.kind != .orderPlaced { return reader.optionalMoney(.value, into: &event.amount) }
        guard reader.table.has(.value) else {
            reader.fail(.missingField, .value, "")
            return false
        }
        guard reader.optionalMoney(.value, into: &event.amount),
            reader.optionalCurrency(into: &event.currency, &batch)
        else { return false }
        guard reader.table.has(.items) else { return true }
        // The items of an order are checked like those of a cart, and not kept.
        let mark = batch.items.count
        guard readItems(of: &event, &reader, &batch) else { return false }
        batch.itemList.truncate(to: mark)
        event.firstItem = 0
        event.itemCount = 0
        return true
    }

    /// One of a closed list of words.
    private func word(
        _ field: FieldName, _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> EventDetail? {
        guard let slice = reader.text(field, countMax: 256, &batch) else { return nil }
        let bytes = reader.bytes(of: slice, batch)
        if field == .bounce {
            if bytes.elementsEqual("hard".utf8) { return .hard }
            if bytes.elementsEqual("soft".utf8) { return .soft }
            reader.fail(.outOfRange, field, "must be hard or soft")
        } else {
            if bytes.elementsEqual("email".utf8) { return .email }
            if bytes.elementsEqual("ads".utf8) { return .ads }
            reader.fail(.outOfRange, field, "must be email or ads")
        }
        return nil
    }
}
