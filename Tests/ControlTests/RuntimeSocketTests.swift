import Configuration
import Core
import EventLoop
import Linux
import Proxy
import Synchronization
import Testing

@testable import Control

@Suite struct RuntimeSocketTests {
    func bench(
        _ level: RuntimeSocketSettings.Level = .admin, timeout: Duration = .seconds(10)
    ) throws -> SocketBench {
        try SocketBench(
            TestService(contractConfiguration(), now: Clock.now()), level: level, timeout: timeout)
    }

    /// Replies to the byte, taken from HAProxy 2.6.12.
    @Test(arguments: [
        ("show version\n", "2.6.12-dyad0.1.0\n\n"),
        ("show version\r\n", "2.6.12-dyad0.1.0\n\n"),
        ("  show   version  \n", "2.6.12-dyad0.1.0\n\n"),
        ("show vers\\ion\n", "2.6.12-dyad0.1.0\n\n"),
        ("show version\nshow version\n", "2.6.12-dyad0.1.0\n\n2.6.12-dyad0.1.0\n\n"),
        ("show version;show cli level\r\n", "2.6.12-dyad0.1.0\n\nadmin\n\n"),
        ("user;show cli level\n", "\nuser\n\n"),
        ("user;operator;show cli level\n", "\nPermission denied\n\nuser\n\n"),
        ("operator;show cli level; show cli level\n", "\noperator\n\noperator\n\n"),
        ("show version", ""),
        ("", ""),
        ("quit\n", ""),
        ("quit;show version\n", ""),
        ("prompt\nshow version\nquit\n", "\n> 2.6.12-dyad0.1.0\n\n> "),
        ("prompt;show version\n", "\n> 2.6.12-dyad0.1.0\n\n> "),
        ("prompt\n\nshow version\n", "\n> \n> 2.6.12-dyad0.1.0\n\n> "),
        ("show version <<\nfoo\n\n", "2.6.12-dyad0.1.0\n\n"),
        (
            "prompt\nshow version <<\nfoo\n\nshow cli level\n",
            "\n> + + 2.6.12-dyad0.1.0\n\n> admin\n\n> "
        ),
        ("prompt\nshow version <<END\nfoo\n\nEND\n", "\n> + + + 2.6.12-dyad0.1.0\n\n> "),
        ("show backend\n", "# name\nstats\nbe_web\nbe_tcp\nbe_track\nbe_empty\n\n"),
        ("show servers state nosuch\n", "Can't find backend.\n\n"),
        ("show stat nosuch 4 1\n", "No such proxy.\n\n"),
        ("show stat 99 1 -1 json\n", "[]\n\n"),
        ("show stat 99 1 -1 typed\n", "\n"),
        ("show env =x\n", "Variable not found\n\n"),
        ("show errors nosuch\n", "No such proxy.\n\n"),
        ("disable server\n", "Require 'backend/server'.\n\n"),
        ("disable server be_web\n", "Require 'backend/server'.\n\n"),
        ("disable server be_web/nope\n", "No such server.\n\n"),
        ("disable server nope/x\n", "No such backend.\n\n"),
        ("disable server be_web/web1\n", "\n"),
        ("enable server be_web/web1\n", "\n"),
        ("get weight be_web/web1\n", "10 (initial 10)\n\n"),
        ("get weight #6/#2\n", "20 (initial 20)\n\n"),
        (
            "set server be_web/web1\n",
            "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port"
                + " | agent-send | check-addr | check-port | fqdn | health | ssl | state | weight\n\n"
        ),
        (
            "set server be_web/web1 state foo\n",
            "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n\n"
        ),
        ("set server be_web/web1 state drain\n", "\n"),
        ("set server be_web/web1 check-port 99\n", "\n"),
        ("set server be_web/web1 check-port x\n", "provided port is not an integer\n"),
        ("set server be_web/web1 check-port 0\n", "provided port is invalid\n"),
        (
            "set server be_web/web1 check-port\n",
            "set server <b>/<s> check-port requires a port.\n\n"
        ),
        ("set server be_web/web1 check-addr bad\n", "invalid addr 'bad'\n"),
        ("set server be_web/web1 check-addr 127.0.0.8 port 77\n", "\n"),
        (
            "set server be_web/web1 agent-port 9\n",
            "agent checks are not enabled on this server\n"
        ),
        (
            "set server be_web/web1 agent-send x\n",
            "agent checks are not enabled on this server.\n\n"
        ),
        ("clear counters server be_web/web1 force\n", "Server counters cleared.\n\n"),
        ("clear counters server nosuch/s1\n", "No such backend.\n\n"),
        ("set server be_web/web1 weight\n", "Require <weight> or <weight%>.\n\n"),
        (
            "set server be_web/web1 weight foo\n",
            "Empty weight string empty or preceded by garbage\n"
        ),
        (
            "set server be_web/web1 weight 300\n",
            "Absolute weight can only be between 0 and 256 inclusive.\n\n"
        ),
        (
            "set server be_web/web1 weight -1\n",
            "Absolute weight can only be between 0 and 256 inclusive.\n\n"
        ),
        ("set server be_web/web1 weight 50%;get weight be_web/web1\n", "\n5 (initial 10)\n\n"),
        (
            "set weight be_tcp/t1 3\n",
            "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n\n"
        ),
        ("set weight be_tcp/t1 0%\n", "\n"),
        (
            "set server be_web/web1 health foo\n",
            "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n\n"
        ),
        ("set server be_web/web1 health down\n", "\n"),
        ("set server be_web/web1 agent up\n", "agent checks are not enabled on this server.\n\n"),
        (
            "set server be_web/web1 addr\n",
            "set server <b>/<s> addr requires an address and optionally a port.\n\n"
        ),
        ("set server be_web/web1 addr foo\n", "Invalid addr 'foo' by 'stats socket command'\n\n"),
        (
            "set server be_web/web1 addr 127.0.0.1 port 29101\n",
            "no need to change the addr, no need to change the port by 'stats socket command'\n\n"
        ),
        (
            "set server be_web/web1 addr 127.0.0.2 port 29109\n",
            "IP changed from '127.0.0.1' to '127.0.0.2', port changed from '29101' to '29109' by 'stats socket command'\n\n"
        ),
        (
            "set server be_web/web1 addr 127.0.0.1\n",
            "no need to change the addr by 'stats socket command'\n\n"
        ),
        (
            "enable health be_tcp/t3\n",
            "Health check was not configured on this server, cannot enable.\n\n"
        ),
        (
            "enable agent be_web/web1\n",
            "Agent was not configured on this server, cannot enable.\n\n"
        ),
        ("disable frontend\n", "A frontend name is expected.\n\n"),
        ("disable frontend nope\n", "No such frontend.\n\n"),
        (
            "disable frontend fe_tcp;disable frontend fe_tcp\n",
            "\nAll sockets are already disabled.\n\n"
        ),
        ("enable frontend fe_tcp\n", "All sockets are already enabled.\n\n"),
        (
            "shutdown frontend fe_tcp;enable frontend fe_tcp;disable frontend fe_tcp;shutdown frontend fe_tcp\n",
            """

            Frontend was previously shut down, cannot enable.

            Frontend was previously shut down, cannot disable.

            Frontend was already shut down.


            """
        ),
        ("shutdown frontend fe_off\n", "Frontend was already shut down.\n\n"),
        ("set maxconn server be_web/web1\n", "Require <maxconn>.\n\n"),
        ("set maxconn server be_web/web1 foo\n", "maxconn string empty or preceded by garbage\n"),
        ("set maxconn frontend fe_tcp\n", "Integer value expected.\n\n"),
        ("set maxconn frontend fe_tcp -1\n", "Value out of range.\n\n"),
        ("set maxconn global 99999999\n", "Value out of range.\n\n"),
        ("set timeout\n", "'set timeout' only supports 'cli'.\n\n"),
        ("set timeout cli\n", "Expects an integer value.\n\n"),
        ("set timeout cli foo\n", "Invalid timeout value.\n\n"),
        ("set timeout cli 30\n", "\n"),
        ("clear counters\n", "\n"),
        ("shutdown sessions server be_web/web1\n", "\n"),
        ("set severity-output number;disable server x\n", "\n[3]: Require 'backend/server'.\n\n"),
        ("set severity-output string;disable server x\n", "\n[err]: Require 'backend/server'.\n\n"),
        ("vrrp failover\n", "There is no virtual router.\n\n"),
    ])
    func replies(_ sent: String, _ expected: String) throws {
        #expect(try bench().exchange(sent) == expected)
    }

