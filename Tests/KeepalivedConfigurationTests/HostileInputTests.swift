import Configuration
import ConfigurationLanguage
import Core
import Testing

/// Input that wants a trap, an endless loop or a great deal of memory. That the tests end is what they show.
@Suite struct HostileInputTests {
    /// The generator of Steele and Vigna: the same mutants on each run.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let seeds: [String] = [
        TutorialTests.file(state: "MASTER", priority: 101),
        TutorialTests.file(state: "BACKUP", priority: 100),
        "$A=1\n$I= \\\n a ${A} { \\\n }\n@lb1 $I\n" + instance("advert_int 0.5\nversion 3"),
    ]

    private static let splices: [String] = [
        "{", "}", "\"", "'", "\\", "$", "${", "$A=$A $A\n", "@", "@^", "~SEQ(", "#", "!", "\n",
        "\r\n",
        "\0", "\u{ff}", "99999999999999999999", "-1", "0.0000000001", "include /etc/k.conf\n",
        "vrrp_instance", "weight", "$A= \\\n", "/", "10.0.0.1/999", "::1", "advert_int 1e9",
    ]

    @Test func mutantsAreRead() {
        var generator = SplitMix(state: 0x6b65_6570)
        for round in 0..<600 {
            var bytes = Array(HostileInputTests.seeds[round % HostileInputTests.seeds.count].utf8)
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0 where place < bytes.count:
                    bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1:
                    let end = min(
                        bytes.count, place + Int.random(in: 0..<20, using: &generator))
                    bytes.removeSubrange(place..<end)
                case 2:
                    let end = min(
                        bytes.count, place + Int.random(in: 0..<60, using: &generator))
                    bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
                default:
                    let splice = HostileInputTests.splices.randomElement(using: &generator) ?? "{"
                    bytes.insert(contentsOf: Array(splice.utf8), at: place)
                }
            }
            _ = Reading(bytes: bytes, files: ["/etc/k.conf": "include /etc/k.conf"])
        }
    }

    @Test func everyPrefixIsRead() {
        for seed in HostileInputTests.seeds {
            let bytes = Array(seed.utf8)
            for end in 0...bytes.count { _ = Reading(bytes: Array(bytes[..<end])) }
        }
    }

    @Test func everyByteIsRead() {
        for byte in UInt8.min ... .max {
            for text in ["", "a ", "vrrp_instance A {\n", "$", "\\x", "include "] {
                _ = Reading(bytes: Array(text.utf8) + [byte])
                _ = Reading(bytes: Array(text.utf8) + [byte, byte, 0x20, byte])
            }
        }
    }

    @Test func definitionsThatDoubleStop() {
        var text = "$A0=aaaaaaaa \n"
        for level in 1...40 { text += "$A\(level)=${A\(level - 1)}${A\(level - 1)}\n" }
        let reading = Reading(text + "x ${A40}\n" + instance())
        #expect(reading.findings.outcome == .cannotRun)
        #expect(reading.settings?.instances.count == 1)
    }

    @Test func definitionsOfManyLinesStop() {
        var text = ""
        for level in 0..<30 {
            text += "$A\(level)= \\\n $A\(level + 1) \\\n $A\(level + 1) \\\n x\n"
        }
        let reading = Reading(text + "$A30=y\n$A0\n")
        #expect(reading.findings.outcome == .cannotRun)
    }

    @Test func includesStop() {
        var files: [String: String] = [:]
        for index in 0..<200 { files["/etc/d/\(index)"] = "include /etc/d/*\n" }
        let reading = Reading("include /etc/d/*\n", files: files)
        #expect(reading.findings.outcome == .cannotRun)
        #expect(reading.includedFiles.count <= KeepalivedParser.includedFileLimit)
    }

    @Test func deepBlocksStop() {
        let depth = 10_000
        let text = String(repeating: "a {\n", count: depth) + String(repeating: "}\n", count: depth)
        #expect(Reading(text + instance()).settings?.instances.count == 1)
        #expect(Reading(String(repeating: "{", count: depth)).findings.outcome != .valid)
        #expect(Reading(String(repeating: "}", count: depth)).findings.outcome != .valid)
    }

    @Test func longLinesStop() {
        let long = String(repeating: "a ", count: 1 << 20)
        #expect(Reading(long).findings.outcome == .cannotRun)
    }

    @Test func numbersOfEverySizeAreRead() {
        let numbers = [
            "9223372036854775808", "-9223372036854775809", "1e400", "0x10", ".", "..", "1.", ".5",
            "0.00000000000000000001", "999999999.999999999", "9999999999", "+5", "٣", "",
        ]
        let keywords =
            KeepalivedKeyword.names(in: .instance) + KeepalivedKeyword.names(in: .globalDefinitions)
        for number in numbers {
            let lines = keywords.map { "\($0) \(number)" }.joined(separator: "\n")
            _ = Reading(
                "global_defs {\n\(lines)\n}\nvrrp_script s {\nscript x\ninterval \(number)\n}\n"
                    + instance(lines))
        }
    }

    @Test func manyOfEverythingStop() {
        var text = ""
        for index in 0..<1500 { text += "vrrp_script s\(index) {\nscript x\n}\n" }
        text += instance("virtual_ipaddress {\n")
        for index in 0..<400 { text += "10.1.\(index / 200).\(index % 200)\n" }
        text += "}\ntrack_script {\n"
        for index in 0..<3000 { text += "s\(index) weight 5\n" }
        text += "}\ntrack_interface {\n"
        for index in 0..<3000 { text += "e\(index)\n" }
        text += "}\n}\n"
        for index in 0..<5000 {
            text += "vrrp_instance V\(index) {\ninterface i\(index)\nvirtual_router_id 1\n}\n"
        }
        let reading = Reading(text)
        #expect(reading.findings.outcome == .cannotRun)
        #expect(reading.findings.dropped > 0)
        #expect((reading.settings?.instances.count ?? 0) <= 4096)
        #expect((reading.settings?.scripts.count ?? 0) <= 1024)
    }
}
