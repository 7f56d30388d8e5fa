import CryptoOpenSSL
import Testing
import V2GKeys
import V2GPrimitives

/// Published vectors for the primitives under key delivery.
@Suite struct AESTests {
    /// NIST SP 800-38A, F.2.1.
    @Test func cbcVectorOfNIST() throws {
        let key = SecretBytes(copying: hex("2b7e151628aed2a6abf7158809cf4f3c"))
        let plaintext = SecretBytes(
            copying: hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"))
        let ciphertext = try AES128CBC.encrypt(plaintext, key: key, iv: SignedSample.octets(16))
        #expect(ciphertext == hex("7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2"))
        let again = try AES128CBC.decrypt(ciphertext, key: key, iv: SignedSample.octets(16))
        #expect(again.isEqual(to: plaintext))
    }

    /// Test case 16 of the GCM specification.
    @Test func gcmVectorOfItsSpecification() throws {
        let key = SecretBytes(
            copying: hex("feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308"))
        let plaintext = SecretBytes(
            copying: hex(
                """
                d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72 1c3c0c95956809532fcf0e2449a6b525
                b16aedf5aa0de657ba637b39
                """))
        let iv = hex("cafebabefacedbaddecaf888")
        let aad = hex("feedfacedeadbeeffeedfacedeadbeef abaddad2")
        let sealed = try AES256GCM.seal(plaintext, key: key, iv: iv, aad: aad)
        #expect(
            sealed
                == hex(
                    """
                    522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa 8cb08e48590dbb3da7b08b1056828838
                    c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b
                    """))
        let opened = try #require(try AES256GCM.open(sealed, key: key, iv: iv, aad: aad))
        #expect(opened.isEqual(to: plaintext))
        #expect(try AES256GCM.open(sealed, key: key, iv: iv, aad: aad + [0]) == nil)
        #expect(try AES256GCM.open([1, 2, 3], key: key, iv: iv, aad: aad) == nil)
    }

    /// FIPS 202: SHAKE256 of nothing.
    @Test func shake256OfNothing() throws {
        #expect(
            try shake256([], count: 32) == hex("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"))
    }

    @Test func wrongLengthsAreRefused() {
        let key = SecretBytes(copying: SignedSample.octets(16))
        #expect(throws: KeyError.self) {
            _ = try AES128CBC.encrypt(SecretBytes(copying: [1]), key: key, iv: SignedSample.octets(16))
        }
        #expect(throws: KeyError.self) {
            _ = try AES128CBC.decrypt(SignedSample.octets(16), key: key, iv: [])
        }
        #expect(throws: KeyError.self) {
            _ = try AES256GCM.seal(key, key: key, iv: SignedSample.octets(12), aad: [])
        }
    }
}