    /// The same replies whatever pieces the bytes come in.
    @Test func splitAtEveryByte() throws {
        let bench = try bench()
        let text = Array(
            "prompt\r\nset server be_web/web1 weight 50% ; get weight be_web/web1\nquit\n".utf8)
        for split in 1..<text.count {
            let client = try bench.connect()
            client.send(Array(text[..<split]))
            for _ in 0..<3 { bench.turn() }
            client.send(Array(text[split...]))
            client.end()
            #expect(client.readToEnd() == "\n> \n> 5 (initial 10)\n\n> ")
        }
    }

    @Test(arguments: [
        (RuntimeSocketSettings.Level.user, "disable server be_web/web1\n", true),
        (.user, "show errors\n", true), (.user, "clear counters\n", true),
        (.user, "show env PATH\n", true),
        (.user, "reload\n", true), (.user, "show servers state\n", false),
        (.user, "show info\n", false),
        (.user, "get weight be_web/web1\n", false), (.user, "show cli sockets\n", false),
        (.op, "clear counters\n", false), (.op, "clear counters all\n", true),
        (.op, "set server be_web/web1 state maint\n", true), (.op, "show errors\n", false),
    ])
    func levels(_ level: RuntimeSocketSettings.Level, _ command: String, _ isDenied: Bool) throws {
        let bench = try bench(level)
        #expect((try bench.exchange(command) == "Permission denied\n\n") == isDenied)
        #expect(bench.service.log.isEmpty || command.hasPrefix("clear"))
    }

