package import Core

/// An address as HAProxy's language writes it (manual, section 2.9), names not yet resolved.
package struct AddressSyntax: Hashable, Sendable {
    package enum Host: Hashable, Sendable {
        /// `*` or nothing.
        case any
        case address(IPAddress)
        case name(String)
    }

    package enum Family: Hashable, Sendable { case either, v4, v6 }

    package enum Ports: Hashable, Sendable {
        case none
        case range(ClosedRange<UInt16>)
        /// `+80`, `-80`: relative to the port that the client connected to.
        case offset(Int)
    }

    package enum Place: Hashable, Sendable {
        case internet(Host, Family, Ports)
        case unix(String)
        case abstract(String)
        case descriptor(Int32)
    }

    package struct Failure: Error, Equatable {
        package let message: String

        package init(message: String) { self.message = message }
    }

    package var place: Place
    /// `udp@`, `dgram+…`
    package var isDatagram = false

    private init(_ place: Place, isDatagram: Bool = false) {
        self.place = place
        self.isDatagram = isDatagram
    }

    /// Longest path of a unix socket that the kernel takes, and longest abstract name.
    static let pathLimit = 107

    package static func parse(_ text: String) -> Result<AddressSyntax, Failure> {
        do throws(Failure) {
            return .success(try parsed(text))
        } catch {
            return .failure(error)
        }
    }

    private static func parsed(_ text: String) throws(Failure) -> AddressSyntax {
        var rest = text[...]
        var isDatagram = false
        for (prefix, datagram) in [("stream+", false), ("dgram+", true)]
        where rest.hasPrefix(prefix) {
            isDatagram = datagram
            rest = rest.dropFirst(prefix.count)
        }
        guard let at = rest.firstIndex(of: "@"), !rest.hasPrefix("/") else {
            if rest.hasPrefix("/") { return try unix(rest, isDatagram: isDatagram) }
            return AddressSyntax(try internet(rest, .either, whole: text), isDatagram: isDatagram)
        }
        let prefix = rest[..<at]
        let address = rest[rest.index(after: at)...]
        switch prefix {
        case "ipv4", "tcp4", "inet4":
            return AddressSyntax(try internet(address, .v4, whole: text), isDatagram: isDatagram)
        case "ipv6", "tcp6", "inet6":
            return AddressSyntax(try internet(address, .v6, whole: text), isDatagram: isDatagram)
        case "tcp", "ip", "inet":
            return AddressSyntax(
                try internet(address, .either, whole: text), isDatagram: isDatagram)
        case "udp":
            return AddressSyntax(try internet(address, .either, whole: text), isDatagram: true)
        case "udp4": return AddressSyntax(try internet(address, .v4, whole: text), isDatagram: true)
        case "udp6": return AddressSyntax(try internet(address, .v6, whole: text), isDatagram: true)
        case "unix", "uxst": return try unix(address, isDatagram: isDatagram)
        case "uxdg": return try unix(address, isDatagram: true)
        case "abns":
            if address.isEmpty || address.utf8.count > pathLimit {
                throw Failure(
                    message:
                        "abstract socket path too long or empty (at most \(pathLimit) bytes) in '\(text)'"
                )
            }
            return AddressSyntax(.abstract(String(address)), isDatagram: isDatagram)
        case "fd":
            guard let number = Int32(address), number >= 0 else {
                throw Failure(
                    message: "file descriptor '\(address)' is not a valid integer in '\(text)'")
            }
            return AddressSyntax(.descriptor(number), isDatagram: isDatagram)
        case "quic", "quic4", "quic6", "sockpair", "ring", "abnsz", "mptcp", "mptcp4", "mptcp6",
            "rhttp", "rev":
            throw Failure(message: "'\(prefix)@' addresses are not in this version")
        default:
            throw Failure(message: "unknown address family '\(prefix)@' in '\(text)'")
        }
    }

    private static func unix(_ path: Substring, isDatagram: Bool) throws(Failure) -> AddressSyntax {
        if path.isEmpty || path.utf8.count > pathLimit {
            throw Failure(
                message: path.isEmpty
                    ? "missing path of a unix socket"
                    : "socket path '\(path)' too long (max \(pathLimit))")
        }
        return AddressSyntax(.unix(String(path)), isDatagram: isDatagram)
    }

    /// Host and port; the last colon divides them, so that IPv6 addresses need no brackets.
    private static func internet(
        _ text: Substring, _ family: Family, whole: String
    ) throws(Failure) -> Place {
        var hostText = text
        var ports = Ports.none
        let afterBrackets =
            text.first == "[" ? text.firstIndex(of: "]") ?? text.startIndex : text.startIndex
        if let colon = text[afterBrackets...].lastIndex(of: ":") {
            hostText = text[..<colon]
            ports = try Self.ports(text[text.index(after: colon)...], whole: whole)
        }
        if hostText.first == "[" {
            guard hostText.last == "]", family != .v4,
                let address = IPv6Address(hostText.dropFirst().dropLast())
            else { throw Failure(message: "invalid address: '\(hostText)' in '\(whole)'") }
            return .internet(.address(.v6(address)), family, ports)
        }
        let host: Host
        if hostText.isEmpty || hostText == "*" {
            host = .any
        } else if hostText == ":" {
            // `::` alone is the address, with its second colon taken for the port's.
            host = .address(.v6(.any))
        } else if let address = IPAddress(hostText) {
            host = .address(address)
        } else if isName(hostText) {
            host = .name(String(hostText))
        } else {
            throw Failure(message: "invalid address: '\(hostText)' in '\(whole)'")
        }
        if case .address(let address) = host, family != .either,
            address.isIPv4 != (family == .v4)
        {
            throw Failure(message: "invalid address: '\(hostText)' in '\(whole)'")
        }
        return .internet(host, family, ports)
    }

    private static func ports(_ text: Substring, whole: String) throws(Failure) -> Ports {
        guard let first = text.first else { return .none }
        if first == "+" || first == "-" {
            guard let offset = Int(text), abs(offset) <= 65535 else {
                throw Failure(message: "invalid port offset '\(text)'")
            }
            return .offset(offset)
        }
        let bounds = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        for bound in bounds {
            if let wrong = bound.first(where: { !($0.isASCII && $0.isNumber) }) {
                throw Failure(
                    message: "invalid character '\(wrong)' in port number '\(text)' in '\(whole)'")
            }
        }
        guard let low = UInt16(bounds[0]), low > 0 else {
            throw Failure(message: "invalid port '\(bounds[0])'")
        }
        guard bounds.count == 2 else { return .range(low...low) }
        guard let high = UInt16(bounds[1]), high >= low else {
            throw Failure(message: "invalid port range '\(text)'")
        }
        return .range(low...high)
    }

    /// Letters, digits, `.`, `-`, `_`; at most 255 bytes.
    private static func isName(_ text: Substring) -> Bool {
        text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
