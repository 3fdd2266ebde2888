internal import Configuration
internal import Core
internal import Expressions

/// What one proxy writes into the log.
struct ProxyLog {
    /// Which list of the worker's `LogWriter` its lines go to.
    let list: Int
    let isEnabled: Bool
    /// The request line has to be kept: for the line at the end, or for rules.
    let needsCapture: Bool
    /// Both ends of the server's connection have to be kept for the line at the end.
    let readsServerEnds: Bool
    /// `tune.http.logurilen`
    let lineLimit: Int
    /// `Connect from …` when a connection comes, and nothing at its end.
    let logsConnections: Bool
    let format: LogFormat
    /// `log-format-sd`
    let structuredData: LogFormat?
    /// `error-log-format`
    let errorFormat: LogFormat?

    init(_ snapshot: Snapshot, _ settings: ProxySettings, index: Int) {
        list = index
        lineLimit = snapshot.configuration.process.loggedLineBytes
        isEnabled = !settings.logTargets.isEmpty && settings.isFrontend
        structuredData = settings.logLines.structuredData?.copy()
        errorFormat = settings.logLines.errorFormat?.copy()
        let isRead = snapshot.configuration.keepsRequestLine && settings.mode == .http
        switch settings.logFormat {
        case .connect:
            format = LogFormat()
            logsConnections = isEnabled
            needsCapture = isRead
        case .compiled(let format):
            self.format = format.copy()
            logsConnections = false
            needsCapture = isRead || isEnabled && settings.mode == .http
        }
        readsServerEnds =
            isEnabled
            && [format, structuredData, errorFormat].contains { $0?.readsServerEnds == true }
    }
}
