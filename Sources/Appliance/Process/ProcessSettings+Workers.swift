internal import Configuration
internal import Linux

extension ProcessSettings {
    /// Most workers, as `nbthread` has it.
    private static let workerLimit = 64

    /// `nbthread`, or one worker a usable core.
    internal var workerCount: Int {
        min(threads ?? Host.usableProcessors, ProcessSettings.workerLimit)
    }
}
