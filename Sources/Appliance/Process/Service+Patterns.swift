internal import Configuration
internal import Core
internal import EventLoop
internal import Logging
internal import Proxy

/// Files of maps and ACLs that rules change.
extension Service {
    /// Least time between two reports.
    private static let patternsInterval = Duration.seconds(10)

    /// Tells of changes that rules asked for and that were refused.
    func lookAtPatternFiles() {
        if let told = patternsTold, loop.now - told < Service.patternsInterval { return }
        for line in modules?.desk.snapshot.configuration.refusedPatternChanges() ?? [] {
            patternsTold = loop.now
            logs.system.warning(line)
        }
    }
}
