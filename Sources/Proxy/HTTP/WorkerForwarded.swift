internal import Configuration

/// `option forwarded` as one worker sees it: nothing of it is shared, so that counting references never touches a cache
/// line that another worker writes.
final class WorkerForwarded {
    let settings: ForwardedSettings

    init(_ settings: ForwardedSettings) {
        self.settings = settings.copy()
    }
}
