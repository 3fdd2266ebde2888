import Core
import VRRP

/// What comes from raw sockets. The first byte chooses version, family, authentication and transport, and whether
/// the checksum is made right first: chance does not hit one.
enum PacketTarget {
    private static let group = IPAddress.v4(Advertisement.ipv4Group)
    private static let group6 = IPAddress.v6(Advertisement.ipv6Group)
    private static let peer = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0002))
    private static let linkLocal = IPAddress.v6(IPv6Address(high: 0xfe80 << 48, low: 2))

    static func run(_ bytes: [UInt8]) {
        guard let choice = bytes.first else { return }
        var packet = Array(bytes.dropFirst())
        if choice & 32 != 0 { repairChecksum(&packet, choice & 16 != 0) }
        let span = unsafe packet.span.bytes
        let version: ProtocolVersion = choice & 1 == 0 ? .v3 : .v2
        var rules = ReceiveRules(
            version: version,
            authentication: version == .v2 && choice & 2 != 0
                ? .password(Password("secret")) : .none,
            interval: .seconds(1), maximumLearnedInterval: .seconds(10),
            transport: choice & 4 == 0
                ? .multicast(group: group) : .unicast(peers: [peer], checksSource: choice & 8 == 0))
        if choice & 16 != 0 {
            rules.transport = .multicast(group: group6)
            judge(
                span, rules,
                PacketFacts(
                    source: linkLocal, destination: group6, timeToLive: 255,
                    messageLength: packet.count))
        } else if let (header, start) = IPv4Header.decode(span) {
            demand(start >= IPv4Header.length && start <= packet.count)
            judge(span.extracting(start...), rules, header.facts)
        }
    }

    /// Writes the checksum that the message is to have, over IPv6 with its pseudo header.
    private static func repairChecksum(_ packet: inout [UInt8], _ isIPv6: Bool) {
        let start = isIPv6 ? 0 : IPv4Header.length
        guard packet.count >= start + 8 else { return }
        packet[start + 6] = 0
        packet[start + 7] = 0
        var summed = Array(packet[start...])
        if isIPv6 {
            // RFC 8200 section 8.1: addresses, length, protocol; in front, where the message may have odd length.
            let length = [0, 0, UInt8(packet.count >> 8), UInt8(packet.count & 255)]
            summed =
                linkLocal.octets + group6.octets + length
                + [0, 0, 0, Advertisement.protocolNumber] + summed
        }
        var checksum = InternetChecksum()
        checksum.add(unsafe summed.span.bytes)
        packet[start + 6] = UInt8(checksum.value >> 8)
        packet[start + 7] = UInt8(checksum.value & 255)
    }

    /// What was accepted means the same after another way over the wire.
    private static func judge(_ message: RawSpan, _ rules: ReceiveRules, _ facts: PacketFacts) {
        guard let heard = try? rules.accept(message, facts) else { return }
        demand(heard.interval > .zero && heard.interval <= rules.maximumLearnedInterval)
        demand(heard.version == rules.version)
        let again = heard.encoded(from: facts.source, to: facts.destination)
        var facts = facts
        facts.messageLength = again.count
        let span = unsafe again.span.bytes
        guard let second = try? rules.accept(span, facts) else {
            fatalError("what we would send is refused: \(heard)")
        }
        demand(second == heard)
    }
}
