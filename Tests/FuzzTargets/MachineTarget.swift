import Core
import VRRP

/// A virtual router: the first bytes are its settings, the rest is what happens to it, in any order.
enum MachineTarget {
    /// Effects of one event; more would mean that it talks to itself.
    private static let effectLimit = 64

    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let settings = settings(&input)
        var rig = Rig(settings)
        while !input.isEmpty { rig.step(&input) }
    }

    private static func settings(_ input: inout FuzzInput) -> VirtualRouter.Settings {
        let flags = input.byte()
        var settings = VirtualRouter.Settings(
            name: "R", version: flags & 1 == 0 ? .v3 : .v2, virtualRouterID: 51,
            priority: max(1, input.byte()), advertisementInterval: .seconds(1),
            addresses: [.v4(IPv4Address(rawValue: 0x0a00_0032))])
        if settings.version == .v3 {
            settings.advertisementInterval = .milliseconds(10 * (1 + Int(input.byte())))
        }
        settings.preempts = flags & 2 == 0
        settings.preemptDelay = .seconds(flags & 4 == 0 ? 0 : 2)
        settings.takesOverAtOnce = flags & 8 != 0
        settings.answersLowerPriority = flags & 16 == 0
        settings.advertisesBeforeYielding = flags & 32 == 0
        settings.announcements.refresh = .seconds(flags & 64 == 0 ? 0 : 1)
        return settings
    }

    /// The router with its surroundings.
    private struct Rig {
        private var router: VirtualRouter
        private var now = Instant(nanoseconds: 1_000_000_000)
        private var holds = false
        private var isStarted = false
        private var assessment: Assessment
        private let settings: VirtualRouter.Settings

        init(_ settings: VirtualRouter.Settings) {
            self.settings = settings
            assessment = Assessment(priority: settings.priority)
            router = VirtualRouter(settings: settings, assessment: assessment, now: now)
        }

        mutating func step(_ input: inout FuzzInput) {
            switch input.byte() % 14 {
            case 0:
                let past = input.byte() % 3
                guard !isStarted else { return }
                isStarted = true
                // What resumes has its addresses from the process before it.
                if past == 2 { holds = true }
                feed(.startup([.none, .wasMaster, .isStillMaster][Int(past)]))
            case 1:
                feed(.shutdown(graceful: input.byte() & 1 == 0))
                if router.state == .initialize { isStarted = false }
            case 2, 3: hear(&input)
            case 4: wait(.milliseconds(Int(input.byte()) * 4))
            case 5: wait(.milliseconds(Int(input.byte())))
            case 6: if let due = router.nextDeadline { wait(max(.zero, due - now)) }
            case 7:
                let fault = input.byte() & 3
                assessment.faults = fault == 0 ? [.proxyEngine] : []
                assessment.isAwaiting = fault == 1
                if settings.priority != 255 { assessment.priority = min(254, max(1, input.byte())) }
                feed(.assessed(assessment))
            case 8: feed(.handOver)
            case 9: feed(.takeOver)
            case 10: feed(.giveWay)
            case 11: feed(.addressesDisturbed)
            case 12: router.mayLead = input.byte() & 1 == 0
            default:
                feed(
                    .primaryAddress(.v4(IPv4Address(rawValue: 0x0a00_0000 | UInt32(input.byte())))))
            }
        }

        private mutating func hear(_ input: inout FuzzInput) {
            let heard = Advertisement(
                version: settings.version, virtualRouterID: settings.virtualRouterID,
                priority: input.byte(),
                interval: settings.version == .v2
                    ? settings.advertisementInterval
                    : .milliseconds(10 * (1 + Int(input.byte()))),
                addresses: settings.addresses)
            feed(
                .advertisement(
                    heard, from: .v4(IPv4Address(rawValue: 0x0a00_0000 | UInt32(input.byte())))))
        }

        private mutating func wait(_ duration: Duration) {
            now = now + duration
            act { router, now, emit in router.expire(now: now, emit: emit) }
            if let due = router.nextDeadline { demand(due > now, "a timer that never ends") }
        }

        private mutating func feed(_ event: VirtualRouter.Event) {
            act { router, now, emit in router.handle(event, now: now, emit: emit) }
        }

        private mutating func act(
            _ body: (inout VirtualRouter, Instant, (VirtualRouter.Effect) -> Void) -> Void
        ) {
            var effects: [VirtualRouter.Effect] = []
            body(&router, now) { effects.append($0) }
            demand(effects.count <= MachineTarget.effectLimit)
            for effect in effects {
                switch effect {
                case .holdAddresses: holds = true
                case .dropAddresses: holds = false
                default: continue
                }
            }
            switch router.state {
            case .master:
                demand(holds, "a master without addresses")
                demand(router.nextDeadline != nil, "a silent master")
            case .releasing: demand(holds && router.nextDeadline != nil)
            case .backup:
                demand(!holds, "a backup with addresses")
                demand(router.nextDeadline != nil, "a backup that waits for ever")
            case .fault: demand(!holds, "addresses on a node that cannot serve")
            case .initialize: demand(isStarted || !holds, "addresses after the end")
            }
        }
    }
}

/// Bytes as choices; zeros behind the last one.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
}
