import Configuration
import Foundation
import Testing

/// Each file of `Golden` holds a configuration and, below a line `=== expected`, what it means or what is wrong
/// with it. To write them anew after a wanted change: DYAD_WRITE_GOLDEN=<the folder in the source tree>.
/// Any other folder of such files will do, too, to see what becomes of them.
@Suite struct GoldenTests {
    static let separator = "=== expected\n"

    static let written = ProcessInfo.processInfo.environment["DYAD_WRITE_GOLDEN"]

    static var names: [String] {
        let folder =
            written.map { URL(fileURLWithPath: $0) }
            ?? Bundle.module.resourceURL?.appendingPathComponent("Golden")
        let urls = folder.flatMap {
            try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }
        return (urls ?? []).map(\.lastPathComponent).filter { $0.hasSuffix(".golden") }.sorted()
    }

    @Test(arguments: names) func means(name: String) throws {
        let target = Self.written.map { URL(fileURLWithPath: $0).appendingPathComponent(name) }
        let bundled = try #require(Bundle.module.resourceURL)
            .appendingPathComponent("Golden").appendingPathComponent(name)
        let text = try String(contentsOf: target ?? bundled, encoding: .utf8)
        let parts = text.components(separatedBy: Self.separator)
        let result = TestWorld.read(parts[0])
        var actual = TestWorld.render(result, isTerminal: true)
        if let configuration = result.configuration { actual += ModelText.text(of: configuration) }
        if let target {
            try (parts[0] + Self.separator + actual).write(
                to: target, atomically: true, encoding: .utf8)
        } else {
            #expect(actual == (parts.count > 1 ? parts[1] : ""))
        }
    }

    @Test func foldersAreNotEmpty() { #expect(Self.names.count >= 8) }
}
