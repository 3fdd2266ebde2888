package import Core

/// Everything that a virtual router says in the log. The words are keepalived's to the letter where it has
/// the message, because operators grep for them.
package enum Message: Sendable, Equatable {
    case enteringMaster
    case enteringBackup(initial: Bool)
    case enteringFault(initial: Bool)
    case fault(TrackerSubject)
    case advertisementTimeout
    case backupReceivedPriorityZero
    case masterReceivedPriorityZero
    case sentPriorityZero
    case settingAddresses
    case removingAddresses
    case changingPriority(from: UInt8, to: UInt8)
    case forcingElection(from: IPAddress, priority: UInt8, ours: UInt8)
    case yieldingToHigher(from: IPAddress, priority: UInt8, ours: UInt8)
    case yieldingToEqual(from: IPAddress, priority: UInt8)
    case discardingLower(from: IPAddress, priority: UInt8)
    case addressCountDiffers(ours: Int, received: Int)
    case addressMissing(virtualRouterID: UInt8, from: IPAddress, IPAddress)
    case learnedInterval(from: IPAddress, received: Duration, ours: Duration)
    case preemptDelayStarted(Duration)
    case stalled(Duration)
    case waitingForTrackers
    case peerTookOver(from: IPAddress)
    case noPeerTookOver
    case nobodyToHandOverTo
    case takingOver
    case resuming
    case rejected(Rejection, from: IPAddress, Expectation)
    case checksumForm(ChecksumForm, from: IPAddress)

    /// Our side of a mismatch.
    package struct Expectation: Sendable, Equatable {
        package var version: ProtocolVersion
        package var interval: Duration

        package init(version: ProtocolVersion, interval: Duration) {
            self.version = version
            self.interval = interval
        }
    }

    package enum Severity: Sendable { case info, notice, warning }

    package var severity: Severity {
        switch self {
        case .enteringMaster, .fault, .enteringFault, .yieldingToHigher, .yieldingToEqual,
            .noPeerTookOver, .nobodyToHandOverTo, .takingOver, .resuming:
            .notice
        case .rejected, .addressCountDiffers, .addressMissing, .stalled, .forcingElection: .warning
        default: .info
        }
    }

    /// The line for the router called `name`.
    package func text(_ name: String) -> String {
        "(\(name)) " + words
    }

    private static let otherListWords =
        "; one of the nodes may never serve its addresses: the other one has other virtual_ipaddress"
        + " lines, or is of another pair that needs a virtual_router_id of its own"

    private var words: String {
        switch self {
        case .enteringMaster: "Entering MASTER STATE"
        case .enteringBackup(let initial): "Entering BACKUP STATE" + (initial ? " (init)" : "")
        case .enteringFault(let initial): "Entering FAULT STATE" + (initial ? " (init)" : "")
        case .fault(let subject): subject.faultWords
        case .advertisementTimeout: "Receive advertisement timeout"
        case .backupReceivedPriorityZero: "Backup received priority 0 advertisement"
        case .masterReceivedPriorityZero: "Master received priority 0 message"
        case .sentPriorityZero: "sent 0 priority"
        case .settingAddresses: "setting VIPs."
        case .removingAddresses: "removing VIPs."
        case .changingPriority(let old, let new):
            "Changing effective priority from \(old) to \(new)"
        case .forcingElection(let source, let priority, let ours):
            "Received advert from \(source) with lower priority \(priority), ours \(ours)"
                + ", forcing new election"
        case .yieldingToHigher(let source, let priority, let ours):
            "Master received advert from \(source) with higher priority \(priority), ours \(ours)"
        case .yieldingToEqual(let source, let priority):
            "Master received advert from \(source) with same priority \(priority)"
                + " but higher IP address than ours"
        case .discardingLower(let source, let priority):
            "received lower priority (\(priority)) advert from \(source) - discarding"
        case .addressCountDiffers(let ours, let received):
            "expected \(ours) VIPs but received \(received)" + Message.otherListWords
        case .addressMissing(let number, let source, let address):
            "ip address associated with VRID \(number) not present in advert from \(source):"
                + " \(address)" + Message.otherListWords
        case .learnedInterval(let source, let received, let ours):
            "advertisement interval changed: mine=\(ours.seconds) sec,"
                + " rcv'd=\(received.seconds) sec from \(source); waiting at its pace"
        case .preemptDelayStarted(let delay): "start preempt delay (\(delay.seconds))"
        case .stalled(let time): "A thread timer expired \(time.precise) seconds ago"
        case .waitingForTrackers: "waiting for the first result of everything that is tracked"
        case .peerTookOver(let source): "\(source) took over, giving the addresses up"
        case .noPeerTookOver: "nobody took over in time, giving the addresses up"
        case .nobodyToHandOverTo: "nobody took over in time, staying MASTER"
        case .takingOver: "taking the addresses over, as asked or with the sync group"
        case .resuming: "resuming as MASTER after a restart"
        case .rejected(let rejection, let source, let ours): rejection.words(source, ours)
        case .checksumForm(let form, let source):
            form == .messageOnly
                ? "\(source) sends VRRPv3 checksums without the IPv4 pseudo header"
                    + " (RFC 9568); accepted, v3_checksum_as_v2 sends them like that"
                : "\(source) sends VRRPv3 checksums with the IPv4 pseudo header"
        }
    }
}

