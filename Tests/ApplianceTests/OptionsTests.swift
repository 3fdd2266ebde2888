import Testing

@testable import Appliance

@Suite struct OptionsTests {
    @Test func haproxyWords() throws {
        let options = try Options(
            haproxyArguments: [
                "-d", "-dM", "-dI", "-dW", "-m", "256", "-L", "A", "-f", "a.cfg", "-p", "pid", "-f",
                "b.cfg",
            ], personality: .haproxy)
        #expect(options.files == ["a.cfg", "b.cfg"])
        #expect(options.refusesWarnings && options.staysInForeground && options.isDebug)
        #expect(options.pidFile == "pid" && options.localPeer == "A" && options.memoryLimit == 256)
    }

    @Test(arguments: [["-z"], ["-f"], ["-n", "many"], ["-x"]])
    func refused(arguments: [String]) {
        #expect(throws: UsageError.self) {
            try Options(haproxyArguments: arguments, personality: .dyad)
        }
    }

    @Test func wordsOfATakeover() throws {
        func read(_ words: [String]) throws -> Options {
            try Options(haproxyArguments: words, personality: .haproxy)
        }
        let options = try read(["-x", "/run/s", "-f", "a.cfg", "-sf", "12", "13", "-D"])
        #expect(options.takeoverSocket == "/run/s" && options.oldProcesses == [12, 13])
        #expect(!options.endsOldAtOnce && options.runsInBackground)
        let none = try read(["-st", "-f", "a.cfg"])
        #expect(none.oldProcesses.isEmpty && none.endsOldAtOnce && none.files == ["a.cfg"])
    }

    @Test func keepalivedWordsOfTheTutorial() throws {
        let options = try Options(
            keepalivedArguments: [
                "--dont-fork", "--dump-conf", "--log-console", "--log-detail", "--log-facility",
                "7",
                "--vrrp", "-f", "k.conf",
            ])
        #expect(
            options.files == ["k.conf"] && options.logFacility == 7 && options.staysInForeground)
        #expect(try Options(keepalivedArguments: ["--config-test=x"]).files == ["x"])
        for (name, number) in [
            ("DATA", 10), ("STATS", 12), ("JSON", 36), ("RELOAD", 1), ("STOP", 15),
        ] {
            let options = try Options(keepalivedArguments: ["--signum=\(name)"])
            #expect(options.task == .signalNumber(Int32(number)))
        }
        #expect(throws: UsageError.self) { try Options(keepalivedArguments: ["--signum=NONE"]) }
    }
}
