internal import Checking
internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import TLS

/// The checks of one server, one after the other; belongs to the health thread.
final class ServerCheck {
    /// Where it is in the thread's table.
    let handle: Handle
    let timer: TimerWheel.ID
    let state: ServerState
    /// Whether it asks an agent.
    let isAgent: Bool
    /// These three change with a reload.
    var snapshot: Snapshot
    var reference: ServerReference
    var settings: ServerCheckSettings

    /// nil between two checks.
    var conversation: CheckConversation?
    /// The number of the socket of the running check; -1: none.
    var socket: Int32 = -1
    var isConnecting = false
    /// What the connection of the running check is like.
    var connection = CheckConnection.standard
    /// Empty for plain checks.
    var tls = TLSSession()
    var isSecuring = false
    /// The number of the program that runs for it; 0: none.
    var program = 0
    /// Its verdict is still to come.
    var awaitsProgram = false
    /// Bytes of `conversation.output` that have left.
    var sentBytes = 0
    var input = Buffer()
    var startedAt = Instant(nanoseconds: 0)

    init(
        _ handle: Handle, timer: TimerWheel.ID, state: ServerState, isAgent: Bool,
        snapshot: Snapshot,
        reference: ServerReference, settings: ServerCheckSettings
    ) {
        self.handle = handle
        self.timer = timer
        self.state = state
        self.isAgent = isAgent
        self.snapshot = snapshot
        self.reference = reference
        self.settings = settings
    }

    /// Version of the PROXY header that a check begins with; 0: none. A check that goes elsewhere than the traffic
    /// sends one only where `check-send-proxy` says so (HAProxy manual, section 5.2).
    var proxyHeaderVersion: Int {
        if connection.sendsProxyHeader { return max(server.sendProxyVersion, 1) }
        guard connection.isStandard else { return 0 }
        let isElsewhere = settings.port != nil || settings.address != nil
        if settings.sendProxy { return max(server.sendProxyVersion, 1) }
        return isElsewhere ? 0 : server.sendProxyVersion
    }

    /// Whether TLS comes first on the connection.
    var connectsWithTLS: Bool {
        connection.usesTLS || connection.isStandard && settings.tls != nil
    }

    var proxy: ProxySettings { snapshot.proxies[reference.proxy].settings }
    var server: ServerSettings { proxy.servers[reference.server] }

    /// What is said and expected.
    var script: CheckScript {
        guard isAgent else { return proxy.check.script }
        let send = state.withMutable { $0.overrides.agentSend } ?? server.agent?.send ?? []
        return .agent(send: send)
    }

    var isEnabled: Bool {
        state.withMutable { isAgent ? $0.agent.isEnabled : $0.check.isEnabled }
    }

    func setRunning(_ isRunning: Bool) {
        state.withMutable {
            if isAgent { $0.agent.isRunning = isRunning } else { $0.check.isRunning = isRunning }
        }
    }

    /// Closes the socket of the running check. A reset, so that no local port stays in TIME_WAIT, but for `linger`.
    func closeSocket() {
        guard socket >= 0 else { return }
        tls.close(notifies: true)
        isSecuring = false
        let open = Socket(owning: socket)
        socket = -1
        if !connection.lingers { open.setResetOnClose() }
    }
}
