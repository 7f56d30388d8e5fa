// swift-tools-version: 6.2
import PackageDescription

// The arrows of ARCHITECTURE.md, declared exactly; scripts/check-arrows compares every import with them.
let package = Package(
    name: "swift-v2g",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "v2g", targets: ["v2g"]),
        .library(name: "V2GCertificates", targets: ["V2GCertificates"]),
        .library(name: "V2GCertificateAuthority", targets: ["V2GCertificateAuthority"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        // Layer 0: primitives and system libraries.
        .target(name: "V2GPrimitives"),
        .target(name: "V2GDER"),
        .target(name: "V2GFiles"),
        .target(name: "SchemaTypes"),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "COpenSSLShims", dependencies: ["COpenSSL"]),
        .systemLibrary(name: "CPKCS11", path: "Sources/CPKCS11", providers: [.apt(["libp11-kit-dev"])]),

        // Layer 1: EXI as bits; V2GTP frames, discovery, choice of the protocol; what a key can do.
        .target(name: "EXICodec", dependencies: ["SchemaTypes"]),
        .target(name: "V2GFraming"),
        .target(name: "V2GKeys", dependencies: ["V2GPrimitives", .product(name: "Crypto", package: "swift-crypto")]),

        // Layer 2: X.509 as values, and where keys live.
        .target(name: "V2GX509", dependencies: ["V2GPrimitives", "V2GDER", "V2GKeys"]),
        .target(
            name: "CryptoOpenSSL", dependencies: ["V2GPrimitives", "V2GKeys", "COpenSSL", "COpenSSLShims"]),
        .target(name: "V2GKeysPKCS11", dependencies: ["V2GPrimitives", "V2GKeys", "V2GDER", "CPKCS11"]),

        // Layer 3.
        .target(
            name: "V2GKeysFile", dependencies: ["V2GPrimitives", "V2GKeys", "CryptoOpenSSL"]),
        .target(
            name: "V2GCertificates",
            dependencies: ["V2GPrimitives", "V2GDER", "V2GX509", "V2GKeys", "CryptoOpenSSL"]),

        // Layer 4.
        .target(
            name: "V2GCertificateAuthority",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GFiles", "V2GX509", "V2GKeys", "V2GCertificates",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),

        // Layer 6.
        .target(
            name: "V2GEnrollment",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GX509", "V2GKeys", "V2GCertificateAuthority",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        // Layer 7: a developer tool, linked into nothing but exi-schemac.
        .target(name: "EXISchemaCompiler", dependencies: [.product(name: "Crypto", package: "swift-crypto")]),

        // Layer 8: executables.
        .executableTarget(
            name: "v2g",
            dependencies: [
                "V2GPrimitives", "V2GFiles", "V2GX509", "V2GKeys", "V2GKeysFile", "V2GKeysPKCS11",
                "CryptoOpenSSL", "V2GCertificates", "V2GCertificateAuthority", "V2GEnrollment",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ]),

        .executableTarget(
            name: "exi-schemac",
            dependencies: [
                "EXISchemaCompiler", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Benchmarks: no products, only for `make bench`. Not a package of their own, since they measure inner parts.
        .target(name: "OpenSSLBaseline", dependencies: ["COpenSSL"], path: "Benchmarks/OpenSSLBaseline"),
        .executableTarget(
            name: "V2GBench",
            dependencies: [
                "V2GX509", "V2GKeys", "V2GKeysFile", "V2GKeysPKCS11", "CryptoOpenSSL",
                "V2GCertificates", "V2GCertificateAuthority", "V2GTestSupport", "OpenSSLBaseline",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Benchmarks/V2GBench"),

        // Tests.
        .target(
            name: "V2GTestSupport",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GX509", "V2GKeys", "CryptoOpenSSL", "V2GCertificates",
                "V2GCertificateAuthority", "COpenSSL",
            ],
            path: "Tests/V2GTestSupport"),
        .executableTarget(
            name: "StoreDrill", dependencies: ["V2GPrimitives", "V2GX509", "V2GCertificateAuthority"],
            path: "Tests/Faults/StoreDrill"),
        .testTarget(name: "EXISchemaCompilerTests", dependencies: ["EXISchemaCompiler"]),
        .testTarget(name: "V2GPrimitivesTests", dependencies: ["V2GPrimitives"]),
        .testTarget(name: "SchemaTypesTests", dependencies: ["SchemaTypes"]),
        .testTarget(name: "EXICodecTests", dependencies: ["SchemaTypes", "EXICodec"]),
        .testTarget(name: "V2GFramingTests", dependencies: ["V2GFraming", "V2GPrimitives"]),
        .testTarget(name: "V2GFilesTests", dependencies: ["V2GFiles"]),
        .testTarget(name: "V2GX509Tests", dependencies: ["V2GDER", "V2GX509", "V2GKeys", "V2GPrimitives"]),
        .testTarget(
            name: "V2GKeysTests",
            dependencies: [
                "V2GPrimitives", "V2GKeys", "V2GKeysFile", "V2GKeysPKCS11", "CryptoOpenSSL", "V2GTestSupport",
            ], exclude: ["Fixtures"]),
        .testTarget(
            name: "V2GCertificatesTests",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GX509", "V2GKeys", "V2GCertificates", "V2GTestSupport",
            ]),
        .testTarget(
            name: "V2GCertificateAuthorityTests",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GX509", "V2GKeys", "V2GKeysFile", "CryptoOpenSSL",
                "V2GCertificates", "V2GCertificateAuthority", "V2GTestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "V2GEnrollmentTests",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GX509", "V2GKeys", "CryptoOpenSSL",
                "V2GCertificateAuthority", "V2GEnrollment", "V2GTestSupport",
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "V2GPrimitives", "V2GDER", "V2GX509", "V2GCertificates",
                "V2GTestSupport",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets
where target.type != .system && !["COpenSSLShims", "OpenSSLBaseline"].contains(target.name) {
    var settings: [SwiftSetting] = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableExperimentalFeature("Lifetimes"),
        .strictMemorySafety(),
    ]
    if Context.environment["V2G_WARNINGS_AS_ERRORS"] != nil {
        settings.append(.treatAllWarnings(as: .error))
    }
    target.swiftSettings = settings
}
