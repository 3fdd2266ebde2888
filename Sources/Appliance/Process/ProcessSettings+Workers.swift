internal import Configuration
internal import Linux

extension ProcessSettings {
    /// Most workers, as `nbthread` has it.
    private static let workerLimit = 64

    /// `nbthread`, or one worker a usable core, at most `thread-hard-limit`.
    internal var workerCount: Int {
        min(threads ?? Host.usableProcessors, threadLimit ?? .max, ProcessSettings.workerLimit)
    }
}
