internal import Glibc
internal import Synchronization
internal import V2GKeys

/// Threads of our own for calls that block, so that a token that hangs never holds a thread of Swift's pool.
///
/// A job that is not done at its deadline fails its caller at once. A thread that is stuck in such a job is left to
/// itself and replaced, up to a limit; past the limit the pool refuses work, since the library behind it is dead.
@safe final class BlockingPool: @unchecked Sendable {
    // Sendable: everything mutable is in `state`, which is only touched with `mutex` held; the two conditions and the
    // mutex live at fixed addresses until deinit.
    private struct State {
        var queue: [PoolJob] = []
        /// Index of the first job in `queue` that was not taken; the front is dropped in bulk.
        var head = 0
        var running: [Int: PoolJob] = [:]
        var stuck: Set<Int> = []
        var threads = 0
        var idle = 0
        var nextThread = 0
        var isWatching = false
        var isWatchdogAsleep = false
        var isClosed = false
    }

    static let maximumStuckThreads = 8
    private static let watchInterval: UInt32 = 10_000  // microseconds

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let work: UnsafeMutablePointer<pthread_cond_t>
    private let watch: UnsafeMutablePointer<pthread_cond_t>
    private var state = State()
    private let maximumThreads: Int
    private let queueLimit: Int
    private let name: String

    /// - Parameters:
    ///   - threads: Most threads that work at a time.
    ///   - queueLimit: Most jobs that wait; one more is refused.
    init(name: String, threads: Int, queueLimit: Int) {
        self.name = name
        maximumThreads = max(1, threads)
        self.queueLimit = max(1, queueLimit)
        unsafe mutex = .allocate(capacity: 1)
        unsafe work = .allocate(capacity: 1)
        unsafe watch = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(work, nil)
        unsafe pthread_cond_init(watch, nil)
    }

    deinit {
        // Threads hold the pool, so none is left here.
        unsafe pthread_cond_destroy(watch)
        unsafe pthread_cond_destroy(work)
        unsafe pthread_mutex_destroy(mutex)
        unsafe watch.deallocate()
        unsafe work.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs a blocking call on a thread of the pool.
    ///
    /// - Throws: What the work throws; ``KeyError`` with `tokenUnavailable` at the deadline, when too many jobs wait,
    ///   or when the pool's threads are stuck.
    func run<T: Sendable>(
        within limit: Duration, doing: String, _ body: @escaping @Sendable () throws(KeyError) -> T
    ) async throws(KeyError) -> T {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<T, KeyError>, Never>) in
            let job = TypedPoolJob(deadline: .now + limit, limit: limit, doing: doing, continuation, body)
            if let refusal = submit(job) { job.fail(refusal) }
        }
        return try result.get()
    }

    /// Ends the threads once they are idle. Jobs that still wait are run.
    func close() {
        unsafe pthread_mutex_lock(mutex)
        state.isClosed = true
        unsafe pthread_cond_broadcast(work)
        unsafe pthread_cond_broadcast(watch)
        unsafe pthread_mutex_unlock(mutex)
    }

    private func submit(_ job: PoolJob) -> KeyError? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        guard !state.isClosed, state.stuck.count < Self.maximumStuckThreads else {
            return KeyError(
                .tokenUnavailable,
                "\(name) does not answer: \(state.stuck.count) calls never came back. Check the device, then restart this program."
            )
        }
        guard state.queue.count - state.head < queueLimit else {
            return KeyError(
                .tokenUnavailable, "\(name) is overloaded: \(queueLimit) operations wait. Send fewer at a time.")
        }
        state.queue.append(job)
        if state.idle > 0 { unsafe pthread_cond_signal(work) }
        // A thread that was signaled still counts as idle until it runs, so jobs are held against idle threads.
        if state.queue.count - state.head > state.idle, state.threads - state.stuck.count < maximumThreads,
            !startThread(watchdog: false), state.threads == 0
        {
            state.queue.removeLast()
            return KeyError(.tokenUnavailable, "\(name): the system gives no thread. Raise the limit on threads.")
        }
        if !state.isWatching {
            state.isWatching = startThread(watchdog: true)
        } else if state.isWatchdogAsleep {
            unsafe pthread_cond_signal(watch)
        }
        return nil
    }

    // MARK: Threads

    private func startThread(watchdog: Bool) -> Bool {
        let start = ThreadStart(pool: self, number: watchdog ? nil : state.nextThread)
        let box = unsafe Unmanaged.passRetained(start)
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                if let number = start.number { start.pool.workLoop(number) } else { start.pool.watchLoop() }
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            unsafe box.release()
            return false
        }
        pthread_detach(thread)
        if !watchdog {
            state.nextThread += 1
            state.threads += 1
        }
        return true
    }

    private func workLoop(_ number: Int) {
        unsafe pthread_mutex_lock(mutex)
        while true {
            while state.head == state.queue.count, !state.isClosed {
                state.idle += 1
                unsafe pthread_cond_wait(work, mutex)
                state.idle -= 1
            }
            guard let job = takeJob() else { break }
            state.running[number] = job
            unsafe pthread_mutex_unlock(mutex)
            job.perform()
            unsafe pthread_mutex_lock(mutex)
            state.running[number] = nil
            // It came back after all, but its place is taken.
            if state.stuck.remove(number) != nil { break }
        }
        state.threads -= 1
        unsafe pthread_mutex_unlock(mutex)
    }

    private func takeJob() -> PoolJob? {
        guard state.head < state.queue.count else { return nil }
        let job = state.queue[state.head]
        state.head += 1
        if state.head == state.queue.count {
            state.queue.removeAll(keepingCapacity: true)
            state.head = 0
        } else if state.head >= 256 {
            state.queue.removeFirst(state.head)
            state.head = 0
        }
        return job
    }

    private func watchLoop() {
        var quietRounds = 0
        unsafe pthread_mutex_lock(mutex)
        while !state.isClosed {
            if state.running.isEmpty, state.head == state.queue.count {
                quietRounds += 1
                // Only after a second without work: waking it for every job would cost more than the look around.
                if quietRounds > 100 {
                    state.isWatchdogAsleep = true
                    unsafe pthread_cond_wait(watch, mutex)
                    state.isWatchdogAsleep = false
                    quietRounds = 0
                }
            } else {
                quietRounds = 0
            }
            let late = takeLateJobs()
            unsafe pthread_mutex_unlock(mutex)
            for job in late { job.failAtDeadline(name) }
            usleep(Self.watchInterval)
            unsafe pthread_mutex_lock(mutex)
        }
        unsafe pthread_mutex_unlock(mutex)
    }

    private func takeLateJobs() -> [PoolJob] {
        let now = ContinuousClock.now
        var late: [PoolJob] = []
        for (number, job) in state.running where job.deadline < now && !state.stuck.contains(number) {
            state.stuck.insert(number)
            late.append(job)
            // Work that waits needs someone else now; without a thread to be had, it fails at its own deadline.
            if state.stuck.count < Self.maximumStuckThreads { _ = startThread(watchdog: false) }
        }
        if state.queue[state.head...].contains(where: { $0.deadline < now }) {
            late += state.queue[state.head...].filter { $0.deadline < now }
            state.queue = state.queue[state.head...].filter { $0.deadline >= now }
            state.head = 0
        }
        return late
    }
}

