internal import Checking
internal import Configuration
internal import Core
internal import Linux
internal import TLS

/// Checks that speak TLS: `check-ssl`.
extension HealthLoop {
    /// The connection stands: TLS comes next.
    func beginSecuring(_ check: ServerCheck) {
        let entry = check.snapshot.proxies[check.reference.proxy]
        let connection = check.connection
        let contexts = connection.usesTLS ? entry.scriptContexts : entry.checkContexts
        let context = contexts[check.reference.server]
        var name = connection.name
        if connection.isStandard, name == nil,
            case .constant(let constant) = check.settings.tls?.name
        {
            name = constant
        }
        let session = context?.session(
            check.socket, name: name, resuming: nil, protocols: connection.applicationProtocols)
        guard let session else {
            finish(check, CheckVerdict(.socketError))
            return
        }
        check.tls = session
        check.isSecuring = true
        secure(check)
    }

    func secure(_ check: ServerCheck) {
        guard var conversation = check.conversation else { return }
        switch check.tls.shakeHands() {
        case .waits: return
        case .done:
            check.isSecuring = false
            let next = conversation.connected()
            check.conversation = conversation
            proceed(check, next)
        case .failed(let failure):
            // As HAProxy: whoever begins a handshake calls it failed wherever the connection ends.
            let text = failure == .closedEarly ? TLSFailure.refused.text : failure.text
            finish(check, conversation.securingFailed("\(text)"))
        }
    }
}

extension ServerCheck {
    /// Moves on what TLS holds back.
    func noteEvent() {
        tls.noteReadable()
        if tls.hasPending { _ = tls.flush() }
    }

    func send(_ bytes: RawSpan) -> Transfer {
        tls.isOn ? tls.send(bytes) : Sockets.send(socket, bytes)
    }

    func receive() -> Transfer {
        tls.isOn
            ? tls.receive(into: &input, expectsEnd: true) : Sockets.receive(socket, into: &input)
    }
}
