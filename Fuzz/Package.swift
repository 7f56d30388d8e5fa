// swift-tools-version: 6.2
import PackageDescription

// The libFuzzer targets: a package of its own, so that nothing of it gets into the product. Build with Fuzz/run, which
// gives the sanitizers; without them the executables have no entry point.
let messageSets = [
    "sap": "V2GMessagesAppProtocol",
    "din": "V2GMessagesDIN",
    "iso2": "V2GMessagesISO2",
    "iso20-common": "V2GMessagesISO20Common",
    "iso20-ac": "V2GMessagesISO20AC",
    "iso20-dc": "V2GMessagesISO20DC",
    "iso20-acdp": "V2GMessagesISO20ACDP",
    "iso20-wpt": "V2GMessagesISO20WPT",
    "xmldsig": "V2GMessagesXMLDSig",
]

let package = Package(
    name: "swift-v2g-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-v2g", path: "..")],
    targets: [
        // Files of Tests/FuzzReplayTests: found cases are replayed there against the same claims. Framing has its own
        // links to them, since each counter of coverage that is linked costs time in every execution.
        .target(
            name: "FuzzOracles",
            dependencies: ["SchemaTypes", "EXICodec", "V2GMessageText"].map {
                .product(name: $0, package: "swift-v2g")
            }),
        .executableTarget(name: "fuzz-framing", dependencies: [.product(name: "V2GFraming", package: "swift-v2g")]),
    ]
        + messageSets.sorted { $0.key < $1.key }.map { name, module in
            .executableTarget(
                name: "fuzz-" + name,
                dependencies: ["FuzzOracles", .product(name: module, package: "swift-v2g")])
        },
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .strictMemorySafety(),
    ]
}
