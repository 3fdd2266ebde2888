import ConfigurationLanguage
import Core
import Diagnostics

/// `virtual_routes`, `static_routes`: lines as `ip route add` takes them.
extension KeepalivedResolver {
    /// Routes of one block.
    static let routeLimit = 1024

    mutating func routes(_ statement: KeepalivedStatement) -> [RouteSettings] {
        var routes: [RouteSettings] = []
        for item in statement.block ?? [] {
            guard routes.count < KeepalivedResolver.routeLimit else {
                findings.refuse(
                    item.range, "more than \(KeepalivedResolver.routeLimit) lines in a block")
                return routes
            }
            if let route = route(item) { routes.append(route) }
        }
        return routes
    }

    /// nil, after a report, where the line is left out.
    private mutating func route(_ item: KeepalivedStatement) -> RouteSettings? {
        var reader = OptionReader(item.words)
        var kind = RouteSettings.Kind.unicast
        var destination: IPPrefix?
        var isIPv4: Bool?
        var route = RouteSettings(destination: KeepalivedResolver.everywhere(isIPv4: true))
        while let word = reader.next() {
            if let found = KeepalivedResolver.routeKind(word.text) {
                kind = found
            } else if word.text == "default" || IPPrefix(text: word.text) != nil {
                guard readDestination(word, &destination, &isIPv4) else { return nil }
            } else if word.text == "to" {
                guard let value = reader.value(of: word, &findings),
                    readDestination(value, &destination, &isIPv4)
                else { return nil }
            } else if word.text == "inet6" || word.text == "inet" {
                isIPv4 = word.text == "inet"
            } else {
                guard apply(word, &reader, to: &route) else { return nil }
            }
        }
        guard let wanted = destination ?? KeepalivedResolver.defaultRoute(item, isIPv4, route)
        else {
            findings.report(item.range, "No destination specified for route - ignoring")
            return nil
        }
        route.kind = kind
        route.destination = wanted
        let family = wanted.address.isIPv4
        guard [route.gateway, route.source].allSatisfy({ $0 == nil || $0?.isIPv4 == family }) else {
            findings.report(
                item.range, "route to \(wanted): addresses of two families - ignoring",
                fix: "write IPv4 or IPv6 addresses")
            return nil
        }
        guard kind != .unicast || route.gateway != nil || route.device != nil else {
            findings.report(
                item.range, "route to \(wanted) has neither a gateway nor an interface - ignoring",
                fix: "add 'via ADDRESS' or 'dev INTERFACE'")
            return nil
        }
        return route
    }

    private mutating func readDestination(
        _ word: Word, _ destination: inout IPPrefix?, _ isIPv4: inout Bool?
    ) -> Bool {
        if word.text == "default" {
            destination = nil
            return true
        }
        guard let prefix = IPPrefix(text: word.text) else {
            findings.report(
                word.range, "VRRP parsed invalid IP \(word.text). skipping IP...",
                fix: hint(for: word) ?? "an address or a network such as 10.0.0.0/24")
            return false
        }
        destination = prefix
        isIPv4 = prefix.address.isIPv4
        return true
    }

    /// An option with its value; false: the line is left out.
    private mutating func apply(
        _ word: Word, _ reader: inout OptionReader, to route: inout RouteSettings
    ) -> Bool {
        guard let keyword = KeepalivedKeyword.find(word.text, in: .route) else {
            findings.report(word.range, "unknown route keyword \(word.text)")
            return false
        }
        let statement = KeepalivedStatement(words: [word])
        guard isKnown(statement, in: .route) else {
            // What is accepted and does nothing costs no line.
            if case .accepted = keyword.status { return true }
            return false
        }
        if word.text == "onlink" {
            route.isOnLink = true
            return true
        }
        guard let value = reader.value(of: word, &findings) else { return false }
        switch word.text {
        case "via": route.gateway = address(value)
        case "src": route.source = address(value)
        case "dev": route.device = interface(value, of: "route")
        case "table": route.table = table(value) ?? route.table
        case "metric", "priority", "preference": route.metric = unsigned(value)
        case "mtu": route.mtu = unsigned(value)
        case "scope": route.scope = KeepalivedResolver.scope(value.text)
        case "proto", "protocol":
            route.protocolNumber = KeepalivedResolver.routeProtocol(value.text)
            guard route.protocolNumber == nil else { return true }
            findings.report(value.range, "Invalid protocol \(value.text) specified for route")
            return false
        default:
            sayUnhandled(statement)
            return false
        }
        let isGood =
            switch word.text {
            case "via": route.gateway != nil
            case "src": route.source != nil
            case "metric", "priority", "preference": route.metric != nil
            case "mtu": route.mtu != nil
            case "scope": route.scope != nil
            default: true
            }
        if !isGood {
            findings.report(value.range, "Invalid \(word.text) \(value.text) specified for route")
        }
        return isGood
    }

    // MARK: Values

    private static func routeKind(_ text: String) -> RouteSettings.Kind? {
        switch text {
        case "unicast": .unicast
        case "blackhole": .blackhole
        case "unreachable": .unreachable
        case "prohibit": .prohibit
        case "throw": .throw
        default: nil
        }
    }

    static func everywhere(isIPv4: Bool) -> IPPrefix {
        let any: IPAddress = isIPv4 ? .v4(.any) : .v6(.any)
        return IPPrefix(any, length: 0) ?? IPPrefix.host(any)
    }

    /// `default`, whose family the gateway tells.
    private static func defaultRoute(
        _ item: KeepalivedStatement, _ isIPv4: Bool?, _ route: RouteSettings
    ) -> IPPrefix? {
        guard item.words.contains(where: { $0.text == "default" }) else { return nil }
        return everywhere(isIPv4: isIPv4 ?? route.gateway?.isIPv4 ?? true)
    }

    private mutating func address(_ word: Word) -> IPAddress? { IPAddress(word.text) }

    /// The name or the number of a table of routes.
    mutating func table(_ word: Word) -> UInt32? {
        switch word.text {
        case "main": return 254
        case "local": return 255
        case "default": return 253
        default: break
        }
        let value = UInt32(word.text)
        if value == nil || value == 0 {
            findings.report(
                word.range, "Routing table \(word.text) not found",
                fix: "main, default, local or a number")
            return nil
        }
        return value
    }

    /// Decimal, or with 0x.
    func unsigned(_ word: Word) -> UInt32? {
        word.text.hasPrefix("0x") ? UInt32(word.text.dropFirst(2), radix: 16) : UInt32(word.text)
    }

    /// rtnetlink(7)'s numbers.
    private static func routeProtocol(_ text: String) -> UInt8? {
        switch text {
        case "kernel": 2
        case "boot": 3
        case "static": 4
        case "keepalived": 18
        case "bird": 12
        default: UInt8(text)
        }
    }
}

/// Words of a line, one after the other.
struct OptionReader {
    private var words: ArraySlice<Word>

    init(_ words: [Word]) { self.words = words[...] }

    mutating func next() -> Word? { words.popFirst() }

    /// The value behind an option; nil, after a report, at the end of the line.
    mutating func value(of option: Word, _ findings: inout KeepalivedFindings) -> Word? {
        if let word = words.popFirst() { return word }
        findings.report(option.range, "'\(option.text)' needs a value")
        return nil
    }
}

extension IPPrefix {
    /// `10.0.0.0/8`, `10.0.0.1`
    init?(text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        guard parts.count == 2 else {
            self = .host(address)
            return
        }
        guard let length = Int(parts[1]) else { return nil }
        self.init(address, length: length)
    }
}
