import Configuration
import ConfigurationLanguage
import Core
import Diagnostics

/// A small world for readers: files, users and names in tables.
struct TestWorld {
    var files: [String: String] = [:]
    var environment: [String: String] = ["HOME": "/root"]

    static let names: [String: [IPAddress]] = [
        "localhost": [.v4(IPv4Address(rawValue: 0x7f00_0001))],
        "myweb1": [.v4(IPv4Address(rawValue: 0x0a00_000b))],
        "myweb2": [.v4(IPv4Address(rawValue: 0x0a00_000c))],
        "six": [.v6(IPv6Address(high: 0xfd00_0000_0000_0000, low: 6))],
    ]

    static let errorPage = "HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\n<html>\r\n"

    var loader: Loader {
        let files = files
        let environment = environment
        return Loader(
            readFile: { path in
                if let text = files[path] { return .success(Array(text.utf8)) }
                if path.hasPrefix("/etc/ssl/private/"), path.hasSuffix(".pem") {
                    return .success(Array("-----BEGIN PRIVATE KEY-----".utf8))
                }
                if path.hasPrefix("/etc/haproxy/errors/") {
                    return .success(Array(Self.errorPage.utf8))
                }
                return .failure(Loader.Failure(reason: "No such file or directory"))
            },
            listDirectory: { path in
                let prefix = path.hasSuffix("/") ? path : path + "/"
                let names = files.keys.filter { $0.hasPrefix(prefix) }
                return names.isEmpty
                    ? nil : names.map { String($0.dropFirst(prefix.count)) }.sorted()
            },
            environment: { environment[$0] },
            user: {
                ["root": 0, "haproxy": 106, "nobody": 65534][$0].map {
                    Loader.User(userID: $0, groupID: $0)
                }
            },
            group: { ["root": 0, "haproxy": 113, "nogroup": 65534][$0] },
            resolve: { Self.names[$0] ?? [] },
            interfaceExists: { ["lo", "eth0"].contains($0) },
            hostName: "lb1")
    }

    /// Reads one text.
    static func read(_ text: String, options: ReaderOptions = ReaderOptions()) -> ReadResult {
        let world = TestWorld(files: ["test.cfg": text])
        return ConfigurationReader(loader: world.loader, options: options).read(files: ["test.cfg"])
    }

    static func render(_ result: ReadResult, isTerminal: Bool = false) -> String {
        DiagnosticRenderer(processID: 1, isTerminal: isTerminal)
            .render(result.diagnostics, sources: result.sources)
    }
}
