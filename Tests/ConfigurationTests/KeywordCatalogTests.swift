import Configuration
import ConfigurationLanguage
import Foundation
import Testing

@Suite struct KeywordCatalogTests {
    /// Nothing that HAProxy knows is unknown here.
    @Test func holdsEveryKeyword() throws {
        let url = try #require(Bundle.module.resourceURL)
            .appendingPathComponent("Fixtures/haproxy-keywords.txt")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        var known: [String: Set<String>] = [:]
        for group in KeywordCatalog.groups {
            known[group.title, default: []].formUnion(group.entries.map(\.name))
        }
        var missing: [String] = []
        for line in lines where !line.hasPrefix("#") {
            let parts = line.split(separator: "\t").map(String.init)
            if known[parts[0]]?.contains(parts[1]) != true { missing.append(String(line)) }
        }
        #expect(lines.count > 850)
        #expect(missing == [])
    }

    @Test func namesEachKeywordOnce() {
        for group in KeywordCatalog.groups {
            let counts = Dictionary(group.entries.map { ($0.name, 1) }, uniquingKeysWith: +)
            #expect(counts.filter { $0.value > 1 }.keys.sorted() == [], "in \(group.title)")
        }
    }

    @Test func documentsWhatWorksAndExplainsTheRest() {
        for group in KeywordCatalog.groups {
            for entry in group.entries {
                switch entry.status {
                case .implemented: #expect(!entry.summary.isEmpty, "\(group.title) \(entry.name)")
                case .accepted(let reason): #expect(!reason.isEmpty)
                case .refused(let reason, let wayOut):
                    #expect(!reason.isEmpty && !wayOut.isEmpty, "\(group.title) \(entry.name)")
                }
            }
        }
    }
}

@Suite struct KeywordDocumentationTests {
    @Test func namesEveryKeyword() {
        let text = KeywordDocumentation.markdown()
        for group in KeywordCatalog.groups {
            for entry in group.entries { #expect(text.contains("`\(entry.name)"), "\(entry.name)") }
        }
        #expect(text.contains("| `timeout <event> <time>` |"))
        #expect(text.contains("`vrrp_instance"))
        let columns = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map {
            $0.replacing("\\|", with: "").split(separator: "|", omittingEmptySubsequences: false)
                .count
        }
        #expect(Set(columns).isSubset(of: [4, 5]))
    }
}

@Suite struct DialectTests {
    /// A line of a section must never begin a section of the other language.
    @Test func noKeywordBeginsASectionOfKeepalived() {
        let lines = KeywordCatalog.groups
            .filter { $0.title != "sections" }
            .flatMap { $0.entries.map(\.name) }
        #expect(DialectSplitter.keepalivedWords.isDisjoint(with: lines))
        #expect(DialectSplitter.keepalivedWords.isDisjoint(with: DialectSplitter.haproxyWords))
    }
}
