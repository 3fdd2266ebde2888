// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target. Measured: 33,500 instructions a request without the two release flags,
/// 7,300 with them. Debug builds, and so the tests, keep the exclusivity checks.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(
        ["-cross-module-optimization", "-enforce-exclusivity=unchecked"],
        .when(configuration: .release)),
]

/// valgrind 3.19 cannot read clang's DWARF 5.
let houseC: [CSetting] = [.unsafeFlags(["-gdwarf-4", "-Wall", "-Wextra"])]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
    -> Target
{
    .testTarget(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: house)
}

/// What several test targets and the programs around them share.
func helper(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: house)
}

// A target imports only targets above it in this list (docs/architecture.md).
var targets: [Target] = [
    .target(name: "CLinux", cSettings: houseC, linkerSettings: [.linkedLibrary("crypt")]),
    .systemLibrary(
        name: "CNetlink", pkgConfig: "libnl-route-3.0",
        providers: [.apt(["libnl-3-dev", "libnl-route-3-dev"])]),
    .systemLibrary(
        name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

    module("Core"),
    module("Diagnostics", ["Core"]),
    module("ConfigurationLanguage", ["Core", "Diagnostics"]),
    module("HTTP", ["Core"]),
    module("StickTables", ["Core"]),
    module("Expressions", ["Core", "HTTP", "StickTables", "COpenSSL", "CPCRE2"]),
    module("Rules", ["Core", "HTTP", "StickTables", "Expressions"]),
    module("Balancing", ["Core", "Expressions"]),
    module("Checking", ["Core", "HTTP", "Expressions"]),
    module("VRRP", ["Core"]),
    module(
        "Configuration",
        [
            "Core", "Diagnostics", "ConfigurationLanguage", "HTTP", "StickTables", "Expressions",
            "Rules", "Balancing",
            "Checking", "VRRP",
        ]),
    module("Linux", ["Core", "CLinux"]),
    module("EventLoop", ["Core", "Linux"]),
    module("Logging", ["Core", "Linux", "EventLoop", "Configuration"]),
    module("Resolver", ["Core", "Configuration", "Linux", "EventLoop"]),
    module("TLS", ["Core", "Expressions", "Configuration", "Diagnostics", "Linux", "COpenSSL"]),
    module("Netlink", ["Core", "Linux", "CNetlink"]),
    module(
        "Proxy",
        [
            "Core", "HTTP", "StickTables", "Expressions", "Rules", "Balancing", "Checking",
            "Configuration", "Linux",
            "EventLoop", "Logging", "Resolver", "TLS",
        ]),
    module(
        "Failover",
        ["Core", "VRRP", "Configuration", "Linux", "EventLoop", "Logging", "Netlink"]),
    module(
        "Control",
        [
            "Core", "HTTP", "StickTables", "Expressions", "VRRP", "Configuration", "Linux",
            "EventLoop", "Logging", "Resolver",
            "Proxy", "Failover", "TLS",
        ]),
    module(
        "Appliance",
        [
            "Core", "Diagnostics", "ConfigurationLanguage", "HTTP", "Expressions", "VRRP",
            "Configuration", "Linux", "EventLoop", "Logging", "Resolver", "Netlink", "Proxy",
            "Failover", "Control", "TLS", "CLinux",
        ]),
    .executableTarget(name: "dyad", dependencies: ["Appliance"], swiftSettings: house),
    .executableTarget(
        name: "dyadctl",
        dependencies: [
            "Core", "Diagnostics", "Linux",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: house),

    tests("CoreTests", ["Core"]),
    tests("DiagnosticsTests", ["Diagnostics"]),
    tests("ConfigurationLanguageTests", ["Core", "Diagnostics", "ConfigurationLanguage"]),
    tests(
        "ConfigurationTests",
        ["Core", "Diagnostics", "ConfigurationLanguage", "Expressions", "Configuration"],
        resources: [.copy("Golden"), .copy("Fixtures")]),
    tests(
        "KeepalivedConfigurationTests",
        ["Core", "Diagnostics", "ConfigurationLanguage", "VRRP", "Configuration"],
        resources: [.copy("Golden")]),
    tests("ApplianceTests", ["Core", "VRRP", "Failover", "Control", "Appliance"]),
    tests(
        "ProxyTests",
        [
            "Core", "HTTP", "Diagnostics", "Expressions", "Configuration", "Linux", "EventLoop",
            "Logging", "Resolver", "Proxy", "AllocationCounter",
        ]),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: houseC),
    tests("HTTPTests", ["Core", "HTTP"]),
    tests(
        "ControlTests",
        [
            "Control", "Core", "Configuration", "Diagnostics", "EventLoop", "Linux", "Proxy",
            "Resolver",
        ]),
    tests("StickTablesTests", ["Core", "StickTables"]),
    tests("BalancingTests", ["Core", "Balancing"]),
    tests(
        "ExpressionsTests", ["Core", "HTTP", "Expressions"], resources: [.copy("Golden")]),
    tests("CheckingTests", ["Core", "HTTP", "Expressions", "Checking"]),
    tests("DyadctlTests", ["Core", "dyadctl"]),
    tests(
        "HealthTests",
        [
            "Core", "Checking", "Configuration", "Diagnostics", "EventLoop", "HTTP", "Linux",
            "Logging", "Proxy",
        ]),
    tests("ResolverTests", ["Core", "Configuration", "Linux", "Resolver"]),
    tests(
        "TLSTests",
        ["COpenSSL", "Core", "Expressions", "Configuration", "Diagnostics", "Linux", "TLS"]),
    tests("LoggingTests", ["Core", "Configuration", "Linux", "Logging"]),
    tests("VRRPTests", ["Core", "VRRP", "Expressions"]),
    helper("Simulation", ["Core", "VRRP"]),
    tests("SimulationTests", ["Simulation"]),
    helper(
        "FuzzTargets",
        [
            "Core", "Diagnostics", "ConfigurationLanguage", "HTTP", "Expressions", "VRRP",
            "Configuration",
        ]),
    tests("FuzzTests", ["FuzzTargets", "Simulation"]),
    tests(
        "FailoverTests",
        [
            "Core", "Diagnostics", "VRRP", "Configuration", "Linux", "EventLoop", "Logging",
            "Netlink", "Failover",
        ]),
]

// Benchmarks and fuzz targets are built on request only.
if Context.environment["DYAD_EXTRA"] != nil {
    targets += [
        .executableTarget(
            name: "head-benchmark", dependencies: ["Core", "HTTP"],
            path: "Benchmarks/HeadBenchmark", swiftSettings: house),
        .executableTarget(
            name: "engine-benchmark",
            dependencies: [
                "Core", "Diagnostics", "Configuration", "Linux", "EventLoop", "Logging", "Proxy",
            ],
            path: "Benchmarks/EngineBenchmark", swiftSettings: house),
        .executableTarget(
            name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate",
            swiftSettings: house),
        // Links only with libFuzzer (scripts/fuzz), whose debug information gold cannot read.
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz", swiftSettings: house,
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
    ]
}

let package = Package(
    name: "dyad",
    products: [
        .executable(name: "dyad", targets: ["dyad"]),
        .executable(name: "dyadctl", targets: ["dyadctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: targets
)
