import Testing
import V2GCertificates
import V2GKeys
import V2GTLS
import V2GTestSupport
import V2GX509

/// `trusted_ca_keys` (RFC 6066 section 6).
@Suite struct TrustedAuthorityTests {
    private let hash = (0..<20).map { UInt8($0) }

    @Test func everyIdentifierTypeIsRead() {
        let body: [UInt8] =
            [0, 1 + 21 + 6 + 21] + [0] + [1] + hash + [2, 0, 3, 0x30, 1, 0] + [3] + hash
        let expected: [TrustedAuthority] = [.preAgreed, .keySHA1(hash), .name([0x30, 1, 0]), .certificateSHA1(hash)]
        #expect(TrustedAuthority.list(body) == expected)
        #expect(TrustedAuthority.encode(expected) == body)
        #expect(TrustedAuthority.list([0, 0]) == [])
    }

    @Test(
        arguments: [
            [], [0], [0, 1], [0, 2, 0], [0, 1, 4], [0, 1, 1], [0, 3, 3, 1, 2], [0, 1, 2], [0, 3, 2, 0, 1],
            [0, 3, 2, 0, 0],
            [0, 1, 0, 0], [0xff, 0xff, 0],
        ] as [[UInt8]])
    func malformedListsAreRefused(_ body: [UInt8]) {
        #expect(TrustedAuthority.list(body) == nil)
    }

    @Test func everyTruncationIsRefused() {
        let body = TrustedAuthority.encode([.keySHA1(hash), .name([0x30, 1, 0]), .certificateSHA1(hash), .preAgreed])
        for count in 0..<body.count { #expect(TrustedAuthority.list(Array(body.prefix(count))) == nil) }
        #expect(TrustedAuthority.list(body)?.count == 4)
    }

    @Test func tooManyEntriesAreRefused() {
        let most = [TrustedAuthority](repeating: .preAgreed, count: TrustedAuthority.maximumCount)
        #expect(TrustedAuthority.list(TrustedAuthority.encode(most)) == most)
        #expect(TrustedAuthority.list(TrustedAuthority.encode(most + [.preAgreed])) == nil)
    }

    /// Every way to name the root chooses the second chain, and is acknowledged.
    @Test(
        "[X_SECC_-2_TLS_002] [X_EVCC_-2_TLS_012] station chooses the chain of the named root",
        arguments: [TrustedAuthority.Kind.keySHA1, .name, .certificateSHA1])
    func stationChoosesTheChainOfTheNamedRoot(_ kind: TrustedAuthority.Kind) async throws {
        let (first, second) = (try Chains.iso2.get(), try Chains.iso2Other.get())
        for (wanted, index) in [(first, 0), (second, 1)] where kind != .name || index == 0 {
            let judge = Judge()
            let pair = Pair(
                client: try client(.tls12, judge) {
                    $0.roots = [wanted.rootDER]
                    $0.trustedCAKeysForm = kind
                },
                server: try server { $0.iso2Chains = [try first.credential(), try second.credential()] })
            await pair.pump()
            #expect(judge.peers.first?.chain == wanted.sentDER)
            #expect(pair.serverEnd.summary?.chainIndex == index)
            #expect(pair.serverEnd.summary?.matchedAuthority == true)
            #expect(pair.clientEnd.summary?.matchedAuthority == true)
        }
    }

    /// Without a match the first chain is shown and nothing acknowledged: the car decides.
    @Test func unknownRootGetsTheFirstChainWithoutAcknowledgment() async throws {
        for kind in [TrustedAuthority.Kind.certificateSHA1, .preAgreed] {
            let judge = Judge()
            let pair = Pair(
                client: try client(.tls12, judge) {
                    $0.roots = [try Chains.vehicleOther.get().rootDER]
                    $0.trustedCAKeysForm = kind
                },
                server: try server {
                    $0.iso2Chains = [try Chains.iso2.get().credential(), try Chains.iso2Other.get().credential()]
                })
            await pair.pump()
            #expect(judge.peers.first?.chain == (try Chains.iso2.get().sentDER))
            #expect(pair.serverEnd.summary?.matchedAuthority == false)
            #expect(pair.clientEnd.summary?.matchedAuthority == false)
        }
    }

    /// The root's key is known from its child even when the root is not at hand.
    @Test func rootIsMatchedWithoutItsCertificate() async throws {
        let second = try Chains.iso2Other.get()
        let leaf = try #require(second.first)
        let pair = Pair(
            client: try client(.tls12) {
                $0.roots = [second.rootDER]
                $0.trustedCAKeysForm = .keySHA1
            },
            server: try server {
                $0.iso2Chains = [
                    try Chains.iso2.get().credential(),
                    TLSCredential(chain: second.sentDER, key: .software(leaf.key)),
                ]
            })
        await pair.pump()
        #expect(pair.serverEnd.summary?.chainIndex == 1)
    }

    @Test("[X_SECC_-20_TLS_007] certificate authorities choose in TLS13 both ways")
    func certificateAuthoritiesChooseInTLS13BothWays() async throws {
        // Roots of one fixture have one name: these are told apart by giving the other one a name of its own.
        let named = try ChainFixture(.iso20).chain(.secc) { role, template in
            let name = DistinguishedName([NameAttribute(.commonName, "Root B"), NameAttribute(.organizationName, "B")])
            if role == .v2gRoot {
                template.subject = name
                template.issuer = name
            }
            if role == .cpoSub1 { template.issuer = name }
        }
        let vehicles = try ChainFixture(.iso20).chain(.vehicle) { role, template in
            let name = DistinguishedName([NameAttribute(.commonName, "Root C"), NameAttribute(.organizationName, "C")])
            if role == .oemRoot {
                template.subject = name
                template.issuer = name
            }
            if role.issuers.first == .oemRoot { template.issuer = name }
        }
        let judge = Judge()
        let cars = Judge()
        let pair = Pair(
            client: try client(.tls13, judge) {
                $0.roots = [named.rootDER]
                $0.vehicleChains = [try Chains.vehicle.get().credential(), try vehicles.credential()]
            },
            server: try server(cars) {
                $0.iso20Chains = [try Chains.iso20.get().credential(), try named.credential()]
                $0.clientAuthorities = [vehicles.rootName]
            })
        await pair.pump()
        #expect(pair.serverEnd.summary?.chainIndex == 1)
        #expect(pair.serverEnd.summary?.matchedAuthority == true)
        #expect(judge.peers.first?.chain == named.sentDER)
        #expect(pair.clientEnd.summary?.chainIndex == 1)
        #expect(cars.peers.first?.chain == vehicles.sentDER)
    }
}
