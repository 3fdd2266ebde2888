internal import Configuration
internal import Core

/// `observe`: finished streams say how their server is.
extension Worker {
    @inline(never)
    func observe(_ stream: Stream, _ target: WorkerServer) {
        guard let error = observedError(stream, target.settings.observe) else {
            if stream.times.connected >= 0 { target.state.noteSuccess() }
            return
        }
        guard !error.isEmpty,
            let count = target.state.noteError(limit: target.settings.errorLimit)
        else { return }
        let backend = stream.backend
        shared.tellObserver(
            count, last: error, ServerReference(proxy: backend.index, server: target.index),
            backend.snapshot)
    }

    /// HAProxy's words for what went wrong; nil: nothing, empty: nothing that can be said of the server.
    private func observedError(_ stream: Stream, _ mode: ServerSettings.Observe?) -> String? {
        let cause = stream.termination.cause
        let isServers = cause == .serverAborted || cause == .serverTimeout
        if stream.times.connected < 0 { return isServers ? "L4 unsuccessful connection" : "" }
        guard mode == .layer7 else { return nil }
        switch cause {
        case .serverTimeout where stream.termination.moment == .headers:
            return "Read timeout (http)"
        case .serverAborted where stream.termination.moment == .headers:
            return "Close from server (http)"
        case .proxyRefused where stream.termination.moment == .headers:
            return "Invalid http response (headers)"
        default: break
        }
        if stream.has(Stream.Flag.isTCP) || stream.status == 0 { return "" }
        return stream.status >= 500 ? "Wrong http response" : nil
    }
}
