internal import Failover
internal import Logging

extension Service {
    /// What has changed of the virtual routers, for the guard. While an older report waits, this one waits with it.
    func tellGuard(all names: [String]?, _ changed: [VirtualRouterRecord]) {
        let mayTry = routerReport.isTaken
        if let names { omissions = omissions.filter { names.contains($0.key) } }
        routerReport.add(all: names, changed.map(fitting))
        guard mayTry else { return }
        routerReport.deliver { host.tell($0) }
        // While everything is given up, as when the guard has died, nobody waits for it.
        guard !routerReport.isTaken, case .running = phase else { return }
        logs.system.warning(
            "the guard does not take what it must know of the virtual routers: until it does, it"
                + " would answer for a dead process with what it heard before")
    }

    /// Once more what the guard did not take; called when it has just taken something else, because each attempt may
    /// last a second.
    func repeatRouterReport() {
        guard !routerReport.isTaken else { return }
        routerReport.deliver { host.tell($0) }
        guard routerReport.isTaken else { return }
        logs.system.notice("the guard knows again how the virtual routers are")
    }

    /// Where there is more than the guard takes, what matters least is left out, and that is said whenever it becomes more or less.
    private func fitting(_ record: VirtualRouterRecord) -> VirtualRouterRecord {
        let (less, without) = record.fitting(limit: GuardChannel.assembledLimit)
        let before = omissions.updateValue(without, forKey: record.name) ?? []
        guard !without.isEmpty, without != before else { return less }
        let consequences = VirtualRouterRecord.Omission.allCases.filter(without.contains)
            .map(\.consequence)
        logs.system.warning(
            "(\(record.name)) has more for the guard than the \(GuardChannel.assembledLimit) bytes"
                + " that it takes. If the process dies: \(consequences.joined(separator: "; "))."
                + " Give it fewer addresses, peers, routes or rules")
        return less
    }
}
