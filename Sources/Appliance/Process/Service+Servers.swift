internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Proxy

// Servers that commands add and remove: a reload that reads no file. The next real one forgets them, as HAProxy does.
extension Service {
    func apply(_ change: ServerListChange, _ ticket: CommandTicket) {
        let answer: String
        do throws(ServerListChange.Failure) {
            answer = try carryOut(change)
        } catch {
            answer = error.message
        }
        modules?.runtime.answer(ticket, answer + "\n", in: loop)
    }

    private func carryOut(
        _ change: ServerListChange
    ) throws(ServerListChange.Failure) -> String {
        guard let modules, case .running = phase else {
            throw ServerListChange.Failure(message: "The service is stopping.")
        }
        let certificates = modules.desk.certificates
        let changed = try change.applied(
            to: configuration, files: configuration.tlsFiles + certificates.files,
            environment: { Host.environment($0) })
        if let obstacle = change.obstacle(in: modules.desk.snapshot) {
            throw ServerListChange.Failure(message: obstacle)
        }
        do throws(StartFailure) {
            try modules.apply(changed, sockets: sockets, in: loop, released: {})
        } catch {
            throw ServerListChange.Failure(message: error.message)
        }
        certificates.follow(configuration, to: changed)
        configuration = changed
        let (place, outcome) =
            switch change {
            case .add(let backend, let server, _):
                ("\(backend)/\(server)", "New server registered.")
            case .remove(let backend, let server): ("\(backend)/\(server)", "Server deleted.")
            }
        logs.system.notice("\(place): \(outcome)")
        return outcome
    }
}

extension ServerListChange {
    /// Why a server cannot go yet; nil: nothing is in the way.
    fileprivate func obstacle(in snapshot: Snapshot) -> String? {
        guard case .remove(let backend, let server) = self,
            let place = snapshot.server(backend: backend, server: server)
        else { return nil }
        let state = snapshot.proxies[place.proxy].servers[place.server]
        if state.administration.isDisjoint(with: .maintenance) {
            return "Only servers in maintenance mode can be deleted."
        }
        if state.active > 0 || state.queued > 0 || state.idleConnections > 0 {
            return "Server still has connections attached to it, cannot remove it."
        }
        return nil
    }
}
