import FuzzOracles
import V2GMessagesISO20DC

nonisolated(unsafe) private var oracle = MessageOracle<ISO20DC.Element>()

/// The entry of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: data, count: size)
    unsafe FuzzRun.one(input) { bytes throws(OracleFailure) in try unsafe oracle.check(bytes) }
    return 0
}
