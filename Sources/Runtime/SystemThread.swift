import CSupport
import Glibc

/// A thread of the operating system with a name, to be joined by whoever started it.
///
/// Poll threads, shards and workers run on these, never in Swift's cooperative pool: they block.
public final class SystemThread: @unchecked Sendable {
    // SAFETY: `handle` is set before anyone else can see this object and is only read after that.
    private var handle = pthread_t()
    /// Set by the one thread that joins.
    private var isJoined = false

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts `body`. `name` shows in `top` and `perf`; Linux keeps its first 15 bytes.
    public init(name: String, _ body: @escaping @Sendable () -> Void) {
        // SAFETY: the new thread takes over the one reference that is passed here.
        let start = Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
        let code = pthread_create(&handle, nil, Self.entry, start)
        precondition(code == 0, "cannot start thread \(name): \(String(cString: strerror(code)))")
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        argument in
        guard let argument else { return nil }
        // SAFETY: takes over the reference that `init` passed.
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        tetik_name_thread(start.name)
        start.body()
        return nil
    }

    /// Waits until the body has returned; to be called exactly once.
    public func join() {
        isJoined = true
        pthread_join(handle, nil)
    }

    /// Nobody waits for it any more: its memory is given back when its body returns.
    deinit { if !isJoined { pthread_detach(handle) } }
}

/// A value that several threads share, with waiting: a mutex and a condition variable.
///
/// For what happens a few thousand times a second at most; nothing per event goes through it.
public final class Monitor<Value>: @unchecked Sendable {
    // SAFETY: `value` is only touched while `mutex` is held.
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// Makes a monitor around `value`.
    public init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Calls `body` with the value, alone, and wakes everyone who waits.
    @discardableResult
    public func change<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// Calls `body` with the value, alone.
    public func read<Result>(_ body: (Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(value)
    }

    /// Waits until `body` returns something other than nil, calling it after each change.
    public func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        // BOUND: until another thread makes it true; that is what waiting means.
        while true {
            if let result = body(&value) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Waits like `wait`, but at most `milliseconds`; then nil.
    public func wait<Result>(milliseconds: Int64, _ body: (inout Value) -> Result?) -> Result? {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + Int(milliseconds % 1_000) * 1_000_000
        deadline.tv_sec += Int(milliseconds / 1_000) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        // BOUND: until the deadline.
        while true {
            if let result = body(&value) { return result }
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return body(&value) }
        }
    }
}
