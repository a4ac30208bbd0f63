internal import CRdKafka
internal import Glibc

/// Something to wait on for many queues at once, and to be woken by other threads.
///
/// One event counter of the kernel (`eventfd`): a queue adds to it when it goes from empty to not empty. So a
/// queue that is left unread, for back pressure, does not wake anybody again; whoever waits must have read the
/// queues it cares for until they were empty. Any thread may `wake`; one thread waits.
public final class QueueSignal: Sendable {
    internal let descriptor: Int32

    /// Makes a signal. Throws `.hostTrouble` if the process has no file descriptor left.
    public init() throws(KafkaError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else {
            throw KafkaError(
                code: .resourceFailed, operation: "make queue signal",
                message: "no file descriptor (errno \(errno)): raise the limit of open files")
        }
    }

    deinit { close(descriptor) }

    /// Ends the current wait, or else the next one. From any thread, not from a signal handler.
    public func wake() {
        var one: UInt64 = 1
        // A full counter (EAGAIN) wakes just as well.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits until a queue got its first entry or somebody woke us; false after `timeoutMilliseconds`.
    ///
    /// A signal of the operating system also ends the wait, with false.
    public func wait(timeoutMilliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, timeoutMilliseconds) > 0 else { return false }
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        return true
    }
}