extension TrackerSubject {
    fileprivate var faultWords: String {
        switch self {
        case .ownInterface(let name), .interface(let name):
            "entering FAULT state (interface \(name) down)"
        case .ownAddress(let family):
            "entering FAULT state (no IPv\(family) address for interface)"
        case .script(let name): "entering FAULT state due to script \(name)"
        case .file(let name): "entering FAULT state due to file \(name)"
        case .process(let name): "entering FAULT state due to process \(name)"
        case .syncGroup(let name): "entering FAULT state due to sync group \(name)"
        case .maintenance: "entering FAULT state for maintenance"
        case .proxyEngine:
            "entering FAULT state due to the proxy engine (a stalled worker or a lost listener)"
        case .proxyBackend(let name):
            "entering FAULT state due to backend \(name) (no usable server)"
        case .proxyFrontend(let name): "entering FAULT state due to frontend \(name)"
        }
    }
}

extension Rejection {
    fileprivate func words(_ source: IPAddress, _ ours: Message.Expectation) -> String {
        switch self {
        case .length(let received, let expected):
            "invalid packet length from \(source). Received \(received) and expect \(expected)"
        case .timeToLive(let received, let allowed):
            "invalid TTL/HL from \(source). Received \(received) and expect \(allowed.lowerBound)"
                + (allowed.count == 1 ? "" : " to \(allowed.upperBound)")
        case .version(let received):
            "wrong VRRP version from \(source). Received \(received) and expect"
                + " \(ours.version.rawValue)"
        case .unknownAuthentication(let received):
            "Invalid auth type: \(received) from \(source)"
        case .authenticationMismatch(let received):
            "received a \(received) auth, which is not our type, from \(source)!"
        case .wrongPassword: "received an invalid passwd from \(source)!"
        case .interval(let received):
            "advertisement interval mismatch with \(source) mine=\(ours.interval.seconds) sec"
                + " rcv'd=\(received) sec"
        case .zeroInterval: "advertisement interval 0 from \(source) is invalid, ignored"
        case .learnedIntervalTooLong(let received, let limit):
            "advertisement interval \(received.seconds) sec from \(source) is above the limit of"
                + " \(limit.seconds) sec (max_learned_interval), ignored: learning it would keep"
                + " the address away for a long time after that router has gone"
        case .type(let received): "Invalid packet type \(received) from \(source)"
        case .checksum:
            ours.version == .v3
                ? "Invalid VRRPv3 checksum from \(source)"
                : "Invalid VRRPv2 checksum from \(source)"
        case .destination(let destination):
            "advert from \(source) to \(destination) does not come the way this router listens,"
                + " ignored"
        case .impossibleSource: "advert from impossible source \(source), ignored"
        case .offLinkSource:
            "advert from \(source), which is not on the link of the interface, ignored"
        case .ownSource:
            "advert from \(source), our own address, ignored (a loop, or two hosts with one address)"
        case .unknownPeer: "unicast source address \(source) not a unicast peer"
        case .unsigned: "advert from \(source) is not signed, ignored (auth_hmac mode enforce)"
        case .malformedSignature:
            "advert from \(source) has a signature of an unknown kind, ignored"
        case .unknownKey(let number):
            "advert from \(source) is signed with key \(number), which auth_hmac does not name, ignored"
        case .wrongSignature:
            "advert from \(source) has a wrong signature, ignored (another key, or forged)"
        case .staleSignature(let seconds, let window):
            "advert from \(source) was signed \(abs(seconds)) s \(seconds < 0 ? "in the future" : "ago"),"
                + " more than time_window \(window), ignored (clocks differ, or it was recorded)"
        case .replayed: "advert from \(source) was heard before, ignored (recorded and sent again)"
        case .unknownVirtualRouter(let number):
            "advert for unknown VRID \(number) from \(source)"
        }
    }
}

extension Duration {
    /// Seconds without needless zeroes: 1, 0.2, 2.75.
    fileprivate var seconds: String {
        let whole = milliseconds / 1000
        let rest = milliseconds % 1000
        guard rest != 0 else { return "\(whole)" }
        var digits = String(String(1000 + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// Seconds with six digits, as keepalived prints late timers.
    fileprivate var precise: String {
        let microseconds = nanoseconds / 1000
        return "\(microseconds / 1_000_000)."
            + String(String(1_000_000 + microseconds % 1_000_000).dropFirst())
    }
}
