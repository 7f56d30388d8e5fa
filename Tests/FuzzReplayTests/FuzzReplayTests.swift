import EXICodec
import Foundation
import Testing
import V2GMessagesDIN

/// Inputs that once broke a claim of the fuzzers, and a few that are made to.
@Suite struct FuzzReplayTests {
    /// Fuzz/FailCases, with one folder for each target.
    private static let cases = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fuzz/FailCases").standardizedFileURL

    @Test(arguments: FuzzTarget.allCases)
    func foundCasesStayMended(of target: FuzzTarget) throws {
        let folder = Self.cases.appending(path: target.rawValue)
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let input = [UInt8](try Data(contentsOf: file))
            do throws(OracleFailure) {
                try target.check(input)
            } catch {
                Issue.record("\(target.rawValue)/\(file.lastPathComponent): \(error)")
            }
        }
    }

    @Test(arguments: FuzzTarget.messageSets)
    func hostileOctetsAreRefusedOrKept(by target: FuzzTarget) throws {
        for choice in UInt8(0)..<16 {
            for body in Self.hostile {
                do throws(OracleFailure) {
                    try target.check([choice] + body)
                } catch {
                    Issue.record("\(target.rawValue), choice \(choice), \(body.prefix(24)): \(error)")
                }
            }
        }
    }

    @Test func hostileStreamsAndDatagramsAreRefusedOrKept() throws {
        let header: [UInt8] = [0x01, 0xfe, 0x80, 0x01]
        let bodies: [[UInt8]] =
            Self.hostile + [
                header + [0xff, 0xff, 0xff, 0xff], header + [0, 1, 0, 1], header + [0, 0, 0, 0, 0x01],
                header + [0, 0, 0, 1, 0x80] + header + [0x80, 0, 0, 0],
                [0x01, 0xfe, 0x90, 0x00, 0, 0, 0, 2, 0x10, 0x00], [0x01, 0xfe, 0x90, 0x04, 0, 0, 0, 0],
                Array("fe80::1:2.3.4.5".utf8), Array("::ffff:0.0.0.256".utf8), Array(":::".utf8),
            ]
        for choice in UInt8.min...UInt8.max {
            for body in bodies {
                do throws(OracleFailure) {
                    try FuzzTarget.framing.check([choice] + body)
                } catch {
                    Issue.record("choice \(choice), \(body.prefix(24)): \(error)")
                }
            }
        }
    }

    /// A negative control: the claims are not true of everything, or nothing would be found.
    @Test func errorBehindTheEndBreaksTheClaims() {
        var message: String?
        do throws(OracleFailure) {
            let error = EXIError(.truncated, bit: 9, expected: "intValue")
            try MessageOracle<DIN.Element>.check(error, bits: 8, describes: true)
        } catch {
            message = error.description
        }
        #expect(message?.contains("bit 9 of 8") == true)
    }

    /// No octets; a wrong header; constant octets; each second octet; lengths without end.
    private static let hostile: [[UInt8]] = {
        var bodies: [[UInt8]] = [[], [0x00], [0x80], [0xA0, 0x00], [0x24, 0x45, 0x58, 0x49]]
        for octet: UInt8 in [0x00, 0x01, 0x40, 0x55, 0x7F, 0x80, 0xAA, 0xFF] {
            for count in [1, 7, 8, 9, 63, 64, 1000] { bodies.append([0x80] + [UInt8](repeating: octet, count: count)) }
        }
        for second in UInt8.min...UInt8.max {
            bodies.append([0x80, second])
            bodies.append([0x80, second, 0x00, 0x00, 0x00, 0x00])
            bodies.append([0x80, second, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00])
        }
        return bodies
    }()
}
