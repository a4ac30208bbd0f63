internal import Glibc

/// The one thread that may use an object: the first that does.
internal struct ThreadOwner {
    private var thread: pthread_t?

    /// Takes the object over at first use; later use from another thread is our bug and stops the process.
    mutating func check() {
        let current = pthread_self()
        if let thread {
            precondition(pthread_equal(thread, current) != 0, "a Kafka client was used from two threads")
        } else {
            thread = current
        }
    }

    /// Lets the next thread that uses the object own it.
    mutating func release() { thread = nil }
}
