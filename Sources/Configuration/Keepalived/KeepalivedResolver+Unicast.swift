import ConfigurationLanguage
import Core
import Diagnostics

/// Where advertisements come from and, with unicast, go to.
extension KeepalivedResolver {
    /// Peers of one instance: each gets a packet of its own.
    static let peerLimit = 64

    /// `unicast_peer { ADDRESS … }`
    mutating func addPeers(
        _ statement: KeepalivedStatement, to instance: inout VirtualRouterSettings
    ) {
        let owner = "(\(instance.name))"
        for item in statement.block ?? [] {
            guard let word = item.words.first, let peer = hostAddress(word, owner) else { continue }
            for option in item.arguments
            where isKnown(KeepalivedStatement(words: [option]), in: .unicastPeer) {
                sayUnhandled(KeepalivedStatement(words: [option]))
            }
            guard !instance.unicastPeers.contains(peer) else {
                findings.mention(
                    .warning, word.range, "\(owner) duplicate unicast peer \(peer) - ignoring")
                continue
            }
            guard instance.unicastPeers.count < KeepalivedResolver.peerLimit else {
                findings.refuse(
                    word.range, "\(owner) more than \(KeepalivedResolver.peerLimit) unicast peers")
                return
            }
            instance.unicastPeers.append(peer)
        }
        if instance.unicastPeers.isEmpty { sayMulticast(owner, statement.range) }
    }

    /// The address behind `unicast_src_ip` or `mcast_src_ip`.
    mutating func source(_ statement: KeepalivedStatement, of name: String) -> IPAddress? {
        argument(statement).flatMap { hostAddress($0, "(\(name))") }
    }

    private mutating func hostAddress(_ word: Word, _ owner: String) -> IPAddress? {
        guard let address = IPAddress(word.text) else {
            findings.refuse(
                word.range, "\(owner) '\(word.text)' is no IP address", fix: hint(for: word))
            return nil
        }
        guard case .v4(let v4) = address else {
            findings.refuse(
                word.range, "\(owner) VRRP over IPv6 is not supported yet",
                fix: "use the IPv4 address of the same node")
            return nil
        }
        guard !v4.isMulticast, !v4.isLoopback, v4.rawValue >> 24 != 0, v4.rawValue != .max else {
            findings.refuse(
                word.range, "\(owner) \(word.text) is not an address of a node on a network")
            return nil
        }
        return address
    }

    private mutating func sayMulticast(_ owner: String, _ range: SourceRange) {
        findings.mention(
            .warning, range,
            "\(owner) A unicast keyword has been specified without any unicast peers. Defaulting to "
                + "multicast. This usage is deprecated - please update your configuration.",
            fix: "name the other nodes in 'unicast_peer'")
    }

    /// What only shows when all lines of the instance are read.
    mutating func finishTransport(of instance: inout VirtualRouterSettings, _ range: SourceRange) {
        let owner = "(\(instance.name))"
        guard !instance.unicastPeers.isEmpty else {
            if instance.unicastSource != nil { sayMulticast(owner, range) }
            return
        }
        if let source = instance.unicastSource, instance.unicastPeers.contains(source) {
            findings.refuse(
                range, "\(owner) \(source) is its own unicast peer",
                fix: "name the other nodes in 'unicast_peer'")
        }
        for address in instance.addresses + instance.excludedAddresses
        where instance.unicastPeers.contains(address.prefix.address) {
            findings.refuse(
                range,
                "\(owner) unicast peer \(address.prefix.address) is one of its own addresses",
                fix: "name the address that the other node always has")
        }
    }
}
