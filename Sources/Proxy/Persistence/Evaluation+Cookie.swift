internal import Core
internal import Expressions
internal import HTTP

/// Looks at bytes of a message, for cookies.
extension Evaluation {
    @inline(__always)
    func byte(at index: Int) -> UInt8 { arena.bytes.byte(at: index) }

    /// A date of a cookie: seconds since 1970.
    func cookieDate(_ range: Range<Int>) -> Int64? {
        CookieDate.parse(arena.bytes.extracting(range))
    }

    /// Whether a field of an answer lets caches keep it, or ask whether it has changed.
    func invitesCaching(_ index: Int) -> Bool {
        let name = arena.bytes.extracting(fields[index].nameRange)
        return name.equalsIgnoringCase("etag") || name.equalsIgnoringCase("last-modified")
            || name.equalsIgnoringCase("expires") || name.equalsIgnoringCase("cache-control")
    }

    /// Whether a field of an answer says that caches are not to keep it.
    func forbidsCaching(_ index: Int) -> Bool {
        let name = arena.bytes.extracting(fields[index].nameRange)
        let value = arena.bytes.extracting(fields[index].valueRange)
        if name.equalsIgnoringCase("pragma") { return value.equalsIgnoringCase("no-cache") }
        guard name.equalsIgnoringCase("cache-control") else { return false }
        let words = value.text().lowercased().split(separator: ",").map { $0.drop { $0 == " " } }
        return words.contains { word in
            ["no-cache", "no-store", "private", "max-age=0", "s-maxage=0"].contains { word == $0 }
        }
    }
}
