internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Logging
internal import Proxy

// TLS files that change without a reload: the configuration in force with other files in it becomes a new snapshot, and
// every worker swaps to that between two events. What goes on, and sessions that clients may resume, stay.
extension Service {
    /// Returns why the change cannot be; nil: it is in force.
    func apply(_ change: CertificateChange) -> String? {
        guard let modules, case .running = phase else { return "The service is stopping." }
        var changed = configuration
        if let problem = change.apply(&changed) { return problem }
        if let problem = modules.swap(to: changed, now: loop.now) {
            return "The \(change.subject) cannot be used: \(problem)"
        }
        configuration = changed
        change.succeeded()
        logs.system.notice("Changed \(change.subject).")
        return nil
    }
}
