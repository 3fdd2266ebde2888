import Core
import Testing
import VRRP

/// Whole packets and frames, byte by byte.
@Suite struct PacketTests {
    private let source = ip("fe80::2")
    private let group = IPAddress.v6(Advertisement.ipv6Group)

    @Test func anIPv6PacketComesBack() throws {
        let sent = Advertisement.v3(addresses: ["fe80::50", "2001:db8::50"])
        let packet = try #require(sent.packet(from: source, to: group))
        #expect(Array(packet[0..<8]) == [0x6c, 0, 0, 0, 0, 40, 112, 255])
        let (facts, start) = try #require(unsafe PacketFacts.decode(packet.span.bytes))
        #expect(start == 40)
        #expect(facts.source == source)
        #expect(facts.destination == group)
        #expect(facts.messageLength == 40)
        var rules = ReceiveRules.v3()
        rules.transport = .multicast(group: group)
        rules.onLink = network("fe80::", 10)
        #expect(rules.judge(Array(packet[start...])) { $0 = facts } == .success(sent))
        #expect(
            rules.kind(Array(packet[start...])) {
                $0 = facts
                $0.source = ip("2001:db8::2")
            } == .checksum)
    }

    @Test func familiesDoNotMix() {
        #expect(Advertisement.v3().packet(from: source, to: .v4(Advertisement.ipv4Group)) == nil)
    }

    /// Every prefix of a packet, and noise: decoded or not, never a trap.
    @Test func headersOfAnyLength() throws {
        var random = SplitMix(seed: 6)
        let packet = try #require(Advertisement.v3().packet(from: source, to: group))
        for length in 0...packet.count {
            let part = Array(packet.prefix(length))
            let decoded = unsafe PacketFacts.decode(part.span.bytes)
            #expect((decoded != nil) == (length >= 40))
        }
        for _ in 0..<2000 {
            let noise = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if let (facts, start) = unsafe PacketFacts.decode(noise.span.bytes) {
                _ = ReceiveRules.v3().judge(Array(noise.dropFirst(start))) { $0 = facts }
            }
        }
    }

    /// RFC 5227 section 3.
    @Test func gratuitousARP() throws {
        let hardware = try #require(MACAddress(octets: [2, 0, 0, 0, 0, 7]))
        let frame = AnnouncementFrame.make(
            for: ip("10.0.0.50"), hardware: hardware, isRouter: true)
        let own: [UInt8] = [2, 0, 0, 0, 0, 7]
        let all = [UInt8](repeating: 255, count: 6)
        #expect(
            frame == all + own + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + own + [10, 0, 0, 50] + all
                + [10, 0, 0, 50])
    }

    /// RFC 4861 sections 4.4 and 7.2.6: override, not solicited, router only where the host forwards.
    @Test(arguments: [(false, UInt8(0x20)), (true, 0xa0)])
    func unsolicitedNeighborAdvertisement(isRouter: Bool, flags: UInt8) throws {
        let hardware = try #require(MACAddress(octets: [2, 0, 0, 0, 0, 7]))
        let frame = AnnouncementFrame.make(
            for: ip("2001:db8::50"), hardware: hardware, isRouter: isRouter)
        #expect(Array(frame[0..<6]) == [0x33, 0x33, 0, 0, 0, 1])
        let (header, start) = try #require(
            unsafe IPv6Header.decode(Array(frame[14...]).span.bytes))
        #expect(header.source == IPv6Address("2001:db8::50"))
        #expect(header.destination == IPv6Address("ff02::1"))
        #expect(header.hopLimit == 255)
        let message = Array(frame[(14 + start)...])
        #expect(message.count == header.payloadLength)
        #expect(message[0] == 136)
        #expect(message[4] == flags)
        #expect(Array(message[24...]) == [2, 1, 2, 0, 0, 0, 0, 7])
        var checksum = InternetChecksum()
        let pseudo =
            header.source.octets + header.destination.octets + [0, UInt8(message.count), 0, 58]
        let summed = pseudo + message
        unsafe checksum.add(summed.span.bytes)
        #expect(checksum.value == 0)
    }

    /// What we send as a claim is read as one; every prefix of it, and noise, is not.
    @Test(arguments: ["10.0.0.50", "2001:db8::50"])
    func claims(text: String) throws {
        let hardware = try #require(MACAddress(octets: [2, 0, 0, 0, 0, 7]))
        let frame = AnnouncementFrame.make(for: ip(text), hardware: hardware, isRouter: false)
        let packet = Array(frame.dropFirst(14))
        for length in 0...packet.count {
            let part = Array(packet.prefix(length))
            let claim =
                ip(text).isIPv4
                ? unsafe AddressClaim.decode(arp: part.span.bytes)
                : unsafe AddressClaim.decode(neighborAdvertisement: part.span.bytes)
            let whole = AddressClaim(address: ip(text), hardware: hardware)
            #expect(claim == (length == packet.count ? whole : nil))
        }
        let probe = AnnouncementFrame.make(
            for: ip("0.0.0.0"), hardware: hardware, isRouter: false)
        #expect(unsafe AddressClaim.decode(arp: Array(probe.dropFirst(14)).span.bytes) == nil)
    }
}