    @Test func unknownCommandsGetSuggestions() throws {
        let bench = try bench()
        let reply = try bench.exchange("show servers\n")
        #expect(
            reply == """
                Unknown command, but maybe one of the following ones is a better match:
                  show servers conn [<backend>]           : dump server connections status (all or for a single backend)
                  show servers state [<backend>]          : dump volatile server information (all or for a single backend)
                  help [<command>]                        : list matching or all commands
                  prompt                                  : toggle interactive mode with prompt
                  quit                                    : disconnect


                """)
        #expect(try bench.exchange("shw info\n").contains("\n  show info [desc|json|typed|float]*"))
        #expect(try bench.exchange("\n").hasPrefix("Unknown command. Please enter one of"))
        #expect(try bench.exchange("add backend a\n").hasPrefix("'add backend' is not available: "))
        let help = try bench.exchange("help\n")
        #expect(
            help.hasPrefix(
                "The following commands are valid at this level:\n  abort ssl ca-file"))
        #expect(help.hasSuffix("\n  quit                                    : disconnect\n\n"))
    }

    @Test func commandsReachTheService() throws {
        let bench = try bench()
        _ = try bench.exchange("disable server be_web/web1\n")
        #expect(bench.service.log == ["be_web/web1 state(Proxy.ServerChange.State.maintenance)"])
        #expect(try bench.exchange("show stat be_web 4 1\n").contains(",MAINT,"))
        _ = try bench.exchange("set maxconn global 1500\n")
        #expect(try bench.exchange("show info\n").contains("\nMaxconn: 1500\n"))
    }

    @Test func infoHasHAProxysKeys() throws {
        let info = try bench().exchange("show info\n").split(separator: "\n")
        #expect(info[0] == "Name: HAProxy")
        #expect(info[6] == "Pid: 4711")
        #expect(info.contains("TotalSplicdedBytesOut: 0"))
        #expect(info.count == 69)
        let typed = try bench().exchange("show info typed\n")
        #expect(typed.contains("\n50.node.1:COS:str:lab\n52.Stopping.1:MGP:u32:0\n"))
        #expect(typed.contains("\n71.Tainted.1:SGP:str:0\n"))
        #expect(
            try bench().exchange("show info json\n").hasSuffix(
                "\"value\":{\"type\":\"str\",\"value\":\"0\"}}]\n\n"))
    }

    // MARK: Hostile and slow clients

    @Test func endlessLinesAreRefused() throws {
        let bench = try bench()
        let client = try bench.connect()
        client.send([UInt8](repeating: 0x78, count: 40_000))
        #expect(client.readToEnd().hasPrefix("Command line too long"))
        let payload = try bench.connect()
        payload.send("show version <<\n")
        let line = [UInt8](repeating: 0x79, count: 1000) + [0x0a]
        for _ in 0..<200 where payload.send(line) { bench.turn() }
        #expect(payload.readToEnd().hasPrefix("Command line too long"))
        #expect(try bench.exchange("show cli level\n") == "admin\n\n")
    }

    @Test func garbageHarmsNobody() throws {
        let bench = try bench()
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let count = Int.random(in: 1...300, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let client = try bench.connect()
            client.send(bytes + [0x0a])
            client.end()
            _ = client.readToEnd()
        }
        #expect(try bench.exchange("show cli level\n") == "admin\n\n")
        #expect(bench.server.clients == 0)
    }

    @Test func everyPlaceTakenMeansWaiting() throws {
        let bench = try bench()
        let idle = try (0..<RuntimeLimits.clients).map { _ in try bench.connect() }
        for _ in 0..<10 { bench.turn() }
        #expect(bench.server.clients == RuntimeLimits.clients)
        let late = try bench.connect()
        late.send("show cli level\n")
        late.end()
        for _ in 0..<10 { bench.turn() }
        #expect(bench.loop.wait(atMost: .zero) == 0)
        idle[0].end()
        #expect(late.readToEnd() == "admin\n\n")
    }

    @Test func idleClientsAreClosed() throws {
        let bench = try bench(timeout: .milliseconds(30))
        let client = try bench.connect()
        client.send("prompt\nset timeout cli 20ms\nshow ver")
        #expect(client.readToEnd().hasSuffix("\n> \n> "))
        #expect(bench.server.clients == 0)
    }

    @Test func clientsThatDoNotReadAreBounded() throws {
        var configuration = contractConfiguration()
        let server = configuration.proxies[4].servers[0]
        configuration.proxies[4].servers = (1...10_000).map { number in
            var copy = server
            copy.name = "server\(number)"
            copy.id = number
            return copy
        }
        let bench = try SocketBench(
            TestService(configuration, now: Clock.now()), timeout: .seconds(10))
        let slow = try bench.connect()
        slow.send("show stat\n")
        for _ in 0..<50 { bench.turn() }
        // The others are served meanwhile.
        #expect(try bench.exchange("show cli level\n") == "admin\n\n")
        let reply = slow.readToEnd(turns: 1_000_000)
        #expect(reply.split(separator: "\n").count == 1 + 10_000 + 16 - 3)
        #expect(reply.hasSuffix(",-,\n\n"))
        let state = try bench.exchange("show servers state be_web\n")
        #expect(state.split(separator: "\n").count == 2 + 10_000)
    }

    @Test func aClientThatLeavesIsStillObeyed() throws {
        let bench = try bench()
        do {
            let client = try bench.connect()
            client.send("disable server be_web/web1;disable server be_web/web2\n")
        }
        for _ in 0..<20 { bench.turn() }
        #expect(bench.service.log.count == 2)
        #expect(bench.server.clients == 0)
    }

    @Test func lateAnswers() throws {
        let bench = try bench()
        let client = try bench.connect()
        client.send("reload;show cli level\n")
        client.end()
        for _ in 0..<10 { bench.turn() }
        let tickets = bench.service.state.withLock { $0.tickets }
        #expect(tickets.count == 1)
        bench.server.answer(
            CommandTicket(session: tickets[0].session, number: tickets[0].number + 1), "wrong\n",
            in: bench.loop)
        bench.server.answer(tickets[0], "reloaded\n", in: bench.loop)
        #expect(client.readToEnd() == "reloaded\n\nadmin\n\n")
        bench.server.answer(tickets[0], "late\n", in: bench.loop)
    }
}
