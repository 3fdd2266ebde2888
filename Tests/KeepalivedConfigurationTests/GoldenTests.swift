import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import Foundation
import Testing

/// Configurations with their meaning in one file each, which keepalived can read too:
///
///     # keepalived -t: 5
///     …the configuration…
///     #: what we say, and what it means to us
///
/// The number is what keepalived 2.2.7 exits with, measured in a network namespace with eth0, eth1 and lo;
/// behind it stands the reason where ours is another one. With `DYAD_REWRITE_GOLDEN` set, the files are written.
@Suite struct GoldenTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden")

    static let names: [String] = {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return all.filter { $0.hasSuffix(".conf") }.sorted()
    }()

    /// A frontend on one address and a backend.
    static let proxies: [ProxySettings] = {
        let range = SourceRange(file: "haproxy.cfg", line: 1)
        var www = ProxySettings(
            name: "www", id: 2, isFrontend: true, isBackend: false, range: range)
        let address = IPAddress("10.0.0.50").map { SocketAddress.ip($0, port: 80) }
        www.binds = [address].compactMap { $0 }.map {
            BindSettings(address: .address($0), id: 1, range: range)
        }
        return [
            www,
            ProxySettings(name: "app", id: 3, isFrontend: false, isBackend: true, range: range),
        ]
    }()

    @Test func thereAreSome() { #expect(GoldenTests.names.count >= 12) }

    @Test(arguments: names)
    func means(name: String) throws {
        let url = GoldenTests.directory.appending(path: name)
        let text = try String(contentsOf: url, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let written = lines.filter { !$0.hasPrefix("#:") }
        let expected = lines.filter { $0.hasPrefix("#:") }
        let proxies =
            name.hasPrefix("proxy-") ? GoldenTests.proxies : []
        let reading = Reading(
            written.joined(separator: "\n"),
            files: ["/keys/vrrp": "hex:" + String(repeating: "a5", count: 64) + "\n"],
            proxies: proxies)
        var actual = ["#: -t \(reading.findings.outcome.rawValue)"]
        for finding in reading.findings.all {
            let diagnostic = finding.diagnostic
            let place = diagnostic.range.map { "\($0.line):\($0.columns.lowerBound)" } ?? "-"
            actual.append("#: \(place) \(diagnostic.severity.rawValue) \(diagnostic.message)")
            if let fix = diagnostic.fix { actual.append("#:     \(fix)") }
        }
        actual += Description(reading).lines.map { "#: \($0)" }
        if ProcessInfo.processInfo.environment["DYAD_REWRITE_GOLDEN"] != nil {
            var kept = written
            while kept.last?.isEmpty == true { kept.removeLast() }
            let file = (kept + actual).joined(separator: "\n") + "\n"
            try file.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect(actual == expected)
        // What keepalived exits with, unless the file says why we differ.
        let header = try #require(lines.first)
        #expect(header.hasPrefix("# keepalived -t: "))
        if !header.contains(";") {
            let measured = header.split(separator: " ").last.flatMap { Int32($0) }
            #expect(measured == reading.findings.outcome.rawValue)
        }
    }
}
