import Configuration
import Diagnostics
import Foundation
import Testing

/// Files that nobody meant: nothing may trap, hang or take long.
@Suite struct HostileInputTests {
    /// A small generator with a seed, so that a failure can be repeated.
    struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    static let originals: [[UInt8]] = GoldenTests.names.compactMap { name in
        let url = Bundle.module.resourceURL?.appendingPathComponent("Golden/\(name)")
        return url.flatMap { try? Data(contentsOf: $0) }.map { Array($0) }
    }

    /// Bytes, words and lines are lost, doubled, swapped and replaced.
    static func mutate(_ original: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(at..<end)
            case 2:
                bytes.insert(
                    contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random)
                )
            case 3: bytes = Array(bytes[..<at])
            case 4: bytes.insert(contentsOf: Array("99999999999999999999".utf8), at: at)
            case 5:
                let pieces = [
                    "\"${", "'", "\\x", "{", "}", "\n.if ", "\n.endif\n", " : ", "-1", "\n", "@",
                    "%[", "\u{fffd}",
                ]
                bytes.insert(
                    contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: at)
            default:
                let other = originals.randomElement(using: &random) ?? []
                guard !other.isEmpty else { continue }
                let from = Int.random(in: 0..<other.count, using: &random)
                bytes.insert(contentsOf: other[from..<min(other.count, from + 200)], at: at)
            }
        }
        return bytes
    }

    @Test(arguments: 0..<20) func survives(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<25 {
            let original = Self.originals.randomElement(using: &random) ?? []
            let text = String(decoding: Self.mutate(original, &random), as: UTF8.self)
            let result = TestWorld.read(text)
            let rendered = TestWorld.render(result, isTerminal: true)
            #expect((result.configuration == nil) == result.diagnostics.hasErrors)
            if let configuration = result.configuration {
                _ = ConfigurationSummary.text(configuration)
            } else {
                #expect(rendered.contains("[ALERT]"))
            }
        }
    }

    /// Every keyword without arguments, with rubbish and with a number that fits nowhere.
    @Test(arguments: [
        "", " \"\"", " x", " -1", " 99999999999999999999", " 1 2 3", " { }", " : @ ,",
    ])
    func everyKeywordTakesRubbish(arguments: String) {
        for group in KeywordCatalog.groups {
            for entry in group.entries {
                let line: String
                switch group.title {
                case "global": line = "global\n \(entry.name)\(arguments)\n"
                case "stats socket": line = "global\n stats socket /x \(entry.name)\(arguments)\n"
                case "proxies": line = "listen l\n \(entry.name)\(arguments)\n"
                case "bind": line = "listen l\n bind :1 \(entry.name)\(arguments)\n"
                case "server": line = "listen l\n server s 127.0.0.1:1 \(entry.name)\(arguments)\n"
                case "sections": line = "\(entry.name)\(arguments)\n"
                default: line = "listen l\n \(group.title) \(entry.name)\(arguments)\n"
                }
                let result = TestWorld.read(line)
                #expect((result.configuration == nil) == result.diagnostics.hasErrors)
                let known = !TestWorld.render(result).contains("unknown keyword '\(entry.name)'")
                #expect(known || group.title == "sections" || entry.sections == .other, "\(line)")
            }
        }
    }

    /// A step that looks at all servers for each of them would take minutes.
    @Test(arguments: [true, false]) func manyServersAreReadInOnePass(areNames: Bool) {
        var text = ReaderTests.defaults + "listen l\n bind :80\n option httpchk\n"
        for number in 0..<10_000 {
            let address =
                areNames
                ? "myweb1" : "10.\(number / 65536).\(number / 256 % 256).\(number % 256 | 1)"
            text += " server s\(number) \(address):8080 check inter 2s rise 2 fall 3 weight 10\n"
        }
        let started = ContinuousClock.now
        let result = TestWorld.read(text)
        let took = ContinuousClock.now - started
        #expect(result.configuration?.proxies[0].servers.count == 10_000)
        #expect(result.configuration?.proxies[0].servers.last?.id == 10_000)
        #expect(took < .seconds(20))
        print("10,000 servers read in \(took)")
    }

    @Test func manyErrorsAreReadInOnePass() {
        let text = "listen l\n" + String(repeating: " unknownword x\n", count: 50_000)
        let started = ContinuousClock.now
        let result = TestWorld.read(text)
        #expect(result.diagnostics.errorCount == 50_002)
        #expect(ContinuousClock.now - started < .seconds(20))
    }
}
