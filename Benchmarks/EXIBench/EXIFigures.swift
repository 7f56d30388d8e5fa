/// What libcbv2g 0.3.1 (`gcc -O2`) took for a message, and our goals. Seconds, with its yardstick of 1.17 GB/s (SHA-256
/// of 1 KB blocks); scaled by the yardstick of the machine at hand before anything is compared.
struct EXIFigures {
    /// Octets of the message that was measured.
    let bytes: Int
    let encode: Double
    let decode: Double
    let encodeGoal: Double
    let decodeGoal: Double

    static let yardstick = 1.17

    /// Times in nanoseconds.
    init(bytes: Int, _ encode: Double, _ decode: Double, goals encodeGoal: Double, _ decodeGoal: Double) {
        self.bytes = bytes
        self.encode = encode * 1e-9
        self.decode = decode * 1e-9
        self.encodeGoal = encodeGoal * 1e-9
        self.decodeGoal = decodeGoal * 1e-9
    }

    func peer(_ direction: EXICase.Direction) -> Double { direction == .encode ? encode : decode }
    func goal(_ direction: EXICase.Direction) -> Double { direction == .encode ? encodeGoal : decodeGoal }

    // Goals: a third for small messages; 1/50 and 1/15 for those that are certificates for the most part.
    static let sessionSetupReq = EXIFigures(bytes: 21, 350, 320, goals: 120, 120)
    static let paymentDetailsReq = EXIFigures(bytes: 1_837, 57_600, 20_000, goals: 1_152, 1_333)
    static let chargeParameterDiscoveryRes = EXIFigures(bytes: 127, 2_610, 2_750, goals: 870, 917)
    static let currentDemandReq = EXIFigures(bytes: 48, 1_000, 1_020, goals: 330, 330)
    static let currentDemandRes = EXIFigures(bytes: 85, 1_420, 1_430, goals: 470, 470)
    static let certificateInstallationRes = EXIFigures(bytes: 4_401, 185_000, 49_200, goals: 3_700, 3_300)
    static let chargeLoopReq = EXIFigures(bytes: 52, 1_390, 1_590, goals: 460, 460)
    static let chargeLoopRes = EXIFigures(bytes: 45, 820, 840, goals: 270, 270)
    static let authorizationReq = EXIFigures(bytes: 3_121, 120_000, 38_600, goals: 2_400, 2_573)
}
