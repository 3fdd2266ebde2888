import Configuration
import Diagnostics
import Testing

@testable import Appliance

/// The process may be in an attacker's hands; the guard is root.
@Suite struct GuardPermissionsTests {
    private static let place = SourceRange(file: "k.conf", line: 1)

    private static func permissions(hasProxy: Bool) -> GuardPermissions {
        let user = ScriptUser(name: "keepalived_script", userID: 501, groupID: 502)
        var check = VRRPScriptSettings(name: "web", command: ["/bin/check", "-q"], range: place)
        check.user = user
        var alive = VRRPScriptSettings(
            name: "alive", command: ["killall", "-0", "haproxy"], range: place)
        alive.user = user
        var router = VirtualRouterSettings(name: "VI_1", virtualRouterID: 51, range: place)
        router.notify.any = .init(command: ["/bin/notify"], user: user)
        router.notify.master = .init(command: ["/bin/up"], user: nil)
        var vrrp = VRRPSettings()
        vrrp.scripts = [check, alive]
        vrrp.instances = [router]
        var configuration = ServiceConfiguration()
        configuration.vrrp = vrrp
        if hasProxy {
            configuration.proxies = [
                ProxySettings(name: "f", id: 2, isFrontend: true, isBackend: false, range: place)
            ]
        }
        return GuardPermissions(configuration)
    }

    @Test func aScriptRunsAsTheConfigurationSays() throws {
        let script = try #require(
            GuardPermissionsTests.permissions(hasProxy: true).script(for: ["/bin/check", "-q"]))
        #expect(script.user == 501 && script.group == 502)
    }

    @Test(arguments: [
        ["/bin/check"], ["/bin/check", "-q", "-o", "/etc/cron.d/x"], ["/bin/notify"],
        ["/bin/notify", "INSTANCE", "VI_1", "MASTER", "999"],
        ["/bin/notify", "INSTANCE", "VI_2", "MASTER", "100"],
        ["/bin/notify", "INSTANCE", "VI_1", "MASTER", "100", "x"],
        ["/bin/notify", "-c", "VI_1", "MASTER", "100"], ["/bin/up"], ["killall", "-0", "haproxy"],
        ["killall", "-0", "haproxy", "-9", "sshd"], [],
    ])
    func nothingElseRuns(command: [String]) {
        #expect(GuardPermissionsTests.permissions(hasProxy: true).script(for: command) == nil)
    }

    @Test func notifyGetsItsFourWords() {
        let permissions = GuardPermissionsTests.permissions(hasProxy: true)
        let words = ["/bin/notify", "INSTANCE", "VI_1", "MASTER", "101"]
        #expect(permissions.script(for: words) != nil)
    }

    @Test func theProxyCheckRunsWhereThereIsNoProxy() {
        let permissions = GuardPermissionsTests.permissions(hasProxy: false)
        #expect(permissions.script(for: ["killall", "-0", "haproxy"]) != nil)
    }
}
