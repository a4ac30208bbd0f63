/// Why an event is rejected.
enum RejectedReason: String, Error {
    case tooLarge = "too_large"
    case invalidUTF8 = "invalid_utf8"
    case notJSON = "not_json"
    case notAnObject = "not_an_object"
    case missingField = "missing_field"
    case wrongType = "wrong_type"
    case outOfRange = "out_of_range"
    case timestampInFuture = "timestamp_in_future"
}

/// An accepted event.
struct NaiveEvent {
    enum Kind: String {
        case clickPage = "click.page"
        case clickProduct = "click.product"
        case clickSearch = "click.search"
        case clickAd = "click.ad"
        case cartAdd = "cart.add"
        case cartRemove = "cart.remove"
        case cartSet = "cart.set"
        case cartClear = "cart.clear"
        case cartCheckout = "cart.checkout"
        case orderPlaced = "order.placed"
        case orderRefunded = "order.refunded"
        case orderCancelled = "order.cancelled"
        case emailDelivered = "email.delivered"
        case emailOpened = "email.opened"
        case emailClicked = "email.clicked"
        case emailBounced = "email.bounced"
        case emailUnsubscribed = "email.unsubscribed"
        case emailSubscribed = "email.subscribed"
        case emailComplained = "email.complained"
        case consentGranted = "consent.granted"
        case consentWithdrawn = "consent.withdrawn"
        case customerErased = "customer.erased"
    }

    struct Item {
        var sku: Bytes
        var quantity: Int64
        var price: Int64?
    }

    var kind: Kind
    var customer: Bytes
    var timestamp: Int64
    var id: Bytes?
    var sku: Bytes = []
    var quantity: Int64?
    /// `price` or `value`, in ten thousandths.
    var money: Int64?
    var currency: Bytes
    var items: [Item] = []
    var order: Bytes = []
    var isHardBounce = false
    /// Of `consent.*`: whether it is about mail, else about ads.
    var isAboutMail = false
}

/// What a Kafka record adds to its value.
struct NaiveEnvelope {
    var key: Bytes?
    var timestamp: Int64?
}

/// What becomes of one value.
enum Decoded {
    case accepted(NaiveEvent)
    case rejected(RejectedReason)
    /// An unknown type.
    case ignored
}

/// Checks one value, in the order of the contract, section 1.
struct EventDecoder {
    let config: NaiveConfig
    let envelope: NaiveEnvelope

    static let byteCountMax = 1_048_576
    static let depthMax = 64

    func decode(_ bytes: Bytes) -> Decoded {
        do throws(RejectedReason) {
            guard bytes.count <= Self.byteCountMax else { throw .tooLarge }
            guard isUTF8(bytes) else { throw .invalidUTF8 }
            guard let object = try? JSONParser.parse(bytes, depthMax: Self.depthMax) else { throw .notJSON }
            guard object.isObject else { throw .notAnObject }
            guard let event = try event(object) else { return .ignored }
            return .accepted(event)
        } catch {
            return .rejected(error)
        }
    }

    private func event(_ object: JSON) throws(RejectedReason) -> NaiveEvent? {
        guard let type = object.field("type") else { throw .missingField }
        guard case .string(let name) = type.value else { throw .wrongType }
        guard let kind = NaiveEvent.Kind(rawValue: String(decoding: name, as: UTF8.self)) else { return nil }
        let customer = try customer(object)
        let timestamp = try timestamp(object)
        let id = try optionalString(object, "id", byteCountMax: 128)
        var event = NaiveEvent(
            kind: kind, customer: customer, timestamp: timestamp, id: id, currency: config.currency)
        try readFields(of: object, into: &event)
        return event
    }

    private func customer(_ object: JSON) throws(RejectedReason) -> Bytes {
        if let customer = try optionalString(object, "customer", byteCountMax: 256) { return customer }
        guard let key = envelope.key else { throw .missingField }
        guard isUTF8(key) else { throw .invalidUTF8 }
        guard (1...256).contains(key.count) else { throw .outOfRange }
        return key
    }

    private func timestamp(_ object: JSON) throws(RejectedReason) -> Int64 {
        guard let field = object.field("ts") else {
            guard let timestamp = envelope.timestamp else { throw .missingField }
            return try checkedTime(timestamp)
        }
        let timestamp = try time(field)
        if let recordTimestamp = envelope.timestamp, timestamp > recordTimestamp + config.maxAhead {
            throw .timestampInFuture
        }
        return timestamp
    }

