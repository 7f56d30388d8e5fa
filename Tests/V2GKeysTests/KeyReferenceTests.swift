import Testing
import V2GKeys

@Suite struct KeyReferenceTests {
    @Test(arguments: [
        ("file:/etc/v2g/key.pem", "/etc/v2g/key.pem"), ("file:key.pem", "key.pem"),
        ("file:///etc/key.pem", "/etc/key.pem"), ("file:/a%20b", "/a%20b"), ("file:/with space", "/with space"),
    ])
    func fileReferenceKeepsItsPath(_ text: String, _ path: String) throws {
        #expect(try KeyReference(parsing: text) == .file(path: path))
    }

    @Test(arguments: [
        "", "file:", "file://", "file://host/key.pem", "/etc/key.pem", "key.pem", "http://x/y", "FILE:/x", "file:/a\0b",
        "file:/" + String(repeating: "a", count: 5000),
    ])
    func otherReferencesAreRefused(_ text: String) async {
        #expect(await code { _ = try KeyReference(parsing: text) } == .badReference)
    }

    @Test func everyAttributeIsRead() throws {
        let text =
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;serial=1a2b;model=1.0"
            + ";slot-id=327;slot-manufacturer=s;slot-description=d;library-manufacturer=lm;library-description=ld"
            + ";library-version=3.11;object=my-key;id=%69%95%3E%5C%f4;type=private"
            + "?module-path=/usr/lib/libx.so&module-name=x&pin-source=file:/etc/token_pin"
        let uri = try PKCS11URI(parsing: text)
        #expect(uri.token == "The Software PKCS#11 Softtoken")
        #expect(uri.manufacturer == "Snake Oil, Inc.")
        #expect(uri.serial == "1a2b")
        #expect(uri.model == "1.0")
        #expect(uri.slotID == 327)
        #expect(uri.slotManufacturer == "s")
        #expect(uri.slotDescription == "d")
        #expect(uri.libraryManufacturer == "lm")
        #expect(uri.libraryDescription == "ld")
        #expect(uri.libraryVersion == .init(major: 3, minor: 11))
        #expect(uri.object == "my-key")
        #expect(uri.id == [0x69, 0x95, 0x3e, 0x5c, 0xf4])
        #expect(uri.type == .privateKey)
        #expect(uri.modulePath == "/usr/lib/libx.so")
        #expect(uri.moduleName == "x")
        #expect(uri.pinSourcePath == "/etc/token_pin")
        #expect(try PKCS11URI(parsing: uri.description) == uri)
    }

    @Test func emptyURIMatchesAnything() throws {
        #expect(try PKCS11URI(parsing: "pkcs11:") == PKCS11URI())
        #expect(try PKCS11URI(parsing: "pkcs11:?module-name=p11").moduleName == "p11")
    }

    @Test(arguments: [
        "pin-source=/run/pin", "pin-source=file:/run/pin", "pin-source=file:///run/pin",
        "pin-source=file%3A%2Frun%2Fpin",
    ])
    func pinSourceIsAPath(_ query: String) throws {
        #expect(try PKCS11URI(parsing: "pkcs11:token=t?\(query)").pinSourcePath == "/run/pin")
    }

    @Test(arguments: [
        "pkcs11:token", "pkcs11:=x", "pkcs11:token=", "pkcs11:token=a;token=b", "pkcs11:token=a;", "pkcs11:;token=a",
        "pkcs11:token=a b", "pkcs11:token=%4", "pkcs11:token=%zz", "pkcs11:token=%ff", "pkcs11:token=%00",
        "pkcs11:token=123456789012345678901234567890123", "pkcs11:serial=12345678901234567", "pkcs11:color=red",
        "pkcs11:slot-id=x", "pkcs11:slot-id=-1", "pkcs11:slot-id=99999999999999999999", "pkcs11:type=key",
        "pkcs11:library-version=1.2.3", "pkcs11:library-version=300", "pkcs11:id=", "pkcs11:token=a?",
        "pkcs11:token=a?pin-source=|/bin/getpin", "pkcs11:token=a?pin-source=http://x/",
        "pkcs11:token=a?module-path=x.so",
        "pkcs11:token=a?module-name=../x", "pkcs11:token=a?x-vendor=1", "pkcs11:pin-source=/x", "PKCS11:token=a",
        "pkcs11:token=a#b", "pkcs11:token=a?module-name=a&module-name=b",
    ])
    func malformedURIIsRefused(_ text: String) async {
        #expect(await code { _ = try KeyReference(parsing: text) } == .badReference)
    }

    @Test func pinByArgumentIsRefusedAndNotEchoed() async throws {
        let error = await keyError { _ = try KeyReference(parsing: "pkcs11:token=a?pin-value=998877") }
        #expect(error?.code == .badReference)
        #expect(error?.message.contains("998877") == false)
        #expect(error?.message.contains("pin-source") == true)
    }
}
