internal import Configuration
internal import Logging
internal import VRRP

/// `vrrp_sync_group`: its members are master together or not at all.
extension Engine {
    /// A member changed its state: the others follow.
    func syncGroups(after state: VirtualRouter.State, of instance: Instance) {
        for group in settings.syncGroups where group.members.contains(instance.name) {
            for other in members(of: group) where other !== instance {
                switch (state, other.router.state) {
                case (.master, .backup): feed(other, .takeOver)
                case (.backup, .master): feed(other, .giveWay)
                default: continue
                }
            }
            tell(group)
        }
    }

    /// What keeps another member from being master keeps this one, too.
    func addGroupFaults(to assessment: inout Assessment, of instance: Instance) {
        for group in settings.syncGroups where group.members.contains(instance.name) {
            for other in members(of: group) where other !== instance {
                let its = other.board.assessment
                if its.isAwaiting { assessment.isAwaiting = true }
                if !its.faults.isEmpty, !assessment.faults.contains(.syncGroup(group.name)) {
                    assessment.faults.append(.syncGroup(group.name))
                }
            }
        }
    }

    /// Whether all other members of its groups are master, or would be.
    func mayLead(_ instance: Instance) -> Bool {
        settings.syncGroups.allSatisfy { group in
            !group.members.contains(instance.name)
                || members(of: group).allSatisfy {
                    $0 === instance || $0.router.state == .master || $0.router.wantsToLead
                }
        }
    }

    private func members(of group: SyncGroupSettings) -> [Instance] {
        instances.filter { group.members.contains($0.name) }
    }

    /// Tells of a state that all members have; one in FAULT is enough for that.
    private func tell(_ group: SyncGroupSettings) {
        let states = members(of: group).map(\.router.state)
        let state: VirtualRouter.State
        if states.contains(.fault) {
            state = .fault
        } else if let first = states.first, states.allSatisfy({ $0 == first }) {
            state = first
        } else {
            return
        }
        guard groupStates[group.name] != state, let word = state.groupWord else { return }
        groupStates[group.name] = state
        log(.info, "VRRP_Group(\(group.name)) Syncing instances to \(word) state")
        tell(.state(state), group.notify, of: "GROUP", group.name, priority: 0)
    }
}

extension VirtualRouter.State {
    fileprivate var groupWord: String? {
        switch self {
        case .master: "MASTER"
        case .backup: "BACKUP"
        case .fault: "FAULT"
        case .initialize: "STOP"
        case .releasing: nil
        }
    }
}
