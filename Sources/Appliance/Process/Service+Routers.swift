internal import Failover
internal import Logging

extension Service {
    /// What the guard must know of a virtual router. Where that is more than it takes, the routes are left out: packets and
    /// addresses come first.
    func tellGuard(_ record: VirtualRouterRecord) {
        let message = ProcessMessage.virtualRouter(record)
        let size = message.encoded().count
        guard size > GuardChannel.assembledLimit else { return host.tell(message) }
        logs.system.warning(
            "(\(record.name)) has too much for the guard (\(size) bytes, the limit is"
                + " \(GuardChannel.assembledLimit)): if the process dies for good, its virtual routes"
                + " and rules stay on this node; give it fewer of them")
        var less = record
        less.removals = []
        host.tell(.virtualRouter(less))
    }
}
