internal import EXICodec
internal import SchemaTypes
internal import V2GCertificates
internal import V2GMessagesISO2
internal import V2GMessagesISO20Common
internal import V2GMessagesXMLDSig

extension SignedInfoGrammar {
    /// `SignedInfo` as a fragment of this grammar: what the key signs.
    func octets(of signedInfo: XMLDSig.SignedInfo, edition: Edition) throws(SignatureRefusal) -> [UInt8] {
        do {
            switch (self, edition) {
            case (.standalone, _): return try XMLDSig.Element.signedInfo(signedInfo).encodedFragment()
            case (.messageSet, .iso2): return try ISO2.Element.signedInfo(signedInfo).encodedFragment()
            case (.messageSet, .iso20): return try ISO20Common.Element.signedInfo(signedInfo).encodedFragment()
            }
        } catch {
            throw SignatureRefusal(.cannotCompute, "SignedInfo cannot be encoded: \(error.message)")
        }
    }
}

extension String {
    /// Octet by octet: to Swift, canonically equivalent texts are equal, to a digest they are not.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
