internal import Configuration
internal import Core
internal import EventLoop
internal import Logging
internal import VRRP

/// Plain words for two masters and for a master that hears nobody.
extension Engine {
    /// Once a turn.
    func sayDoubts() {
        for instance in instances {
            instance.doubts.setInterval(instance.settings.advertisementInterval)
            instance.doubts.note(isMaster: instance.router.state == .master, now: loop.now)
            if instance.doubt != nil, !instance.doubts.last(now: loop.now) {
                instance.doubt = nil
                noteChange()
            }
            guard let finding = instance.doubts.finding(now: loop.now) else { continue }
            let words = finding.words(for: instance)
            log(finding.isAlone ? .notice : .warning, "(\(instance.name)) \(words)")
            instance.doubt = words
            noteChange()
        }
    }
}

extension MasterDoubts.Finding {
    /// A node without a peer is nothing to be alarmed about.
    fileprivate var isAlone: Bool {
        if case .silence(_, _, claimedBy: nil) = self { true } else { false }
    }

    fileprivate func words(for instance: Instance) -> String {
        switch self {
        case .rival(let source, let priority, let time, let packets, let otherLists):
            "two masters: \(source) (priority \(priority)) has advertised for \(time.wholeSeconds) s"
                + " while this node (priority \(instance.router.priority)) does: "
                + cause(instance, priority, packets, otherLists)
        case .refused(let kind, let source, let time, let packets):
            "two masters, as it seems: \(source) has advertised for \(time.wholeSeconds) s and its"
                + " packets are refused (\(packets) of them): " + kind.cause(instance)
                + MasterDoubts.Finding.comparison
        case .silence(let time, let foreign, let claimant):
            silence(instance, time, claimant) + foreignWords(foreign)
        }
    }

    private func silence(
        _ instance: Instance, _ time: Duration, _ claimant: MACAddress?
    ) -> String {
        let seconds = time.wholeSeconds
        let settings = instance.settings
        let start =
            claimant.map {
                "two masters, as it seems: \($0) has the address, too, and in \(seconds) s no"
                    + " advertisement of it came: "
            }
            ?? "master for \(seconds) s, and no advertisement of anybody was ever seen: the peer is"
            + " down, or there is none; if it runs, "
        return start
            + "a firewall drops VRRP (IP protocol 112, \(instance.direction); 'nft insert rule"
            + " inet filter input meta l4proto vrrp accept' or 'firewall-cmd --add-protocol=vrrp' lets it"
            + " in), or interface \(settings.interface ?? "") is the wrong one, or its virtual_router_id is"
            + " not \(settings.virtualRouterID)"
            + (settings.unicastPeers.isEmpty ? "" : ", or this node is not in its unicast_peer")
    }

    private func foreignWords(_ foreign: MasterDoubts.Foreign?) -> String {
        guard let foreign else { return "" }
        return
            "; \(foreign.source) advertises virtual_router_id \(foreign.virtualRouterID), which is not"
            + " configured here"
    }

    /// What finds most of these.
    private static let comparison = "; 'dyad -c -f FILE --peer OTHER' compares the two files"

    /// Why a rival does not yield.
    private func cause(
        _ instance: Instance, _ priority: UInt8, _ packets: Int, _ otherLists: Int
    ) -> String {
        if priority == PriorityArithmetic.owner {
            return "both have priority 255, which only the owner of the address may have"
        }
        if otherLists * 2 > packets {
            return "its list of addresses is not ours (\(otherLists) of \(packets) packets), so it"
                + " may refuse ours: other virtual_ipaddress lines, or another pair has"
                + " virtual_router_id \(instance.settings.virtualRouterID)"
                + MasterDoubts.Finding.comparison
        }
        return
            "it ought to yield, so our packets do not reach it or it refuses them: packets go one"
            + " way only (a firewall that drops IP protocol 112 towards it, a switch that filters"
            + " multicast), or its log tells why it refuses them"
    }
}

extension Instance {
    /// Where our packets go.
    fileprivate var direction: String {
        let all = destinations.map { "\($0)" }.joined(separator: ", ")
        return settings.unicastPeers.isEmpty ? "multicast to \(all)" : "from and to \(all)"
    }
}

extension Rejection.Kind {
    /// What is likely, for an operator who compares two configurations.
    fileprivate func cause(_ instance: Instance) -> String {
        let ours = instance.settings
        let clash = ", or another pair has virtual_router_id \(ours.virtualRouterID)"
        switch self {
        case .wrongPassword: return "auth_pass is another one" + clash
        case .authenticationMismatch, .unknownAuthentication:
            return "auth_type is another one" + clash
        case .version: return "vrrp_version is not \(ours.protocolVersion.rawValue)" + clash
        case .interval:
            return "advert_int is not that of this node, which VRRPv2 asks for" + clash
        case .zeroInterval, .learnedIntervalTooLong:
            return "advert_int is out of bounds" + clash
        case .timeToLive: return "a TTL that VRRP does not allow: they come through a router"
        case .offLinkSource:
            return "the sender has no address of this link's networks: another netmask, another"
                + " mcast_src_ip, or the wrong interface"
        case .unknownPeer:
            return "the sender is not in unicast_peer: its unicast_src_ip or our list is wrong"
        case .destination:
            return "one node uses multicast and the other one unicast_peer"
        case .unsigned: return "the other node does not sign its packets (auth_hmac)" + clash
        case .unknownKey, .wrongSignature, .malformedSignature:
            return "auth_hmac has other keys there" + clash
        case .staleSignature: return "the clocks of the nodes differ by more than time_window"
        case .replayed: return "packets arrive twice, or somebody plays recorded ones again"
        case .length:
            return "the packets are damaged, or signed while this node has no auth_hmac" + clash
        case .checksum, .type: return "the packets are damaged or are not VRRP's" + clash
        case .ownSource, .impossibleSource, .unknownVirtualRouter:
            return "the sender's address is wrong"
        }
    }
}

extension Duration {
    fileprivate var wholeSeconds: Int64 { milliseconds / 1000 }
}
