import ArgumentParser
import Testing

@testable import v2g

/// The command lines of `v2g exi`.
struct EXIArgumentTests {
    @Test(arguments: [
        ["decode", "--set", "iso20-common", "80"], ["decode", "--set", "sap", "--fragment", "--xml", "-"],
        ["decode", "--v2gtp", "80"], ["decode", "--v2gtp", "--protocol", "din", "--max-bytes", "100", "-"],
        ["decode", "--set", "xmldsig", "--pretty", "--literals-only", "80"], ["encode", "--set", "iso20-wpt", "-"],
        ["encode", "--set", "iso2", "--empty-characters", "--learning-wildcards", "--typed-fragments", "-"],
        ["decode", "--set", "iso2", "--fragment", "--typed-fragments", "-"],
        ["encode", "--set", "din", "--v2gtp", "file.json"], ["encode", "--fragment", "--set", "xmldsig", "file.json"],
    ])
    func combinationsThatMakeSenseAreTaken(arguments: [String]) throws {
        _ = try EXICommand.parseAsRoot(arguments)
    }

    @Test(arguments: [
        ["decode", "80"], ["decode", "--set", "iso3", "80"], ["decode", "--set", "sap"],
        ["decode", "--set", "sap", "--v2gtp", "80"], ["decode", "--set", "sap", "--protocol", "sap", "80"],
        ["decode", "--v2gtp", "--fragment", "80"], ["decode", "--set", "sap", "--pretty", "-"],
        ["decode", "--set", "sap", "--pretty", "--xml", "80"], ["decode", "--v2gtp", "--protocol", "iso20", "80"],
        ["decode", "--set", "sap", "--max-bytes", "0", "80"],
        ["decode", "--set", "sap", "--max-bytes", "99999999", "80"],
        ["encode", "file.json"], ["encode", "--set", "xmldsig", "--v2gtp", "-"],
        ["encode", "--set", "din", "--v2gtp", "--fragment", "-"],
    ])
    func combinationsThatMakeNoneAreRefused(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try EXICommand.parseAsRoot(arguments) }
        #expect(error.map { EXICommand.exitCode(for: $0) } == .validationFailure)
    }
}
