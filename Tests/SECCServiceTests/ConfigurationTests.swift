import Logging
import V2GCertificates
import SECCService
import Testing
import V2GSession

@Suite("Configuration of a station") struct ConfigurationTests {
    private static let least = """
        interface: eth1
        pki: /etc/v2g/pki
        state: /var/lib/v2g
        evses:
          - {id: DE*ABC*E0001, simulated: true}
        """

    private func refusal(_ yaml: String) -> ConfigurationError? {
        #expect(throws: ConfigurationError.self) { _ = try StationConfiguration(yaml: yaml, file: "s.yaml") }
    }

    @Test("interface, pki, state and one EVSE are enough") func theLeast() throws {
        let configuration = try StationConfiguration(yaml: Self.least)
        #expect(configuration.protocols == [.iso20, .iso2, .din])
        #expect(configuration.authorization == [.plugAndCharge, .external])
        #expect(configuration.allowsTLS13)
        #expect(configuration.quirks.isEmpty)
        #expect(configuration.logLevel == .info)
        #expect(configuration.dynamicPort == nil)
        #expect(configuration.evses.count == 1)
        let evse = try #require(configuration.evses.first)
        #expect(evse.port == 15_118 && evse.announcement == .dynamic && evse.power == .dc)
        #expect(evse.interface == "eth1" && evse.equipment == .simulated)
    }

    @Test("every key of the interface is read") func everything() throws {
        let configuration = try StationConfiguration(
            yaml: """
                interface: eth1
                pki: /etc/v2g/pki
                state: /var/lib/v2g
                protocols: [iso2, din]
                authorization: [eim]
                tls13: false
                quirks: [josev]
                log: debug
                dynamicPort: 50001
                eim: delay
                evses:
                  - {id: DE*ABC*E0001, port: 15118, announce: port, power: ac, simulated: true}
                  - {id: DE*ABC*E0002, interface: eth2, simulated: instant}
                """)
        #expect(configuration.protocols == [.iso2, .din])
        #expect(configuration.authorization == [.external])
        #expect(!configuration.allowsTLS13)
        #expect(configuration.quirks == [.josev])
        #expect(configuration.dynamicPort == 50_001)
        #expect(configuration.external == .delay)
        #expect(configuration.evses.map(\.interface) == ["eth1", "eth2"])
        #expect(configuration.evses.map(\.announcement) == [.port, .dynamic])
        #expect(configuration.evses[1].equipment == .simulatedAtOnce)
        #expect(configuration.interfaces == ["eth1", "eth2"])
    }

    @Test("trust and credentials take the place of a directory") func files() throws {
        let configuration = try StationConfiguration(
            yaml: """
                interface: eth1
                state: /var/lib/v2g
                trust: {v2g: root.crt, mo: [a.crt, b.crt], crls: x.crl}
                credentials:
                  - {role: secc, edition: iso2, chain: secc.crt, key: "pkcs11:object=secc"}
                evses: [{id: DE*ABC*E0001, simulated: true}]
                """)
        guard case .files(let trust, let credentials) = configuration.pki else {
            Issue.record("not read as files")
            return
        }
        #expect(trust.v2g == ["root.crt"] && trust.mo == ["a.crt", "b.crt"] && trust.crls == ["x.crl"])
        #expect(credentials.count == 1 && credentials[0].role == .secc && credentials[0].key == "pkcs11:object=secc")
    }

    @Test("an unknown key is refused with its line and the word that was meant") func unknownKey() {
        let error = refusal(Self.least + "\nprotocolls: [iso2]")
        #expect(error?.line == 6)
        #expect(error?.key == "protocolls")
        #expect(error?.message.contains("Did you mean 'protocols'?") == true)
        #expect(error?.description.hasPrefix("s.yaml:6: protocolls: ") == true)
    }

    @Test("an unknown key of an EVSE is refused with its place") func unknownKeyOfAnEVSE() {
        let error = refusal(Self.least + "\n  - {id: DE*ABC*E0002, simulated: true, powr: ac}")
        #expect(error?.key == "evses[1].powr")
        #expect(error?.line == 6)
        #expect(error?.message.contains("'power'") == true)
    }

    @Test(
        "what cannot be used names key and remedy",
        arguments: [
            ("state: /var/lib/v2g", "", "state", "Name the directory"),
            ("pki: /etc/v2g/pki", "", "pki", "v2g pki init"),
            ("interface: eth1", "", "evses[0].interface", "Name the one the cable is on"),
            ("interface: eth1", "interface: an/interface", "evses[0].interface", "ip link"),
            ("state: /var/lib/v2g", "state: /x\nlog: loud", "log", "Write one of: trace, debug"),
            ("state: /var/lib/v2g", "state: /x\nprotocols: []", "protocols", "Name one"),
            ("state: /var/lib/v2g", "state: /x\nprotocols: [iso2, iso2]", "protocols", "twice"),
            ("state: /var/lib/v2g", "state: /x\nauthorization: [pnk]", "authorization", "Did you mean 'pnc'?"),
            ("state: /var/lib/v2g", "state: /x\ntls13: maybe", "tls13", "true nor false"),
            ("state: /var/lib/v2g", "state: /x\ntls13: false\nprotocols: [iso20]", "tls13", "Add iso2"),
            ("state: /var/lib/v2g", "state: /x\ndynamicPort: 80", "dynamicPort", "49152...65535"),
            ("state: /var/lib/v2g", "state: /x\nquirks: [all]", "quirks", "josev"),
            ("state: /var/lib/v2g", "state: /x\neim: perhaps", "eim", "accept, deny, delay"),
            ("id: DE*ABC*E0001", "id: nonsense", "evses[0].id", "DE*ABC*E0001"),
            ("simulated: true", "port: 0, simulated: true", "evses[0].port", "1...65535"),
            ("simulated: true", "simulated: false", "evses[0].simulated", "simulated: true"),
            ("simulated: true", "power: ac", "evses[0].simulated", "simulated: true"),
            ("pki: /etc/v2g/pki", "pki: /p\ntrust: {v2g: r.crt}", "pki", "Keep the directory or the files"),
        ])
    func refusals(_ row: (replaced: String, by: String, key: String, remedy: String)) {
        let error = refusal(Self.least.replacing(row.replaced, with: row.by))
        #expect(error?.key == row.key)
        #expect(error?.message.contains(row.remedy) == true, "\(error?.message ?? "-")")
        #expect(error?.line != nil)
    }

    @Test("two EVSEs of one identifier are refused") func twins() {
        let error = refusal(Self.least + "\n  - {id: DE*ABC*E0001, simulated: true}")
        #expect(error?.key == "evses[1].id")
    }

    @Test("what is no YAML is refused", arguments: ["", "a: [", "- 1", "just words"]) func noYAML(_ text: String) {
        #expect(refusal(text) != nil)
    }
}
