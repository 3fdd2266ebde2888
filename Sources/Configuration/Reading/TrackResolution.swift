import ConfigurationLanguage
import Core
import Diagnostics

/// Finds the servers that `track` names, and what does not fit about them and about agents.
enum TrackResolution {
    /// Chains of servers that follow each other, at most.
    private static let chainLimit = 1000

    static func resolve(_ drafts: inout [ProxyDraft], _ context: ReadingContext) {
        for index in drafts.indices {
            for (server, word) in drafts[index].tracks
            where drafts[index].settings.servers.indices.contains(server) {
                guard let target = target(word, of: index, drafts, context) else { continue }
                drafts[index].settings.servers[server].tracks = target
            }
        }
        for index in drafts.indices where !drafts[index].settings.isDisabled {
            for server in drafts[index].settings.servers.indices {
                check(ServerReference(proxy: index, server: server), drafts, context)
            }
        }
    }

    /// `server` of the same backend, or `backend/server`.
    private static func target(
        _ word: Word, of index: Int, _ drafts: [ProxyDraft], _ context: ReadingContext
    ) -> ServerReference? {
        var proxy = index
        var name = word.text[...]
        if let slash = name.firstIndex(of: "/") {
            let backend = name[..<slash]
            name = name[name.index(after: slash)...]
            let found = drafts.firstIndex { $0.settings.isBackend && $0.settings.name == backend }
            guard let found else {
                context.diagnostics.alert(
                    word.range, "unable to find required proxy '\(backend)' for tracking.")
                return nil
            }
            proxy = found
        }
        guard let server = drafts[proxy].settings.servers.firstIndex(where: { $0.name == name })
        else {
            context.diagnostics.alert(
                word.range, "unable to find required server '\(name)' for tracking.")
            return nil
        }
        return ServerReference(proxy: proxy, server: server)
    }

    private static func check(
        _ place: ServerReference, _ drafts: [ProxyDraft], _ context: ReadingContext
    ) {
        let settings = server(place, drafts)
        if let agent = settings.agent, agent.port == 0 {
            context.diagnostics.alert(
                settings.range,
                "server \(settings.name) does not have agent port. Agent check has been disabled.",
                fix: "add 'agent-port'")
        }
        guard let first = settings.tracks else { return }
        if settings.check != nil {
            context.diagnostics.alert(
                settings.range, "unable to enable checks and tracking at the same time!",
                fix: "remove 'check' or 'track'")
        }
        var last = first
        var steps = 0
        while let next = server(last, drafts).tracks {
            steps += 1
            guard next != place, last != place, steps < chainLimit else { break }
            last = next
        }
        let followed = "\(drafts[first.proxy].settings.name)/\(server(first, drafts).name)"
        let end = server(last, drafts)
        if last == place || end.tracks != nil {
            context.diagnostics.alert(
                settings.range,
                "unable to track \(followed) as it belongs to a tracking chain looping back to \(drafts[place.proxy].settings.name)/\(settings.name)."
            )
        } else if end.check == nil && end.agent == nil {
            context.diagnostics.alert(
                settings.range,
                "unable to use \(followed) for tracking as it does not have any check nor agent enabled.",
                fix: "add 'check' to that server")
        }
    }

    private static func server(_ place: ServerReference, _ drafts: [ProxyDraft]) -> ServerSettings {
        drafts[place.proxy].settings.servers[place.server]
    }
}
