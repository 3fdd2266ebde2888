import ConfigurationLanguage
import Core
import Diagnostics

/// The address of a `server` line.
enum ServerAddresses {
    /// Takes over the address, or notes the name that has to be looked up.
    static func apply(_ word: Word, to draft: inout ServerDraft, _ statement: Statement) {
        let syntax: AddressSyntax
        switch statement.context.address(word) {
        case .success(let parsed): syntax = parsed
        case .failure(let failure): return statement.alert(failure.message, at: word)
        }
        if syntax.isDatagram {
            return statement.alert(
                "datagram addresses like '\(word.text)' are not supported here", at: word,
                fix: "there is no load balancing of UDP")
        }
        switch syntax.place {
        case .unix(let path): draft.settings.address = .unix(path)
        case .abstract(let name): draft.settings.address = .abstract(name)
        case .descriptor:
            statement.alert(
                "'fd@' addresses are not permitted for servers in '\(word.text)'", at: word)
        case .internet(let host, let family, let ports):
            guard let port = port(ports, word, &draft, statement) else { return }
            draft.settings.port = port
            switch host {
            case .any: draft.settings.address = .ip(.v4(.any), port: port)
            case .address(let address): draft.settings.address = .ip(address, port: port)
            case .name(let name):
                draft.settings.hostName = name
                draft.pendingName = PendingName(
                    word: word, host: name, family: family, port: port)
            }
        }
    }

    /// 0 where none is written, or one that counts from the client's.
    private static func port(
        _ ports: AddressSyntax.Ports, _ word: Word, _ draft: inout ServerDraft,
        _ statement: Statement
    ) -> UInt16? {
        switch ports {
        case .none: return 0
        case .range(let range) where range.count == 1: return range.lowerBound
        case .range:
            statement.alert("port range not permitted here in '\(word.text)'", at: word)
        case .offset(let offset):
            draft.settings.portOffset = offset
            return 0
        }
        return nil
    }
}
