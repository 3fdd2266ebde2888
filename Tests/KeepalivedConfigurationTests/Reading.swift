import Configuration
import ConfigurationLanguage
import Core
import Diagnostics

/// Reads a text as keepalived sections in a world that is a table.
struct Reading {
    let statements: [KeepalivedStatement]
    let settings: VRRPSettings?
    let findings: KeepalivedFindings
    let keywordsWithoutEffect: [KeywordUse]
    let includedFiles: [SourceFile]

    init(
        _ text: String, hostID: String = "lb1", files: [String: String] = [:],
        users: [String: UInt32] = ["root": 0, "nobody": 65534],
        interfaces: Set<String> = ["eth0", "eth1", "lo"], proxies: [ProxySettings] = []
    ) {
        self.init(
            bytes: Array(text.utf8), hostID: hostID, files: files, users: users,
            interfaces: interfaces, proxies: proxies)
    }

    init(
        bytes: [UInt8], hostID: String = "lb1", files: [String: String] = [:],
        users: [String: UInt32] = ["root": 0, "nobody": 65534],
        interfaces: Set<String> = ["eth0", "eth1", "lo"], proxies: [ProxySettings] = []
    ) {
        let loader = Loader(
            readFile: { path in
                files[path].map { .success(Array($0.utf8)) }
                    ?? .failure(Loader.Failure(reason: "No such file or directory"))
            },
            listDirectory: { directory in
                files.keys.filter { $0.hasPrefix(directory + "/") }
                    .map { String($0.dropFirst(directory.count + 1)) }
                    .filter { !$0.contains("/") }.sorted()
            },
            environment: { $0 == "PRIO" ? "77" : nil },
            user: { users[$0].map { Loader.User(userID: $0, groupID: $0) } },
            group: { users[$0] },
            interfaceExists: { interfaces.contains($0) },
            hostName: "lb1.example.net")
        let source = SourceFile(name: "/etc/k.conf", bytes: bytes)
        var parser = KeepalivedParser(environment: loader.keepalivedEnvironment(hostID: hostID))
        statements = parser.read(source)
        let resolution = KeepalivedResolver.resolve(statements, loader: loader, proxies: proxies)
        settings = resolution.settings
        keywordsWithoutEffect = resolution.keywordsWithoutEffect
        includedFiles = parser.includedFiles
        var all = parser.findings
        all.append(contentsOf: resolution.findings)
        findings = all
    }

    /// `line: message`, in order.
    var messages: [String] {
        findings.all.map { "\($0.diagnostic.range?.line ?? 0): \($0.diagnostic.message)" }
    }

    var instance: VirtualRouterSettings? { settings?.instances.first }
}

/// A complete instance with more lines at its end.
func instance(_ lines: String = "", name: String = "VI_1", number: Int = 51) -> String {
    """
    vrrp_instance \(name) {
        state BACKUP
        interface eth0
        virtual_router_id \(number)
        priority 100
        virtual_ipaddress {
            10.0.0.50
        }
    \(lines)
    }

    """
}
