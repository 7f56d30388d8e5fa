import Glibc

/// One execution under libFuzzer: the claims, and a bound of time.
public enum FuzzRun {
    /// The most processor time that an input may take, in nanoseconds.
    static let limit = 100_000_000

    /// Checks one input. Ends the process with a message when a claim does not hold or the input takes too long; libFuzzer
    /// then keeps it.
    public static func one(
        _ input: UnsafeBufferPointer<UInt8>, _ check: (Span<UInt8>) throws(OracleFailure) -> Void
    ) {
        let start = now(CLOCK_MONOTONIC)
        unsafe judge(input, check)
        guard now(CLOCK_MONOTONIC) - start > limit else { return }
        // A neighbor may have had the processor meanwhile: ask again, by the time of this thread alone.
        let used = now(CLOCK_THREAD_CPUTIME_ID)
        unsafe judge(input, check)
        let time = now(CLOCK_THREAD_CPUTIME_ID) - used
        if time > limit { stop("the input takes \(time / 1_000_000) ms, more than \(limit / 1_000_000)") }
    }

    private static func judge(
        _ input: UnsafeBufferPointer<UInt8>, _ check: (Span<UInt8>) throws(OracleFailure) -> Void
    ) {
        do throws(OracleFailure) {
            try unsafe check(input.span)
        } catch {
            stop(error.description)
        }
    }

    private static func stop(_ reason: String) -> Never {
        let line = "fuzz: \(reason)\n"
        _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
        abort()
    }

    private static func now(_ clock: clockid_t) -> Int {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
