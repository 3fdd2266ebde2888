import Core
import VRRP

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

func ipv4(_ text: String) -> IPv4Address { IPv4Address(text) ?? .any }
func ip(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(.any) }
func network(_ text: String, _ length: Int) -> [IPPrefix] {
    [IPPrefix(ip(text), length: length)].compactMap { $0 }
}

let group = IPAddress.v4(Advertisement.ipv4Group)
let peerAddress = ip("10.0.0.2")

extension ReceiveRules {
    static func v3(interval: Duration = .milliseconds(200)) -> ReceiveRules {
        ReceiveRules(
            version: .v3, authentication: .none, interval: interval,
            maximumLearnedInterval: .seconds(2), transport: .multicast(group: group),
            onLink: network("10.0.0.0", 24), ownAddresses: [ip("10.0.0.1")])
    }

    static func v2(_ authentication: Authentication = .none) -> ReceiveRules {
        ReceiveRules(
            version: .v2, authentication: authentication, interval: .seconds(1),
            maximumLearnedInterval: .seconds(10), transport: .multicast(group: group),
            onLink: network("10.0.0.0", 24), ownAddresses: [ip("10.0.0.1")])
    }

    /// What became of a message, with the facts of an honest IP header unless others are given.
    func judge(_ message: [UInt8], _ change: (inout PacketFacts) -> Void = { _ in })
        -> Result<Advertisement, Rejection>
    {
        var facts = PacketFacts(
            source: peerAddress, destination: group, timeToLive: 255,
            messageLength: message.count)
        change(&facts)
        do throws(Rejection) {
            return .success(try unsafe accept(message.span.bytes, facts))
        } catch {
            return .failure(error)
        }
    }

    func kind(_ message: [UInt8], _ change: (inout PacketFacts) -> Void = { _ in })
        -> Rejection.Kind?
    {
        if case .failure(let rejection) = judge(message, change) { rejection.kind } else { nil }
    }
}

extension Advertisement {
    static func v3(
        priority: UInt8 = 100, interval: Duration = .milliseconds(200),
        addresses: [String] = ["10.0.0.50"], form: ChecksumForm = .pseudoHeader
    ) -> Advertisement {
        Advertisement(
            version: .v3, virtualRouterID: 51, priority: priority, interval: interval,
            addresses: addresses.map(ip), checksumForm: form)
    }

    static func v2(priority: UInt8 = 100, _ authentication: Authentication = .none)
        -> Advertisement
    {
        Advertisement(
            version: .v2, virtualRouterID: 51, priority: priority, interval: .seconds(1),
            addresses: [ip("10.0.0.50")], authentication: authentication,
            checksumForm: .messageOnly)
    }

    /// The message as the peer would send it to the group.
    var message: [UInt8] { encoded(from: peerAddress, to: group) }
}
