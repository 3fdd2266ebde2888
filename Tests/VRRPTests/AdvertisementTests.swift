import Core
import Testing
import VRRP

@Suite struct AdvertisementTests {
    /// Bytes of the RFC's pictures, put together by hand.
    @Test func layoutOfVersion2() {
        let password = Authentication.password(Password("s3cret"))
        let message = Advertisement.v2(priority: 101, password).message
        #expect(Array(message[0..<6]) == [0x21, 51, 101, 1, 1, 1])
        #expect(Array(message[8..<12]) == [10, 0, 0, 50])
        #expect(Array(message[12...]) == Array("s3cret".utf8) + [0, 0])
        #expect(Advertisement.v2().message.count == 20)
    }

    @Test func layoutOfVersion3() {
        let message = Advertisement.v3(interval: .milliseconds(40_950)).message
        #expect(Array(message[0..<6]) == [0x31, 51, 100, 1, 0x0f, 0xff])
        #expect(Array(message[8...]) == [10, 0, 0, 50])
    }

    /// A packet of keepalived 2.2.7, seen on the wire: v3, 20 cs, priority 100, 10.78.0.20.
    @Test func packetHasHeaderWithChecksum() {
        let packet = Advertisement.v3().packet(
            from: ipv4("10.0.0.2"), to: Advertisement.ipv4Group)
        #expect(Array(packet[0..<4]) == [0x45, 0xc0, 0, 32])
        #expect(Array(packet[8..<10]) == [255, 112])
        let decoded = unsafe IPv4Header.decode(packet.span.bytes)
        #expect(decoded?.payloadStart == 20)
        #expect(decoded?.header.facts.source == peerAddress)
        #expect(decoded?.header.payloadLength == 12)
        var checksum = InternetChecksum()
        for index in stride(from: 0, to: 20, by: 2) {
            checksum.add(UInt16(packet[index]) << 8 | UInt16(packet[index + 1]))
        }
        #expect(checksum.value == 0)
    }

    @Test(arguments: [ChecksumForm.pseudoHeader, .messageOnly])
    func version3ComesBack(form: ChecksumForm) {
        let sent = Advertisement.v3(
            priority: 7, addresses: ["10.0.0.50", "10.0.0.51"], form: form)
        #expect(ReceiveRules.v3().judge(sent.message) == .success(sent))
    }

    @Test(arguments: [Authentication.none, .password(Password("pass")), .password(Password(""))])
    func version2ComesBack(authentication: Authentication) {
        let sent = Advertisement.v2(priority: 255, authentication)
        #expect(ReceiveRules.v2(authentication).judge(sent.message) == .success(sent))
    }

    @Test func version3OverIPv6ComesBack() {
        let source = ip("fe80::2")
        let ipv6Group = IPAddress.v6(Advertisement.ipv6Group)
        var rules = ReceiveRules.v3()
        rules.transport = .multicast(group: ipv6Group)
        rules.onLink = []
        let sent = Advertisement.v3(addresses: ["fe80::50", "2001:db8::50"])
        var message = sent.encoded(from: source, to: ipv6Group)
        let change = { (facts: inout PacketFacts) in
            facts.source = source
            facts.destination = ipv6Group
        }
        #expect(rules.judge(message, change) == .success(sent))
        message[7] ^= 1
        #expect(rules.kind(message, change) == .checksum)
    }

    /// Passwords are cut and padded to eight octets and never shown.
    @Test func passwords() {
        #expect(Password("12345678") == Password("123456789"))
        #expect(Password("1234567") != Password("12345678"))
        #expect("\(Authentication.password(Password("s3cret")))".contains("s3cret") == false)
    }

    @Test func everyRefusalHasItsReason() {
        let rules = ReceiveRules.v3()
        let good = Advertisement.v3().message
        func changed(_ index: Int, _ value: UInt8) -> [UInt8] {
            var message = good
            message[index] = value
            return message
        }
        let table: [(Rejection.Kind?, [UInt8])] = [
            (nil, good),
            (.length, []), (.length, Array(good.prefix(7))), (.length, Array(good.prefix(8))),
            (.length, good + [0]), (.length, changed(3, 255)),
            (.version, changed(0, 0x41)), (.version, Advertisement.v2().message),
            (.type, changed(0, 0x32)), (.checksum, changed(6, good[6] ^ 0x55)),
            (.zeroInterval, Advertisement.v3Raw(interval: 0)),
            (.learnedIntervalTooLong, Advertisement.v3(interval: .milliseconds(2_010)).message),
            (nil, Advertisement.v3(interval: .seconds(2)).message),
        ]
        for (kind, message) in table { #expect(rules.kind(message) == kind) }

        #expect(rules.kind(good) { $0.timeToLive = 254 } == .timeToLive)
        #expect(rules.kind(good) { $0.messageLength = 40 } == .length)
        for (source, kind) in [
            ("0.0.0.0", Rejection.Kind.impossibleSource), ("127.0.0.1", .impossibleSource),
            ("224.0.0.1", .impossibleSource), ("255.255.255.255", .impossibleSource),
            ("8.8.8.8", .offLinkSource), ("10.0.0.1", .ownSource),
        ] {
            let message = Advertisement.v3().encoded(from: ip(source), to: group)
            #expect(rules.kind(message) { $0.source = ip(source) } == kind)
        }
        let away = Advertisement.v3().encoded(from: peerAddress, to: ip("10.0.0.1"))
        #expect(rules.kind(away) { $0.destination = ip("10.0.0.1") } == .destination)
    }

    @Test func version2RefusesForeignAuthenticationAndIntervals() {
        let password = Authentication.password(Password("s3cret"))
        let rules = ReceiveRules.v2(password)
        #expect(rules.kind(Advertisement.v2().message) == .authenticationMismatch)
        #expect(
            rules.kind(Advertisement.v2(.password(Password("wrong"))).message) == .wrongPassword)
        var other = Advertisement.v2(password)
        other.interval = .seconds(2)
        #expect(rules.kind(other.message) == .interval)
        var message = Advertisement.v2(password).message
        message[4] = 9
        #expect(rules.kind(message) == .unknownAuthentication)
        message[4] = 2
        #expect(rules.kind(message) == .authenticationMismatch)
        #expect(rules.kind(Array(message.prefix(12))) == .length)
        #expect(rules.kind(Advertisement.v3(interval: .seconds(1)).message) == .version)
    }

