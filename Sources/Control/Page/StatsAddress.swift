/// What a request for the statistics asks for: `/stats;csv;norefresh`, `/stats?scope=web`.
struct StatsAddress {
    enum Form { case page, data }

    private(set) var form = Form.page
    private(set) var selection = StatSelection()
    /// `;norefresh` is not there.
    private(set) var allowsRefresh = true
    /// `;st=WORD`: how the last change went.
    private(set) var outcome: String?
    let uri: String

    /// Longest name in `scope=`.
    private static let scopeBytes = 64

    /// nil: the target does not begin with `uri`.
    init?(_ target: String, uri: String) {
        guard target.hasPrefix(uri) else { return nil }
        self.uri = uri
        let rest = target.dropFirst(uri.count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // The address itself may end in `?stats`, so options are looked for on both sides.
        for option in rest.split(whereSeparator: { $0 == ";" || $0 == "?" || $0 == "&" }) {
            take(option)
        }
        if parts.count < 2 { return }
        for pair in parts[1].split(whereSeparator: { $0 == "&" || $0 == ";" })
        where pair.hasPrefix("scope=") {
            let name = StatsAddress.decoded(pair.dropFirst("scope=".count))
            if !name.isEmpty { selection.nameFilter = name }
        }
    }

    private mutating func take(_ option: Substring) {
        switch option {
        case "csv":
            form = .data
            selection.format = .csv
        case "json":
            form = .data
            selection.format = .json
        case "typed":
            form = .data
            selection.format = .typed
        case "norefresh": allowsRefresh = false
        case "up": selection.onlyUp = true
        case "no-maint": selection.hidesMaintenance = true
        default:
            if option.hasPrefix("st=") { outcome = String(option.dropFirst(3).prefix(4)) }
        }
    }

    /// The address with another set of options, for links.
    func link(_ options: [String]) -> String {
        uri + options.map { ";" + $0 }.joined()
    }

    /// Percent-decoding; what is no valid escape stays as it is.
    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8.prefix(scopeBytes * 3))[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes.prefix(scopeBytes), as: UTF8.self)
    }
}
