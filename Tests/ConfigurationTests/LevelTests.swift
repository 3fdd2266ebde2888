import Diagnostics
import Foundation
import Testing

@testable import Configuration

/// The keywords that public configurations use most, without TLS and HTTP/2: none of them may be
/// refused.
@Suite struct LevelTests {
    @Test func nothingIsRefused() throws {
        let url = try #require(Bundle.module.resourceURL)
            .appendingPathComponent("Fixtures/levels.cfg")
        let result = TestWorld.read(try String(contentsOf: url, encoding: .utf8))
        let complaints = TestWorld.render(result).split(separator: "\n").filter {
            $0.contains("[ALERT]")
        }
        #expect(complaints.isEmpty, "\(complaints.joined(separator: "\n"))")
        #expect(result.configuration?.proxies.count == 9)
    }
}
