import Primitives
import Testing

struct MoneyTests {
    @Test func `a sum stops at the largest amount`() {
        let nearlyAll = Money(tenThousandths: .max - 5)
        #expect(nearlyAll.addingSaturated(Money(tenThousandths: 5)).tenThousandths == .max)
        #expect(nearlyAll.addingSaturated(Money(tenThousandths: 6)).tenThousandths == .max)
        #expect(nearlyAll.addingSaturated(.fieldMax).tenThousandths == .max)
        #expect(Money(tenThousandths: .max).addingSaturated(.zero).tenThousandths == .max)
        #expect(Money.zero.addingSaturated(.fieldMax) == .fieldMax)
    }

    @Test func `no amount is something else than nothing`() {
        #expect(!Money.absent.isPresent)
        #expect(Money.zero.isPresent)
        #expect(Money.absent != .zero)
        #expect(Money.fieldMax.tenThousandths == 9_999_999_999 * 10_000)
        #expect(Money.zero < .fieldMax)
    }

    @Test(arguments: ["TRY", "EUR", "eur", "aZm", "zzz", "AAA"])
    func `three ASCII letters are a currency and keep their case`(text: String) throws {
        let currency = try #require(Currency(text))
        #expect(currency.isPresent)
        #expect(currency.description == text)
    }

    @Test(arguments: ["", "E", "EU", "EURO", "E1R", "EU ", "E\u{0}R", "@UR", "[UR", "`UR", "{UR", "éR", "€"])
    func `anything else is no currency`(text: String) { #expect(Currency(text) == nil) }

    @Test func `currencies differ by case and by order of letters`() {
        #expect(Currency("EUR") != Currency("eur"))
        #expect(Currency("EUR") != Currency("RUE"))
        #expect(!Currency.absent.isPresent)
        #expect(Currency.absent.description == "")
    }
}
