import CryptoOpenSSL
import Testing
import V2GKeys
import V2GTLS
import V2GTestSupport

/// Keys that live outside the process sign through the pending step.
@Suite struct ExternalKeyTests {
    @Test func stationOfEdition2SignsElsewhere() async throws {
        let chain = try Chains.iso2.get()
        let key = DistantKey(key: try #require(chain.first).key)
        let credential = try chain.credential(key: .external(key))
        let pair = Pair(client: try client(.tls12), server: try server { $0.iso2Chains = [credential] })
        await pair.pump()
        #expect(pair.serverEnd.signatures == 1)
        #expect(pair.clientEnd.summary?.version == .tls12)
        #expect(pair.clientEnd.failure == nil)
        try pair.client.send([9])
        await pair.pump()
        #expect(pair.serverEnd.plaintext == [9])
    }

    @Test(arguments: [KeyAlgorithm.p521, .ed448])
    func bothEndsOfEdition20SignElsewhere(_ algorithm: KeyAlgorithm) async throws {
        let station = algorithm == .p521 ? try Chains.iso20.get() : try Chains.iso20Ed448.get()
        let vehicle = algorithm == .p521 ? try Chains.vehicle.get() : try Chains.vehicleEd448.get()
        let vehicles = Judge()
        let pair = Pair(
            client: try client(.tls13) {
                let key = DistantKey(key: try #require(vehicle.first).key)
                $0.vehicleChains = [try vehicle.credential(key: .external(key))]
            },
            server: try server(vehicles) {
                let key = DistantKey(key: try #require(station.first).key)
                $0.iso20Chains = [try station.credential(key: .external(key))]
            })
        await pair.pump()
        #expect(pair.serverEnd.signatures == 1)
        #expect(pair.clientEnd.signatures == 1)
        #expect(pair.serverEnd.summary?.version == .tls13)
        #expect(pair.clientEnd.failure == nil)
        #expect(vehicles.peers.first?.chain == vehicle.sentDER)
    }

    @Test func failingKeyEndsTheHandshakeAndSaysWhy() async throws {
        let chain = try Chains.iso2.get()
        let key = DistantKey(
            key: try #require(chain.first).key, failure: KeyError(.tokenUnavailable, "The token is gone."))
        let credential = try chain.credential(key: .external(key))
        let pair = Pair(client: try client(.tls12), server: try server { $0.iso2Chains = [credential] })
        await pair.pump()
        #expect(pair.serverEnd.failure?.code == .keyFailed)
        #expect(pair.serverEnd.failure?.message.contains("The token is gone.") == true)
        #expect(pair.serverEnd.failure?.alertSent == .internalError)
        #expect(pair.serverEnd.summary == nil)
        #expect(pair.clientEnd.summary == nil)
    }

    @Test func wrongSignatureIsNoticedByTheOtherEnd() async throws {
        struct OtherKey: SigningKey {
            let publicKey: PublicKey
            let other: SoftwareKey
            func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] { try other.sign(message) }
        }
        let chain = try Chains.iso2.get()
        let key = OtherKey(
            publicKey: try #require(chain.first).key.publicKey, other: try SoftwareKey.generate(.p256))
        let credential = try chain.credential(key: .external(key))
        let pair = Pair(client: try client(.tls12), server: try server { $0.iso2Chains = [credential] })
        await pair.pump()
        #expect(pair.clientEnd.summary == nil)
        #expect(pair.clientEnd.failure?.alertSent == .decryptError)
    }

    /// What is signed for, and has to be asked for again and again, is one and the same.
    @Test func stepsWithoutAnAnswerAskAgain() async throws {
        let chain = try Chains.iso2.get()
        let key = DistantKey(key: try #require(chain.first).key)
        let credential = try chain.credential(key: .external(key))
        let car = try client(.tls12)
        let station = try server { $0.iso2Chains = [credential] }
        _ = car.step()
        station.receive(car.takeOutput())
        guard case .pendingSignature(let first) = station.step(), case .pendingSignature(let second) = station.step()
        else {
            Issue.record("no signature was asked for")
            return
        }
        #expect(first.message == second.message)
        // TLS 1.2 signs both randoms and the parameters of the exchange: 64 octets and a point of P-256.
        #expect(first.message.count == 64 + 4 + 65)
        station.provide(signature: .success(try await key.sign(first.message)))
        guard case .needsMore = station.step() else {
            Issue.record("the handshake does not go on")
            return
        }
        car.receive(station.takeOutput())
        guard case .needsMore = car.step() else {
            Issue.record("the signature is not accepted")
            return
        }
    }

    @Test func connectionsMayEndWhileASignatureIsAwaited() async throws {
        let chain = try Chains.iso2.get()
        let credential = try chain.credential(key: .external(DistantKey(key: try #require(chain.first).key)))
        let context = try TLSServerContext(
            {
                var configuration = try serverConfiguration()
                configuration.iso2Chains = [credential]
                return configuration
            }())
        for _ in 0..<50 {
            let car = try client(.tls12)
            let station = try TLSConnection.server(context)
            _ = car.step()
            station.receive(car.takeOutput())
            guard case .pendingSignature = station.step() else {
                Issue.record("no signature was asked for")
                return
            }
        }
        let pair = Pair(client: try client(.tls12), server: try .server(context))
        await pair.pump()
        #expect(pair.serverEnd.summary != nil)
    }

    /// Signatures of many connections are awaited at the same time, on one thread.
    @Test func manyConnectionsWaitAtOnce() async throws {
        let chain = try Chains.iso2.get()
        let key = DistantKey(key: try #require(chain.first).key)
        let credential = try chain.credential(key: .external(key))
        var configuration = try serverConfiguration()
        configuration.iso2Chains = [credential]
        let context = try TLSServerContext(configuration)
        var waiting: [(car: TLSConnection, station: TLSConnection, message: [UInt8])] = []
        for _ in 0..<20 {
            let car = try client(.tls12)
            let station = try TLSConnection.server(context)
            _ = car.step()
            station.receive(car.takeOutput())
            guard case .pendingSignature(let pending) = station.step() else { continue }
            waiting.append((car, station, pending.message))
        }
        #expect(waiting.count == 20)
        for entry in waiting.reversed() {
            entry.station.provide(signature: .success(try await key.sign(entry.message)))
            _ = entry.station.step()
            let pair = Pair(client: entry.car, server: entry.station)
            await pair.pump()
            #expect(pair.serverEnd.summary != nil)
        }
    }
}
