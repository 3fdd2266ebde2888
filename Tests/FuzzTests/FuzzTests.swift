import Foundation
import FuzzTargets
import Simulation
import Testing

/// A short run of every fuzz target in a debug build: the corpus as it is, and mutants of it from a fixed seed.
/// `scripts/fuzz` looks for new inputs, guided by coverage.
@Suite struct FuzzTests {
    /// Mutants of each target: some seconds for all of them.
    private static let mutants = 400

    @Test(arguments: FuzzTarget.allCases) func survives(target: FuzzTarget) throws {
        let corpus = try Self.corpus(target)
        #expect(!corpus.isEmpty)
        for input in corpus { target.run(input) }
        var random = SplitMix(seed: 0x6479_6164)
        for _ in 0..<Self.mutants {
            target.run(Self.mutant(of: corpus, &random))
        }
    }

    /// The files of a target, beside this one in the tree. Those of the languages have golden files already.
    private static func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
        let name =
            switch target {
            case .configuration: "ConfigurationTests/Golden"
            case .keepalived: "KeepalivedConfigurationTests/Golden"
            default: "FuzzCorpus/\(target.rawValue)"
            }
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(name)
        let files = try FileManager.default.contentsOfDirectory(
            at: directory, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }

    /// One input, or two joined, with some bytes lost, doubled or changed.
    private static func mutant(of corpus: [[UInt8]], _ random: inout SplitMix) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...24, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where at < bytes.count:
                bytes[at] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.removeSubrange(at..<end)
            case 2: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 3:
                let other = corpus.randomElement(using: &random) ?? []
                let from = Int.random(in: 0...other.count, using: &random)
                bytes.insert(contentsOf: other[from..<min(other.count, from + 64)], at: at)
            default:
                bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: at)
            }
        }
        return bytes
    }
}
