internal import Dispatch
internal import GRDB
internal import Synchronization

/// The one writer of a store in this process.
///
/// Requests that arrive while a transaction is being written wait together and go into the next one, so one fsync pays
/// for all of them. Each runs inside its own savepoint: a request that breaks a rule fails alone. When the storage fails,
/// the whole transaction is rolled back and every request in it fails. Nobody is answered before COMMIT has returned.
/// SQLite blocks its thread, so all of this happens on a queue of its own, away from the threads of Swift's tasks.
final class GroupCommitWriter: Sendable {
    /// How many requests may wait. More are refused at once rather than piled up.
    static let maximumWaiting = 16_384
    /// How many requests go into one transaction, so that the first of them does not wait for ever.
    static let maximumBatch = 512

    private struct State {
        var waiting: [any WriteJob] = []
        var isRunning = false
        var isClosed = false
    }

    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "v2g.certificate-store.writer", qos: .userInitiated)
    private let state = Mutex(State())

    init(pool: DatabasePool) { self.pool = pool }

    /// Runs `body` in a transaction and returns when it is durable.
    func submit<Result: Sendable>(
        _ body: @escaping @Sendable (inout WriteTransaction) throws -> Result
    ) async throws(StoreError) -> Result {
        let answer: Swift.Result<Result, StoreError> = await withCheckedContinuation { continuation in
            let job = Job(body: body, continuation: continuation)
            let (refusal, mustStart) = state.withLock { state -> (StoreError?, Bool) in
                if state.isClosed {
                    return (StoreError(.closed, "the store was closed; open it again"), false)
                }
                if state.waiting.count >= Self.maximumWaiting {
                    let message = "\(Self.maximumWaiting) writes wait for the store already; send less at once"
                    return (StoreError(.overloaded, message), false)
                }
                state.waiting.append(job)
                defer { state.isRunning = true }
                return (nil, !state.isRunning)
            }
            if let refusal {
                continuation.resume(returning: .failure(refusal))
            } else if mustStart {
                queue.async { self.drain() }
            }
        }
        return try answer.get()
    }

    /// Refuses new requests and returns when those waiting have been answered.
    func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async { continuation.resume() }
        }
    }

    private func drain() {
        while true {
            let batch = state.withLock { state -> [any WriteJob] in
                let batch = Array(state.waiting.prefix(Self.maximumBatch))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isRunning = false }
                return batch
            }
            if batch.isEmpty { return }
            let failure = write(batch)
            for job in batch { job.answer(batchFailure: failure) }
        }
    }

    /// Gives the reason when nothing of the batch was kept.
    private func write(_ batch: [any WriteJob]) -> StoreError? {
        do {
            try pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    var transaction = try WriteTransaction(db)
                    for job in batch { try run(job, in: &transaction, isAlone: batch.count == 1) }
                    return .commit
                }
            }
            return nil
        } catch {
            return StoreError(wrapping: error, path: pool.path)
        }
    }

    private func run(_ job: any WriteJob, in transaction: inout WriteTransaction, isAlone: Bool) throws {
        let head = transaction.head
        try transaction.db.run("SAVEPOINT request", [])
        do {
            try job.run(in: &transaction)
        } catch {
            let failure = StoreError(wrapping: error, path: pool.path)
            guard !failure.isOfTheStorage else { throw failure }
            try transaction.db.run("ROLLBACK TO request", [])
            transaction.restore(head)
            job.refuse(failure)
        }
        try transaction.db.run("RELEASE request", [])
    }
}

private protocol WriteJob: Sendable {
    func run(in transaction: inout WriteTransaction) throws
    /// Keeps the reason why this request alone fails.
    func refuse(_ error: StoreError)
    /// Resumes the caller, after the transaction.
    func answer(batchFailure: StoreError?)
}

private final class Job<Success: Sendable>: WriteJob {
    private let body: @Sendable (inout WriteTransaction) throws -> Success
    private let continuation: CheckedContinuation<Result<Success, StoreError>, Never>
    private let result = Mutex<Result<Success, StoreError>?>(nil)

    init(
        body: @escaping @Sendable (inout WriteTransaction) throws -> Success,
        continuation: CheckedContinuation<Result<Success, StoreError>, Never>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: inout WriteTransaction) throws {
        let value = try body(&transaction)
        result.withLock { $0 = .success(value) }
    }

    func refuse(_ error: StoreError) { result.withLock { $0 = .failure(error) } }

    func answer(batchFailure: StoreError?) {
        if let batchFailure {
            continuation.resume(returning: .failure(batchFailure))
        } else {
            let unanswered = StoreError(.storageFailed, "the write was not carried out; try again")
            continuation.resume(returning: result.withLock { $0 } ?? .failure(unanswered))
        }
    }
}
