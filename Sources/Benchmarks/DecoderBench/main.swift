import Glibc
import Model
import Primitives

/// Decodes the lines of a file again and again and prints the processor time per event.
///
/// Usage: DecoderBench FILE [ROUNDS]. The file is read into memory before the clock starts; lines go through
/// the decoder in batches of 1,024, as they do in a replay.
func run(path: String, rounds: Int) -> Int32 {
    let descriptor = open(path, O_RDONLY)
    var info = stat()
    guard descriptor >= 0, fstat(descriptor, &info) == 0 else {
        complain("DecoderBench: cannot read \(path)\n")
        return 66
    }
    let count = Int(info.st_size)
    let memory = UnsafeMutableRawPointer.allocate(
        byteCount: count + JSONScanner.paddingByteCount, alignment: 64)
    defer { memory.deallocate() }
    memset(memory, 0, count + JSONScanner.paddingByteCount)
    var filled = 0
    while filled < count {
        let part = read(descriptor, memory + filled, count - filled)
        guard part > 0 else { break }
        filled += part
    }
    close(descriptor)
    let decoder = EventDecoder(rules: Rules())
    var batch = EventBatch(source: UnsafeRawPointer(memory))
    var best = Double.infinity
    for _ in 0..<rounds {
        var totals = Totals()
        let start = nanoseconds()
        decodeAll(UnsafeRawBufferPointer(start: memory, count: filled), decoder, &batch, &totals)
        let elapsed = Double(nanoseconds() - start)
        best = min(best, elapsed / Double(totals.lines))
        print(
            "\(totals.lines) lines, \(totals.accepted) accepted, \(totals.rejected) rejected, check "
                + "\(totals.check): \(elapsed / Double(totals.lines)) ns/event")
    }
    print("best: \(best) ns/event, \(Int(1e9 / best)) events/s")
    return 0
}

/// What was decoded, so that no work can be left out.
struct Totals {
    var lines = 0
    var accepted = 0
    var rejected = 0
    var check: UInt64 = 0
}

func complain(_ text: String) {
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
}

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func decodeAll(
    _ text: UnsafeRawBufferPointer, _ decoder: borrowing EventDecoder, _ batch: inout EventBatch,
    _ totals: inout Totals
) {
    guard var line = text.baseAddress else { return }
    let end = line + text.count
    while line < end {
        batch.reset(source: line)
        var number: UInt32 = 0
        while line < end, number < 1_024 {
            guard let feed = memchr(line, 0x0A, end - line) else { return }
            let next = UnsafeRawPointer(feed) + 1
            decoder.decodeLine(
                UnsafeRawBufferPointer(start: line, count: next - line), number: number, into: &batch)
            line = next
            number += 1
        }
        totals.lines += Int(number)
        totals.accepted += batch.events.count
        totals.rejected += batch.rejected.count
        for event in batch.events {
            totals.check &+= event.customerHash ^ UInt64(bitPattern: event.timestamp.milliseconds)
            totals.check &+= UInt64(bitPattern: event.amount.tenThousandths)
        }
    }
}

guard CommandLine.arguments.count >= 2 else {
    complain("usage: DecoderBench FILE [ROUNDS]\n")
    exit(64)
}
exit(run(path: CommandLine.arguments[1], rounds: Int(CommandLine.arguments.dropFirst(2).first ?? "5") ?? 5))