    @Test func unicastListensToPeersOnly() {
        var rules = ReceiveRules.v3()
        rules.transport = .unicast(peers: [peerAddress], checksSource: true)
        let mine = ip("10.0.0.1")
        func message(from source: IPAddress) -> [UInt8] {
            Advertisement.v3().encoded(from: source, to: mine)
        }
        let stranger = ip("10.0.0.77")
        #expect(
            rules.kind(message(from: peerAddress)) {
                $0.destination = mine
                $0.timeToLive = 64
            } == nil)
        let cases: [(ClosedRange<UInt8>, Rejection.Kind?)] = [
            (64...64, nil), (65...255, .timeToLive),
        ]
        for (allowed, kind) in cases {
            rules.peerTimeToLive = [peerAddress: allowed]
            #expect(
                rules.kind(message(from: peerAddress)) {
                    $0.destination = mine
                    $0.timeToLive = 64
                } == kind)
        }
        rules.peerTimeToLive = [:]
        let fromStranger = { (facts: inout PacketFacts) in
            facts.destination = mine
            facts.source = stranger
        }
        #expect(rules.kind(message(from: stranger), fromStranger) == .unknownPeer)
        rules.transport = .unicast(peers: [peerAddress], checksSource: false)
        #expect(rules.kind(message(from: stranger), fromStranger) == nil)
        #expect(rules.kind(Advertisement.v3().message) == .destination)
    }

    /// Every truncation, every bit flipped, and noise: an answer each time, and one flipped bit is never
    /// believed to be what was sent.
    @Test func hostileBytesNeverTrap() {
        var random = SplitMix(seed: 0x5eed)
        for (rules, sent) in [
            (ReceiveRules.v3(), Advertisement.v3(addresses: ["10.0.0.50", "10.0.0.51"])),
            (ReceiveRules.v2(.password(Password("pw"))), .v2(.password(Password("pw")))),
        ] {
            let good = sent.message
            for length in 0..<good.count {
                #expect(rules.kind(Array(good.prefix(length))) == .length)
            }
            for index in good.indices {
                for bit in 0..<8 {
                    var message = good
                    message[index] ^= 1 << UInt8(bit)
                    #expect(rules.kind(message) != nil)
                }
            }
            for _ in 0..<20_000 {
                let length = Int.random(in: 0...64, using: &random)
                var noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                if length > 3 && Bool.random(using: &random) {
                    noise[0] = 0x31
                    noise[3] = UInt8(max(0, (length - 8) / 4))
                }
                _ = rules.judge(noise) { $0.messageLength = Int(Int16.random(in: -5...80)) }
                _ = unsafe IPv4Header.decode(noise.span.bytes)
            }
        }
    }

    @Test func manyAddressesAreCutToTheCount() {
        let many = (0..<300).map { "10.1.\($0 / 256).\($0 % 256)" }
        let sent = Advertisement.v3(addresses: many)
        let judged = ReceiveRules.v3().judge(sent.message)
        guard case .success(let heard) = judged else {
            Issue.record("refused: \(judged)")
            return
        }
        #expect(heard.addresses == Array(sent.addresses.prefix(255)))
    }
}

extension Advertisement {
    /// An honest message but for its interval, which `encoded` would correct.
    static func v3Raw(interval: UInt16) -> [UInt8] {
        var message = Advertisement.v3(form: .messageOnly).message
        message.replaceSubrange(4..<8, with: [UInt8(interval >> 8), UInt8(interval & 255), 0, 0])
        var checksum = InternetChecksum()
        for index in stride(from: 0, to: message.count, by: 2) {
            checksum.add(UInt16(message[index]) << 8 | UInt16(message[index + 1]))
        }
        message[6] = UInt8(checksum.value >> 8)
        message[7] = UInt8(checksum.value & 255)
        return message
    }
}
