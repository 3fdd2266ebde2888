import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import Foundation
import Testing

/// The files that are installed load without a word.
@Suite struct ExampleTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "etc")

    private func read(_ names: String..., host: String) -> ReadResult {
        let loader = Loader(
            readFile: { path in
                let data = try? Data(contentsOf: ExampleTests.directory.appending(path: path))
                return data.map { .success(Array($0)) }
                    ?? .failure(Loader.Failure(reason: "No such file or directory"))
            },
            user: { ["root", "dyad"].contains($0) ? Loader.User(userID: 0, groupID: 0) : nil },
            group: { $0 == "dyad" ? 990 : nil },
            hostName: host)
        return ConfigurationReader(loader: loader).read(files: names)
    }

    @Test(arguments: [("lb1.example.net", 101), ("lb2.example.net", 100)])
    func oneFileServesBothNodes(host: String, priority: Int) throws {
        let result = read("dyad.cfg", host: host)
        #expect(result.diagnostics.all.map(\.message) == [])
        let configuration = try #require(result.configuration)
        #expect(configuration.proxies.map(\.name) == ["stats", "www", "app"])
        let settings = try #require(configuration.vrrp)
        let instance = try #require(settings.instances.first)
        #expect(settings.routerID == host.prefix { $0 != "." }.description)
        #expect(instance.priority == UInt8(priority))
        #expect(instance.version == .v3)
        #expect(instance.trackProxy?.targets.map(\.name) == ["app"])
        // The frontend listens on the address that the instance holds.
        let bound = configuration.proxies.flatMap(\.binds).map { "\($0)" }.joined()
        let address = try #require(instance.addresses.first)
        #expect(bound.contains("\(address.prefix.address)"))
    }

    @Test(arguments: [("keepalived-master.conf", true), ("keepalived-backup.conf", false)])
    func thePairLoads(name: String, isMaster: Bool) throws {
        let result = read(name, host: "lb1")
        #expect(result.diagnostics.all.map(\.message) == [])
        #expect(result.keepalivedOutcome == .valid)
        let instance = try #require(result.configuration?.vrrp?.instances.first)
        #expect(instance.wantsMaster == isMaster)
        #expect(instance.trackScripts.map(\.name) == ["chk_haproxy"])
    }
}