private final class ThreadStart: Sendable {
    let pool: BlockingPool
    let number: Int?

    init(pool: BlockingPool, number: Int?) {
        self.pool = pool
        self.number = number
    }
}

/// A job whose result type is forgotten. Subclassed once, below; immutable but for what the subclass locks.
private class PoolJob: @unchecked Sendable {
    let deadline: ContinuousClock.Instant
    let limit: Duration
    let doing: String

    init(deadline: ContinuousClock.Instant, limit: Duration, doing: String) {
        self.deadline = deadline
        self.limit = limit
        self.doing = doing
    }

    func perform() {}
    func fail(_ error: KeyError) {}

    func failAtDeadline(_ pool: String) {
        fail(
            KeyError(
                .tokenUnavailable,
                "\(pool): \(doing) did not end within \(limit). Check that the device is connected and not overloaded.")
        )
    }
}

private final class TypedPoolJob<T: Sendable>: PoolJob, @unchecked Sendable {
    private let continuation: Mutex<CheckedContinuation<Result<T, KeyError>, Never>?>
    private let body: @Sendable () throws(KeyError) -> T

    init(
        deadline: ContinuousClock.Instant, limit: Duration, doing: String,
        _ continuation: CheckedContinuation<Result<T, KeyError>, Never>,
        _ body: @escaping @Sendable () throws(KeyError) -> T
    ) {
        self.continuation = Mutex(continuation)
        self.body = body
        super.init(deadline: deadline, limit: limit, doing: doing)
    }

    override func perform() {
        do throws(KeyError) {
            answer(.success(try body()))
        } catch {
            answer(.failure(error))
        }
    }

    override func fail(_ error: KeyError) { answer(.failure(error)) }

    /// The first answer counts: a call that ends after its deadline is dropped.
    private func answer(_ result: Result<T, KeyError>) {
        let waiting = continuation.withLock { waiting in
            let taken = waiting
            waiting = nil
            return taken
        }
        waiting?.resume(returning: result)
    }
}
