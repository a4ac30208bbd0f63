import Primitives
import Testing

struct DayTextsTests {
    @Test func `a time has the same text whichever days were written before`() {
        let days = DayTexts()
        defer { days.deallocate() }
        var random = RandomStream(seed: 31)
        var writer = ByteWriter()
        for _ in 0..<20_000 {
            // Half of them within a few weeks, as in records; the others up to the year 9999.
            let span: UInt64 = random.next() & 1 == 0 ? 40 * 86_400_000 : 253_402_300_800_000
            let time = EventTime(milliseconds: Int64(random.next() % span))
            writer.removeAll()
            var cursor = writer.cursor(reserving: EventTime.textByteCount + 2)
            cursor.append(quoted: time, days)
            writer.commit(cursor)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"\(time)\"")
        }
    }
}
