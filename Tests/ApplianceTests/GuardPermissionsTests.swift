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

    // MARK: Programs of checks

    private static let path = ["PATH=/nowhere:/bin"]

    private static func checks() -> GuardPermissions {
        var proxy = ProxySettings(
            name: "b", id: 2, isFrontend: false, isBackend: true, range: place)
        proxy.check.kind = .external
        proxy.check.program = CheckProgram(command: "look", path: "/nowhere:/bin")
        var configuration = ServiceConfiguration()
        configuration.proxies = [proxy]
        return GuardPermissions(configuration)
    }

    @Test(arguments: [
        ["look", "NOT_USED", "NOT_USED", "10.0.0.1", "80"],
        ["look", "127.0.0.1", "8080", "2001:db8::1", "65535"],
        ["look", "/run/a.sock", "NOT_USED", "/run/b.sock", "NOT_USED"],
    ])
    func aCheckIsToldAddresses(command: [String]) {
        #expect(GuardPermissionsTests.checks().script(for: command, environment: Self.path) != nil)
    }

    @Test(arguments: [
        ["look"], ["look", "--config", "80", "10.0.0.1", "80"],
        ["look", "NOT_USED", "NOT_USED", "10.0.0.1", "080"],
        ["look", "NOT_USED", "NOT_USED", "10.0.0.1", "80", "x"],
        ["look", "NOT_USED", "NOT_USED", "$(id)", "80"],
        ["look", "NOT_USED", "NOT_USED", "/run/a b", "80"],
        ["/bin/look", "NOT_USED", "NOT_USED", "10.0.0.1", "80"],
    ])
    func aCheckIsToldNothingElse(command: [String]) {
        #expect(GuardPermissionsTests.checks().script(for: command, environment: Self.path) == nil)
    }

    @Test func theGuardMakesTheEnvironment() throws {
        let command = ["look", "NOT_USED", "NOT_USED", "10.0.0.1", "80"]
        #expect(GuardPermissionsTests.checks().script(for: command, environment: []) == nil)
        let script = try #require(
            GuardPermissionsTests.checks().script(for: command, environment: Self.path))
        #expect(
            script.environment(["HAPROXY_SERVER_NAME=s"] + Self.path)
                == ["HAPROXY_SERVER_NAME=s", "PATH=/nowhere:/bin"])
        for asked in ["PATH=/tmp", "LD_PRELOAD=/tmp/x.so", "HAPROXY_SERVER_NAME=a\nb", "x"] {
            #expect(script.environment([asked]) == nil)
        }
        let vrrp = try #require(
            GuardPermissionsTests.permissions(hasProxy: true).script(for: ["/bin/check", "-q"]))
        #expect(vrrp.environment(["HAPROXY_SERVER_NAME=s"]) == nil)
        #expect(script.path(of: "sh") == "/bin/sh")
    }
}
