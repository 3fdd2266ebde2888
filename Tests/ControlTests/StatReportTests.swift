import Configuration
import Core
import Proxy
import Testing

@testable import Control

@Suite struct StatReportTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    /// Taken from HAProxy 2.6.12 with the configuration of `contractConfiguration`, without traffic.
    static let contract = """
        stats,FRONTEND,,,0,0,2000,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,2,0,,,,0,0,0,0,,,,0,0,0,0,0,0,,0,0,0,,,0,0,0,0,,,,,,,,,,,,,,,,,,,,,http,,0,0,0,0,0,0,0,,,0,0,,,,,,,0,,,,,,,,,-,
        stats,BACKEND,0,0,0,0,200,0,0,0,0,0,,0,0,0,0,UP,0,0,0,,0,4,,,1,2,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,,http,roundrobin,,,,,,,0,0,0,0,0,,,0,0,0,0,0,,,,,0,0,0,0,-,
        fe_main,FRONTEND,,,0,0,2000,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,3,0,,,,0,0,0,0,,,,0,0,0,0,0,0,,0,0,0,,,0,0,0,0,,,,,,,,,,,,,,,,,,,,,http,,0,0,0,0,0,0,0,,,0,0,,,,,,,0,,,,,,,,,-,
        fe_tcp,FRONTEND,,,0,0,50,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,5,0,,,,0,0,10,0,,,,,,,,,,,0,0,0,,,0,0,0,0,,,,,,,,,,,,,,,,,,,,,tcp,,0,0,0,,0,0,0,,,,,,,,,,,0,,,,,,,,,-,
        be_web,web1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,10,1,0,1,1,3,1,,1,6,1,,0,,2,0,,0,L7OK,200,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 check passed,,1,2,2,,,,127.0.0.1:29101,w1,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,10,,,,-,
        be_web,web2,0,0,0,0,10,0,0,0,,0,,0,0,0,0,UP,20,1,0,0,0,4,0,5,1,6,2,,0,,2,0,,0,L7OK,200,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 check passed,,1,2,2,,,,127.0.0.1:29102,w2,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,20,,,,-,
        be_web,web3,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1,0,1,1,1,4,4,,1,6,3,,0,,2,0,,0,L4CON,,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,Connection refused,,0,0,0,0,,,,Layer4 connection problem,,1,2,0,,,,127.0.0.1:29103,w3,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,1,,,,-,
        be_web,BACKEND,0,0,0,0,200,0,0,0,0,0,,0,0,0,0,UP,30,2,0,,0,4,0,,1,6,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,,http,roundrobin,,,,,,,0,0,0,0,0,,,0,0,0,0,0,,,,,30,0,0,0,-,
        be_tcp,t1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,1,0,0,0,4,0,,1,7,1,,0,,2,0,,0,L4OK,,0,,,,,,,,,,,0,0,,,,,-1,,,0,0,0,0,,,,Layer4 check passed,,2,3,4,,,,127.0.0.1:29101,,tcp,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,1,,,,-,
        be_tcp,t2,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,0,0,4,4,,1,7,2,,0,,2,0,,0,,,,,,,,,,,,,,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:29103,,tcp,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,0,1,,,,-,
        be_tcp,t3,0,0,0,0,,0,0,0,,0,,0,0,0,0,no check,1,1,0,,,4,,,1,7,3,,0,,2,0,,0,,,,,,,,,,,,,,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:29101,,tcp,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,1,,,,-,
        be_tcp,BACKEND,0,0,0,0,5,0,0,0,0,0,,0,0,0,0,UP,2,2,0,,0,4,0,,1,7,0,,0,,1,0,,0,,,,,,,,,,,,,,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,,tcp,source,,,,,,,0,0,0,,,,,0,0,0,0,0,,,,,2,0,0,0,-,
        be_track,a1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,0,1,0,,,3,,,1,8,1,,0,be_web/web1,2,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:29101,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,0,0,,,,-,
        be_track,a2,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,,,4,,,1,8,2,,0,,2,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:29101,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,0,1,,,,-,
        be_track,BACKEND,0,0,0,0,1,0,0,0,0,0,,0,0,0,0,DOWN,0,0,0,,0,3,4,,1,8,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,,http,roundrobin,,,,,,,0,0,0,0,0,,,0,0,0,0,0,,,,,0,0,0,0,-,
        be_empty,BACKEND,0,0,0,0,1,0,0,0,0,0,,0,0,0,0,UP,0,0,0,,0,4,,,1,9,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,,http,roundrobin,,,,,,,0,0,0,0,0,,,0,0,0,0,0,,,,,0,0,0,0,-,
        """

    /// Columns that depend on when HAProxy was asked, and the one estimate that we do not make.
    static let masked: Set<Int> = [
        StatColumn.lastchg.rawValue, StatColumn.downtime.rawValue, StatColumn.chkfail.rawValue,
        StatColumn.chkdown.rawValue, StatColumn.need_conn_est.rawValue,
    ]

    /// The service with the check results that HAProxy had.
    func service() -> TestService {
        let service = TestService(contractConfiguration(), now: start)
        func checked(
            _ name: String, _ status: String, health: Int, code: Int = -1, text: String = ""
        ) {
            let parts = name.split(separator: "/").map(String.init)
            guard let found = service.snapshot.server(backend: parts[0], server: parts[1]),
                let state = service.snapshot.server(
                    ServerReference(proxy: found.proxy, server: found.server))
            else { return }
            let check = service.snapshot.proxies[found.proxy].settings.servers[found.server].check
            if health == 0 { state.setOperation(.stopped, now: start) }
            state.withMutable {
                $0.check.status = status
                $0.check.code = code
                $0.check.text = text
                $0.check.health = health
                $0.check.rise = check?.rise ?? 2
                $0.check.fall = check?.fall ?? 3
            }
        }
        checked("be_web/web1", "L7OK", health: 2, code: 200)
        checked("be_web/web2", "L7OK", health: 2, code: 200)
        checked("be_web/web3", "L4CON", health: 0, text: "Connection refused")
        checked("be_tcp/t1", "L4OK", health: 4)
        return service
    }

    func report(_ arguments: [String] = []) -> String {
        let service = service()
        guard let selection = StatSelection(arguments: arguments, in: service.snapshot) else {
            return ""
        }
        let report = StatReport(
            service.snapshot, facts: service.facts, selection: selection, now: start + .seconds(4))
        return String(decoding: report.wholeReply() ?? [], as: UTF8.self)
    }

    func mask(_ line: Substring) -> [Substring] {
        line.split(separator: ",", omittingEmptySubsequences: false).enumerated().map {
            Self.masked.contains($0.offset) ? ($0.element.isEmpty ? "" : "#") : $0.element
        }
    }

    @Test func rowsAreHAProxys() {
        let ours = report().split(separator: "\n")
        let theirs = Self.contract.split(separator: "\n")
        #expect(ours.count == theirs.count + 1)
        for (line, expected) in zip(ours.dropFirst(), theirs) {
            let (line, expected) = (mask(line), mask(expected))
            #expect(line.count == expected.count)
            for (index, pair) in zip(line, expected).enumerated() where pair.0 != pair.1 {
                let column = index < 103 ? StatColumn.allCases[index].name : "-"
                Issue.record(
                    "\(expected[0])/\(expected[1]) \(column): \(pair.0), HAProxy says \(pair.1)")
            }
        }
    }

    @Test func headerHasHAProxysColumns() {
        let names = StatReport.header.dropFirst(2).split(
            separator: ",", omittingEmptySubsequences: false)
        #expect(names.count == 105)
        #expect(names.prefix(3) == ["pxname", "svname", "qcur"])
        #expect(names[102] == "agg_check_status" && names[103] == "-")
        #expect(names[50] == "srv_abrt" && names[73] == "addr")
    }

    @Test(arguments: [
        (["-1", "4", "-1"], ["web1", "web2", "web3", "t1", "t2", "t3", "a1", "a2"]),
        (["6", "-1", "-1"], ["web1", "web2", "web3", "BACKEND"]),
        (["be_web", "4", "2"], ["web2"]),
        (["-1", "1", "-1"], ["FRONTEND", "FRONTEND", "FRONTEND"]),
        (["99", "-1", "-1"], []),
        (["-1", "4", "-1", "up"], ["web1", "web2", "t1", "t3", "a1"]),
        (["-1", "4", "-1", "no-maint"], ["web1", "web2", "web3", "t1", "t3", "a1"]),
    ])
    func selects(_ arguments: [String], _ names: [String]) {
        let lines = report(arguments).split(separator: "\n").dropFirst()
        #expect(lines.map { $0.split(separator: ",")[1] } == names.map { $0[...] })
    }

    @Test func hiddenRowsAreCountedInTheBackend() {
        let lines = report(["-1", "2", "-1", "up"])
        #expect(lines.contains(",UP (2/3),"))
        #expect(lines.contains(",DOWN ("))
    }

    @Test func typedAndJSON() {
        let typed = report(["be_web", "4", "1", "typed"])
        #expect(typed.hasPrefix("S.6.1.0.pxname.1:KNS:str:be_web\nS.6.1.1.svname.1:KNS:str:web1\n"))
        #expect(typed.contains("S.6.1.19.act.1:SGP:u32:1\n"))
        #expect(typed.contains("S.6.1.38.check_duration.1:MDP:u64:0\n"))
        #expect(report(["be_web", "2", "-1", "typed"]).contains("B.6.0.19.act.1:MGP:u32:2\n"))
        let json = report(["be_web", "4", "1", "json"])
        let first =
            #"[[{"objType":"Server","proxyId":6,"id":1,"field":{"pos":0,"name":"pxname"},"processNum":1,"#
            + #""tags":{"origin":"Key","nature":"Name","scope":"Service"},"#
            + #""value":{"type":"str","value":"be_web"}},"#
        #expect(json.hasPrefix(first))
        #expect(json.hasSuffix("}}]]\n"))
        #expect(report(["99", "-1", "-1", "json"]) == "[]\n")
        #expect(report(["99", "-1", "-1", "typed"]) == "")
    }

    @Test func serverStatesAreHAProxys() {
        let service = service()
        let report = ServersReport(
            .state, service.snapshot, backend: nil, workers: 1, now: start + .seconds(4))
        let text = String(decoding: report.wholeReply() ?? [], as: UTF8.self)
        let expected = """
            6 be_web 1 web1 127.0.0.1 2 0 10 10 4 15 3 2 6 0 0 0 - 29101 - 0 0 - - 0
            6 be_web 2 web2 127.0.0.1 2 0 20 20 4 15 3 2 6 0 0 0 - 29102 - 0 0 - - 0
            6 be_web 3 web3 127.0.0.1 0 0 1 1 4 8 2 0 6 0 0 0 - 29103 - 0 0 - - 0
            7 be_tcp 1 t1 127.0.0.1 2 0 1 1 4 6 3 4 6 0 0 0 - 29101 - 0 0 - - 0
            7 be_tcp 2 t2 127.0.0.1 0 5 1 1 4 1 0 0 14 0 0 0 - 29103 - 0 0 - - 0
            7 be_tcp 3 t3 127.0.0.1 2 0 1 1 4 1 0 2 0 0 0 0 - 29101 - 0 0 - - 0
            8 be_track 1 a1 127.0.0.1 2 0 0 0 4 1 0 2 0 0 0 0 - 29101 - 0 0 - - 0
            8 be_track 2 a2 127.0.0.1 0 5 1 1 4 1 0 0 8 0 0 0 - 29101 - 0 0 - - 0
            """
        let lines = text.split(separator: "\n")
        #expect(lines[0] == "1")
        #expect(lines[1].hasPrefix("# be_id be_name srv_id srv_name srv_addr srv_op_state"))
        for (line, expected) in zip(lines.dropFirst(2), expected.split(separator: "\n")) {
            #expect(line == expected)
        }
        #expect(lines.count == 10)
    }
}
