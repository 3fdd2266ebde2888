import ConfigurationLanguage
import Core
import Diagnostics

/// `log …` lines of `global` and of proxies (HAProxy manual, sections 3.1 and 4.2).
enum LogLines {
    static let arguments =
        "<target> [ len <length> ] [ format <format> ] [ sample <ranges>:<size> ] <facility> [ <level> [ <minlevel> ] ]"

    static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "auth2", "ftp", "ntp", "audit", "alert", "cron2", "local0", "local1", "local2", "local3",
        "local4", "local5", "local6", "local7",
    ]
    static let levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]

    /// Bytes of a line that `len` may ask for.
    static let lengths = 80...65535
    static let syslogPort: UInt16 = 514

    /// A target; nil when something was wrong, which is reported.
    static func target(_ statement: inout Statement) -> LogTargetSettings? {
        let isGlobal = statement.section == .global
        let expects =
            "log : expects <address> and <facility> \(isGlobal ? "" : "or global ")as arguments"
        statement.name = "log"
        guard let address = statement.argument(or: expects),
            let destination = destination(address, statement)
        else {
            statement.skipRest()
            return nil
        }
        var result = LogTargetSettings(destination: destination, facility: 0)
        while let word = statement.peek, ["len", "format", "sample", "profile"].contains(word.text)
        {
            statement.skip(1)
            guard let value = statement.argument(or: "log : '\(word.text)' expects an argument"),
                apply(word.text, value, to: &result, statement)
            else {
                statement.skipRest()
                return nil
            }
        }
        guard
            let facility = statement.argument(
                or: expects, fix: "name a facility, for instance local0")
        else { return nil }
        guard let number = facilities.firstIndex(of: facility.text) else {
            report("log : unknown log facility '\(facility.text)'", facility, facilities, statement)
            statement.skipRest()
            return nil
        }
        result.facility = UInt8(number)
        if let level = statement.next() {
            guard let number = severity(level, statement) else { return nil }
            result.maxLevel = number
        }
        if let level = statement.next() {
            guard let number = severity(level, statement) else { return nil }
            result.minLevel = number
        }
        if let extra = statement.next() {
            statement.alert("log : cannot handle unexpected argument '\(extra.text)'", at: extra)
            statement.skipRest()
            return nil
        }
        return result
    }

    private static func severity(_ word: Word, _ statement: Statement) -> UInt8? {
        if let number = levels.firstIndex(of: word.text) { return UInt8(number) }
        report("log : unknown optional log level '\(word.text)'", word, levels, statement)
        return nil
    }

    private static func report(
        _ message: String, _ word: Word, _ known: [String], _ statement: Statement
    ) {
        let nearest = NearestWord.suggestion(for: word.text, among: known)
        statement.alert(
            message, at: word,
            fix: nearest.map { "did you mean '\($0)' ?" }
                ?? "one of \(known.joined(separator: ", "))")
    }

    private static func apply(
        _ option: String, _ value: Word, to result: inout LogTargetSettings, _ statement: Statement
    ) -> Bool {
        switch option {
        case "len":
            guard let length = Int(value.text), lengths.contains(length) else {
                statement.alert(
                    "log : invalid log length '\(value.text)', must be between \(lengths.lowerBound) and \(lengths.upperBound)",
                    at: value)
                return false
            }
            result.maxLength = length
        case "format":
            guard let format = LogTargetSettings.Format(rawValue: value.text) else {
                statement.alert("log : unknown log format '\(value.text)'", at: value)
                return false
            }
            result.format = format
        case "sample":
            guard let sample = sample(value.text) else {
                statement.alert(
                    "log : invalid sample '\(value.text)'", at: value,
                    fix: "write ranges and a size, for instance '1,3-5:10'")
                return false
            }
            result.sample = sample
        default:
            statement.alert(
                "'log … \(option)' is not supported: log profiles are not in this version.",
                at: value, fix: Reason.operatorsWayOut)
            return false
        }
        return true
    }

    /// `1,3-5:10`
    private static func sample(_ text: String) -> LogSample? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let size = Int(parts[1]), (1...1_000_000).contains(size) else {
            return nil
        }
        var ranges: [ClosedRange<Int>] = []
        for part in parts[0].split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", maxSplits: 1).map { Int($0) }
            guard bounds.count <= 2, let first = bounds.first ?? nil, let last = bounds.last ?? nil,
                first >= 1, first <= last, last <= size,
                ranges.allSatisfy({ !$0.overlaps(first...last) })
            else { return nil }
            ranges.append(first...last)
        }
        return ranges.isEmpty ? nil : LogSample(ranges: ranges, size: size)
    }

    private static func destination(
        _ word: Word, _ statement: Statement
    ) -> LogTargetSettings.Destination? {
        switch word.text {
        case "stdout": return .descriptor(1)
        case "stderr": return .descriptor(2)
        case let text where text.hasPrefix("ring@"):
            let name = String(text.dropFirst(5))
            statement.context.ringUses.append(Word(name, range: word.range))
            return .ring(name)
        case let text where streamPrefixes.contains(where: text.hasPrefix):
            var ring = RingSettings(name: text)
            guard let address = streamAddress(word, statement) else { return nil }
            ring.servers = [RingServerSettings(address)]
            return .stream(ring)
        case let text where text.hasPrefix("backend@"):
            statement.alert(
                "log : targets like '\(text)' are not in this version", at: word,
                fix: "log to an address, a socket file, stdout or stderr")
            return nil
        default: break
        }
        guard let syntax = syntax(word, statement) else { return nil }
        switch syntax.place {
        case .unix(let path): return .unix(path)
        case .descriptor(let number): return .descriptor(number)
        case .abstract:
            statement.alert("log : abstract sockets are not supported as targets", at: word)
            return nil
        case .internet:
            return internet(syntax, word, statement).map { .udp($0.0, port: $0.1) }
        }
    }

    private static let streamPrefixes = ["tcp@", "tcp4@", "tcp6@", "stream+"]

    /// Where a server listens that takes lines over TCP.
    static func streamAddress(_ word: Word, _ statement: Statement) -> SocketAddress? {
        guard let syntax = syntax(word, statement) else { return nil }
        switch syntax.place {
        case .unix(let path): return .unix(path)
        case .internet: return internet(syntax, word, statement).map { .ip($0.0, port: $0.1) }
        case .abstract, .descriptor:
            statement.alert("log : '\(word.text)' is no address of a server", at: word)
            return nil
        }
    }

    private static func syntax(_ word: Word, _ statement: Statement) -> AddressSyntax? {
        switch statement.context.address(word) {
        case .success(let parsed): return parsed
        case .failure(let failure):
            statement.alert("log : \(failure.message)", at: word)
            return nil
        }
    }

    private static func internet(
        _ syntax: AddressSyntax, _ word: Word, _ statement: Statement
    ) -> (IPAddress, UInt16)? {
        switch syntax.place {
        case .unix, .descriptor, .abstract: return nil
        case .internet(let host, let family, let ports):
            guard let port = self.port(ports) else {
                statement.alert("log : port range not permitted here in '\(word.text)'", at: word)
                return nil
            }
            switch host {
            case .any: return (.v4(IPv4Address(rawValue: 0x7f00_0001)), port)
            case .address(let address): return (address, port)
            case .name(let name):
                guard let address = statement.context.resolve(name, family: family).first else {
                    statement.alert(
                        "log : invalid address: '\(name)' in '\(word.text)'", at: word,
                        fix:
                            "the name does not resolve: write an address, or a name from /etc/hosts"
                    )
                    return nil
                }
                return (address, port)
            }
        }
    }

    private static func port(_ ports: AddressSyntax.Ports) -> UInt16? {
        switch ports {
        case .none: syslogPort
        case .range(let range) where range.count == 1: range.lowerBound
        case .range, .offset: nil
        }
    }
}
