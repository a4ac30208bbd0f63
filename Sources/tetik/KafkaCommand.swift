import ArgumentParser
import Glibc
import KafkaTransport
import Primitives
import Runtime
import Settings

/// What commands that read Kafka have in common: signals, a reader that goes away, and exit codes.
enum KafkaCommand {
    /// Runs `body`, which stops when the closure it is given says so, and turns its errors into exit codes.
    static func run(_ body: (_ isStopped: @escaping () -> Bool) throws -> Void) throws {
        // A broken pipe then is an error of `write`, and the end of a pipe is no failure of ours.
        signal(SIGPIPE, SIG_IGN)
        let lifecycle = Lifecycle()
        StopSignals.handle { lifecycle.stop() }
        do {
            try body { lifecycle.isStopping }
        } catch let error as KafkaReadingError {
            throw exit(error.description, status(of: error))
        } catch let error as JournalRecordingError {
            throw exit(error.description, ExitStatus.badInput)
        } catch let error as KafkaError {
            let isOurs = error.kind == .misuse || error.kind == .hostTrouble
            if error.kind == .configuration {
                throw exit("kafka.properties: \(error)", ExitStatus.badConfiguration)
            }
            throw exit("\(error)", isOurs ? ExitStatus.ownFault : ExitStatus.kafkaUnreachable)
        } catch let error as SystemError {
            if error.code == EPIPE { return }
            throw exit(error.description, ExitStatus.ownFault)
        }
    }

    private static func exit(_ message: String, _ status: Int32) -> ExitCode {
        Console.complain(message)
        return ExitCode(status)
    }

    private static func status(of error: KafkaReadingError) -> Int32 {
        switch error {
        case .unreachable, .stalled: ExitStatus.kafkaUnreachable
        case .noTopics: ExitStatus.badConfiguration
        case .removed: ExitStatus.badInput
        }
    }
}

/// Where reading begins, on the command line: `earliest`, `latest`, a time, or how long ago.
struct StartArgument: ExpressibleByArgument {
    let start: ReadingStart

    init?(argument: String) {
        switch argument {
        case "earliest": start = .earliest
        case "latest": start = .latest
        default:
            if let time = TimeArgument(argument: argument)?.time {
                start = .time(time)
            } else if let age = DurationText.milliseconds(argument), age <= DurationText.millisecondsMax {
                start = .time(Self.now - age)
            } else {
                return nil
            }
        }
    }

    private static var now: EventTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return EventTime(milliseconds: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000)
    }
}
