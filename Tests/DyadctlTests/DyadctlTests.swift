import Core
import Testing

@testable import dyadctl

@Suite struct ReplyTests {
    static let header = "# pxname,svname,scur,qcur,act,bck,status,type,check_desc,last_chk,\n"

    func report(
        _ rows: [String], routers: String = "[]", health: String = "engine: works\n",
        info: String = "node: lb1\nPid: 7\nUptime: 0d 0h00m04s\n"
    ) -> StatusReport? {
        guard let stat = StatTable(Self.header + rows.map { $0 + "\n" }.joined()) else {
            return nil
        }
        return StatusReport(
            info: InfoTable(info), stat: stat, routers: JSONValue(routers)?.items ?? [],
            health: health)
    }

    @Test(arguments: [
        (["fe,FRONTEND,1,0,,,OPEN,0,,,"], "[]", "engine: works", StatusReport.Verdict.master),
        (
            ["be,s1,0,0,1,0,DOWN,2,x,y,", "be,BACKEND,0,0,1,0,UP,1,,,"], "[]", "engine: works",
            .master
        ),
        (
            ["be,s1,0,0,1,0,DOWN,2,,,", "be,BACKEND,0,0,0,0,DOWN,1,,,"], "[]", "engine: works",
            .degraded
        ),
        ([], #"[{"name":"a","state":"MASTER"}]"#, "engine: works", .master),
        ([], #"[{"name":"a","state":"BACKUP"}]"#, "engine: works", .backup),
        (
            [], #"[{"name":"a","state":"BACKUP"},{"name":"b","state":"MASTER"}]"#, "engine: works",
            .master
        ),
        (
            [], #"[{"name":"a","state":"FAULT"},{"name":"b","state":"MASTER"}]"#, "engine: works",
            .degraded
        ),
        ([], #"[{"name":"a","state":"MASTER"}]"#, "engine: does not work", .degraded),
        (["fe,FRONTEND,1,0,,,PAUSED,0,,,"], "[]", "engine: works", .degraded),
    ])
    func verdicts(
        _ rows: [String], _ routers: String, _ health: String, _ verdict: StatusReport.Verdict
    ) {
        #expect(report(rows, routers: routers, health: health)?.verdict == verdict)
    }

    @Test func screenNamesWhatIsWrong() {
        let text =
            report([
                "be,s1,0,0,1,0,DOWN,2,Layer4 connection problem,\"Connection, refused\",",
                "be,s2,0,0,1,0,UP,2,,,", "be,BACKEND,3,1,1,0,UP,1,,,",
            ])?.text ?? ""
        #expect(text.contains("backend      be: 1 of 2 servers usable, 3 sessions, 1 queued"))
        #expect(
            text.contains("server be/s1 is DOWN, Layer4 connection problem: Connection, refused"))
        #expect(!text.contains("s2"))
    }

    @Test func csvCells() {
        #expect(StatTable.cells(of: "a,\"b,\"\"c\",,d") == ["a", "b,\"c", "", "d"])
        #expect(StatTable("nonsense") == nil)
        #expect(StatTable("") == nil)
    }

    @Test(arguments: [
        ("[]", JSONValue.list([])),
        (
            " {\"a\" : [1, -2.5e1, true, null, \"x\\n\\u0007\\\"\"]} \n",
            .object([
                "a": .list([.number(1), .number(-25), .boolean(true), .null, .text("x\n\u{7}\"")])
            ])
        ),
    ])
    func json(_ text: String, _ value: JSONValue) { #expect(JSONValue(text) == value) }

    @Test func brokenJSONIsNothing() {
        let whole = #"{"a":[1,{"b":"c\u0041"}],"d":true}"#
        for count in 0..<whole.count { #expect(JSONValue(String(whole.prefix(count))) == nil) }
        #expect(JSONValue(String(repeating: "[", count: 10_000)) == nil)
        #expect(JSONValue("[1] x") == nil)
    }

    @Test func explanations() {
        #expect(Explanations.text(for: "SC--")?.contains("is it running on this port?") == true)
        #expect(Explanations.text(for: "--NI")?.contains("a cookie was inserted") == true)
        #expect(Explanations.text(for: "l7sts")?.hasPrefix("L7STS: ") == true)
        #expect(Explanations.text(for: "UP 1/3") != nil)
        for nonsense in ["", "X", "ZZ", "SCX", "SCxx", "SC---"] {
            #expect(Explanations.text(for: nonsense) == nil)
        }
        // Every pair that the manual lists has a sentence of its own (HAProxy manual, section 8.5).
        let listed =
            "-- CC CD cD CH CQ CR cR LR LH SC sC SD sD SH sH sQ PC PD PH PR PT RC D- DH K- KH UH"
        for pair in listed.split(separator: " ") {
            #expect(Explanations.text(for: String(pair))?.contains("Together: ") == true, "\(pair)")
        }
        #expect(Explanations.text(for: "<BADREQ>")?.hasPrefix("<BADREQ>: ") == true)
        #expect(Explanations.text(for: "nosrv")?.hasPrefix("<NOSRV>: ") == true)
        #expect(Explanations.meant(by: "sc--") == "did you mean 'SC--' or 'sC--'?")
        #expect(Explanations.meant(by: "xx") == nil)
    }

    @Test func addresses() {
        #expect(SocketOption.address("/run/x") == .unix("/run/x"))
        #expect(SocketOption.address("127.0.0.1:99")?.port == 99)
        #expect(SocketOption.address("[::1]:99")?.description == "[::1]:99")
        #expect(SocketOption.address("dyad.sock") == .unix("dyad.sock"))
        #expect(SocketOption.address("h:99999") == nil)
    }
}
