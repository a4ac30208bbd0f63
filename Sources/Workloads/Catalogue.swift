import Glibc
import Primitives

/// The products of the synthetic shops: skus, categories and prices that stay the same for every seed.
struct Catalogue: Sendable {
    /// Products on offer.
    static let productCount = 4_000
    /// Categories, each with as many products as the others.
    static let categoryCount = 10

    private let cents: [UInt32]

    /// Prices every product: log-normal around its category's median, down to a price that ends in 90 or 99.
    init() {
        var random = RandomStream(seed: 0x7465_7469_6b)
        cents = (0..<Self.productCount).map { product in
            let median = Double(Self.medianPrice(ofCategory: product % Self.categoryCount))
            let price = max(10, Int(median * exp(0.6 * random.normal())))
            return UInt32(price * 100 + (random.chance(0.7) ? 90 : 99))
        }
    }

    /// The price of one `product` in hundredths of a lira.
    func cents(of product: Int) -> Int { Int(cents[product]) }

    /// Writes the sku: three letters of the category and a number.
    static func putSKU(of product: Int, into writer: inout ByteWriter) {
        writer.append(prefix(ofCategory: product % categoryCount))
        writer.put(10_000 + product, width: 5)
    }

    /// The category as shops write it in their tracking: a path.
    static func category(of product: Int) -> StaticString {
        switch product % categoryCount {
        case 0: "women/dresses"
        case 1: "men/shirts"
        case 2: "shoes/sneakers"
        case 3: "home/kitchen"
        case 4: "electronics/audio"
        case 5: "beauty/skincare"
        case 6: "kids/toys"
        case 7: "sports/outdoor"
        case 8: "books/fiction"
        default: "grocery/coffee"
        }
    }

    /// What someone types who looks for products of this category.
    static func query(forCategory category: Int) -> StaticString {
        switch category {
        case 0: "yazlık elbise"
        case 1: "keten gömlek"
        case 2: "white sneakers"
        case 3: "moka pot"
        case 4: "bluetooth kulaklık"
        case 5: "güneş kremi spf 50"
        case 6: "wooden train"
        case 7: "kamp çadırı 4 kişilik"
        case 8: "orhan pamuk"
        default: "filtre kahve 1 kg"
        }
    }

    private static func prefix(ofCategory category: Int) -> StaticString {
        switch category {
        case 0: "DRS-"
        case 1: "SHR-"
        case 2: "SNK-"
        case 3: "KIT-"
        case 4: "AUD-"
        case 5: "SKN-"
        case 6: "TOY-"
        case 7: "OUT-"
        case 8: "BOK-"
        default: "COF-"
        }
    }

    private static func medianPrice(ofCategory category: Int) -> Int {
        switch category {
        case 0: 900
        case 1: 650
        case 2: 2_200
        case 3: 480
        case 4: 1_900
        case 5: 350
        case 6: 420
        case 7: 1_500
        case 8: 180
        default: 260
        }
    }
}