    private func readFields(of object: JSON, into event: inout NaiveEvent) throws(RejectedReason) {
        switch event.kind {
        case .clickPage, .clickSearch, .cartClear, .cartCheckout, .customerErased: break
        case .clickProduct:
            event.sku = try string(object, "sku")
            event.money = try money(object, "price")
            try readCurrency(of: object, into: &event)
        case .clickAd:
            _ = try string(object, "channel")
            _ = try optionalString(object, "campaign")
            _ = try money(object, "cost")
            try readCurrency(of: object, into: &event)
        case .cartAdd:
            event.sku = try string(object, "sku")
            event.quantity = try quantity(object)
            event.money = try money(object, "price")
            try readCurrency(of: object, into: &event)
        case .cartRemove:
            event.sku = try string(object, "sku")
            event.quantity = try quantity(object)
        case .cartSet:
            guard let items = try items(object) else { throw .missingField }
            event.items = items
            try readCurrency(of: object, into: &event)
        case .orderPlaced:
            event.order = try string(object, "order")
            event.money = try money(object, "value")
            guard event.money != nil else { throw .missingField }
            try readCurrency(of: object, into: &event)
            _ = try items(object)
        case .orderRefunded, .orderCancelled:
            event.order = try string(object, "order")
            event.money = try money(object, "value")
        case .emailBounced:
            if let bounce = try word(object, "bounce", of: ["hard", "soft"]) {
                event.isHardBounce = bounce == "hard"
            }
            _ = try optionalString(object, "campaign")
        case .emailDelivered, .emailOpened, .emailClicked, .emailUnsubscribed, .emailSubscribed,
            .emailComplained:
            _ = try optionalString(object, "campaign")
        case .consentGranted, .consentWithdrawn:
            guard let purpose = try word(object, "purpose", of: ["email", "ads"]) else { throw .missingField }
            event.isAboutMail = purpose == "email"
        }
    }

    private func readCurrency(of object: JSON, into event: inout NaiveEvent) throws(RejectedReason) {
        guard let field = object.field("currency") else { return }
        guard case .string(let currency) = field.value else { throw .wrongType }
        let letters = Bytes("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        guard currency.count == 3, currency.allSatisfy(letters.contains) else { throw .outOfRange }
        event.currency = currency
    }
}

extension EventDecoder {
    /// A time as `ts` is written: an integer or an RFC 3339 string, from 2000 to 2100.
    func time(_ field: JSON) throws(RejectedReason) -> Int64 {
        switch field.value {
        case .number(let text): return try checkedTime(try DecimalNumber(text).integer())
        case .string(let text):
            guard let time = NaiveTime.parse(text) else { throw .wrongType }
            return try checkedTime(time)
        default: throw .wrongType
        }
    }

    private func checkedTime(_ time: Int64) throws(RejectedReason) -> Int64 {
        guard (NaiveTime.earliest...NaiveTime.latest).contains(time) else { throw .outOfRange }
        return time
    }

    private func optionalString(
        _ object: JSON, _ name: String, byteCountMax: Int = 256
    ) throws(RejectedReason) -> Bytes? {
        guard let field = object.field(name) else { return nil }
        guard case .string(let text) = field.value else { throw .wrongType }
        guard (1...byteCountMax).contains(text.count) else { throw .outOfRange }
        return text
    }

    private func string(_ object: JSON, _ name: String) throws(RejectedReason) -> Bytes {
        guard let text = try optionalString(object, name) else { throw .missingField }
        return text
    }

    private func word(_ object: JSON, _ name: String, of words: [String]) throws(RejectedReason) -> String? {
        guard let field = object.field(name) else { return nil }
        guard case .string(let text) = field.value else { throw .wrongType }
        guard let word = words.first(where: { Bytes($0.utf8) == text }) else { throw .outOfRange }
        return word
    }

    private func quantity(_ object: JSON) throws(RejectedReason) -> Int64? {
        guard let field = object.field("qty") else { return nil }
        guard case .number(let text) = field.value else { throw .wrongType }
        let quantity = try DecimalNumber(text).integer()
        guard (1...1_000_000).contains(quantity) else { throw .outOfRange }
        return quantity
    }

    private func money(_ object: JSON, _ name: String) throws(RejectedReason) -> Int64? {
        guard let field = object.field(name) else { return nil }
        guard case .number(let text) = field.value else { throw .wrongType }
        return try DecimalNumber(text).money()
    }

    private func items(_ object: JSON) throws(RejectedReason) -> [NaiveEvent.Item]? {
        guard let field = object.field("items") else { return nil }
        guard case .array(let elements) = field.value else { throw .wrongType }
        var items: [NaiveEvent.Item] = []
        for element in elements {
            guard element.isObject else { throw .wrongType }
            let sku = try string(element, "sku")
            let quantity = try quantity(element) ?? 1
            items.append(.init(sku: sku, quantity: quantity, price: try money(element, "price")))
        }
        return items
    }
}

/// Whether `bytes` are UTF-8, strictly.
func isUTF8(_ bytes: Bytes) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
}
