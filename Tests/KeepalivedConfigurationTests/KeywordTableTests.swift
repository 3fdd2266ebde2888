import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import Testing

/// The table, and that the code behind it does what the table says.
@Suite struct KeywordTableTests {
    @Test func everyEntryIsFoundWhereItMayStand() {
        var seen: Set<String> = []
        for entry in KeepalivedKeyword.all {
            #expect(!entry.blocks.isEmpty)
            for block in entry.blocks {
                #expect(seen.insert("\(block) \(entry.name)").inserted, "\(entry.name) twice")
                #expect(KeepalivedKeyword.find(entry.name, in: block)?.name == entry.name)
            }
            switch entry.status {
            case .implemented: #expect(!entry.summary.isEmpty, "\(entry.name) has no documentation")
            case .accepted(let reason), .ignored(let reason): #expect(!reason.isEmpty)
            case .refused(let reason, let wayOut):
                #expect(!reason.isEmpty && !wayOut.isEmpty, "\(entry.name)")
            }
        }
        #expect(seen.count > 350)
    }

    /// A valid argument for each form of `arguments`.
    private static func sample(_ entry: KeepalivedKeyword) -> String {
        switch entry.name {
        case "script_user", "user": return "nobody root"
        case "interface": return "eth0"
        case "weight": return entry.blocks == [.trackProxy] ? "2" : "2 reverse"
        case "virtual_router_id": return "51"
        default: break
        }
        switch entry.arguments {
        case "", "[BOOL]", "[COMMAND [USER [GROUP]]]": return ""
        case "224.0.0.18": return entry.arguments
        case "2|3": return "3"
        case "MASTER|BACKUP": return "BACKUP"
        case "PASS", "PASSWORD": return "PASS"
        case "COMMAND": return "\"/usr/bin/true\""
        case "COMMAND [USER [GROUP]]": return "\"/usr/bin/true x\" nobody root"
        case "NAME", "INTERFACE": return "x"
        case "NAME [weight -253..253]": return "app weight 5"
        default: return "1"
        }
    }

    /// A text with the keyword of a block in its place; nil where its block is refused as a whole.
    private static func text(_ entry: KeepalivedKeyword, in block: KeepalivedKeyword.Block)
        -> String?
    {
        var line = "\(entry.name) \(sample(entry))"
        switch entry.content {
        case .none: break
        case .items: line += " {\n}"
        case .keywords, .anything: line += " {\n}"
        }
        switch block {
        case .top: return line
        case .globalDefinitions: return "global_defs {\n\(line)\n}\n" + instance()
        case .script:
            return "vrrp_script s {\nscript \"/usr/bin/true\"\n\(line)\n}\n"
                + instance("track_script {\n s\n}")
        case .instance: return instance(line)
        case .authentication: return instance("authentication {\n\(line)\n}")
        case .trackProxy: return instance("track_proxy {\n\(line)\n}")
        default: return nil
        }
    }

    @Test func everyKeywordIsTakenAsItsStatusSays() {
        for entry in KeepalivedKeyword.all {
            for block in entry.blocks {
                guard let text = KeywordTableTests.text(entry, in: block) else { continue }
                if entry.name.hasPrefix("include") { continue }
                let reading = Reading(text)
                let about = reading.messages.filter {
                    $0.contains("'\(entry.name)'") || $0.contains(": \(entry.name) ignored")
                        || $0.contains("not handled")
                }
                let uses = reading.keywordsWithoutEffect.map(\.keyword)
                switch entry.status {
                case .implemented:
                    #expect(about.isEmpty, "\(entry.name) in \(block): \(about)")
                    #expect(!uses.contains(entry.name))
                case .accepted:
                    #expect(about.isEmpty, "\(entry.name) in \(block): \(about)")
                    #expect(uses == [entry.name], "\(entry.name) in \(block)")
                case .ignored:
                    #expect(about.count == 1, "\(entry.name) in \(block)")
                    #expect(uses == [entry.name])
                    #expect(reading.findings.outcome < .cannotRun)
                case .refused(let reason, _):
                    #expect(
                        about.count == 1 && about.first?.contains(reason) == true, "\(entry.name)")
                    #expect(reading.findings.outcome == .cannotRun)
                }
            }
        }
    }

    /// What an address line and a tracked name may carry is in the table too.
    @Test func optionsComeFromTheTable() {
        for name in KeepalivedKeyword.names(in: .virtualAddress) {
            let entry = KeepalivedKeyword.find(name, in: .virtualAddress)
            let values = [
                "dev": "eth1", "label": "eth0:1", "scope": "link", "preferred_lft": "60",
            ]
            let value = values[name] ?? "10.0.0.255"
            let text = instance().replacing(
                "10.0.0.50",
                with: "10.0.0.50 \(name) \(entry?.arguments.isEmpty == true ? "" : value)")
            let reading = Reading(text)
            if case .refused = entry?.status {
                #expect(reading.findings.outcome == .cannotRun, "\(name)")
            } else {
                #expect(reading.messages.isEmpty, "\(name): \(reading.messages)")
            }
        }
    }

    @Test func aSwitchThatIsOffIsNotRefused() {
        for line in ["smtp_alert off", "notify_priority_changes false", "smtp_alert no"] {
            #expect(Reading(instance(line)).findings.outcome == .valid, "\(line)")
        }
        #expect(Reading(instance("smtp_alert")).findings.outcome == .cannotRun)
        #expect(Reading(instance("smtp_alert on")).findings.outcome == .cannotRun)
    }
}
