package import V2GCertificates

/// A car's request for contract certificates, to be relayed to the backend as it came ([V2G2-891], OCPP 2.0.1 M01).
package struct ProvisioningQuestion: Sendable {
    package enum Kind: Sendable, Hashable {
        case installation, update
    }

    package let edition: Edition
    package let kind: Kind
    package let session: V2GSessionID
    /// The request's complete EXI document, as the car sent it.
    package let request: [UInt8]

    package init(edition: Edition, kind: Kind, session: V2GSessionID, request: [UInt8]) {
        self.edition = edition
        self.kind = kind
        self.session = session
        self.request = request
    }
}

/// What the backend made of a provisioning request.
package enum ProvisioningVerdict: Sendable {
    /// The answer's complete EXI document; relayed unchanged when its session is the car's, with the session replaced
    /// otherwise (the header is outside the signature).
    case answered([UInt8])
    case refused(ProvisioningRefusalCode, String)
}

package enum ProvisioningRefusalCode: String, Sendable, Hashable, CaseIterable {
    /// No contract waits for this car.
    case noCertificateAvailable
    case certificateExpired, certificateRevoked
    case signatureInvalid
    case contractCanceled
    /// The backend could not be asked, or did not answer in time.
    case unavailable
}
