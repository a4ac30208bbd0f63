import ArgumentParser
import Fitting
import Glibc
import Runtime

/// What commands that read logs have in common: a reader that goes away, and exit codes.
enum LogCommand {
    /// Runs `body` and turns its errors into exit codes: 65 for logs that cannot be used, 70 for results that
    /// cannot be written; a reader who has gone is no failure.
    static func run(_ body: () throws -> Void) throws {
        FileOutput.ignoreBrokenPipes()
        do {
            try body()
        } catch let error as LogError {
            throw exit(error.description, ExitStatus.badInput)
        } catch let error as FitFailure {
            throw exit(error.description, ExitStatus.badInput)
        } catch let error as SystemError {
            if error.code == EPIPE { return }
            throw exit(error.description, ExitStatus.ownFault)
        }
    }

    private static func exit(_ message: String, _ status: Int32) -> ExitCode {
        Console.complain(message)
        return ExitCode(status)
    }
}
