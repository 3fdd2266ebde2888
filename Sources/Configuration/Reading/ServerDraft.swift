import ConfigurationLanguage
import Core
import Diagnostics

/// A `server` or `default-server` line while its options are read.
struct ServerDraft {
    /// Where an address comes from, in the order that `init-addr` gives.
    enum InitialAddress: Equatable { case last, libc, none, address(IPAddress) }

    var settings: ServerSettings
    /// Kept apart from `settings.check`, because `default-server inter 5s` checks nothing by itself.
    var check = ServerCheckSettings()
    var isChecked = false
    var agent = AgentCheckSettings(port: 0)
    var isAgentChecked = false
    /// nil: not said.
    var initialAddress: [InitialAddress]?
    /// The argument of `resolvers`.
    var resolversName: Word?
    var resolution = ServerResolution(section: "")
    /// What is still to be looked up.
    var pendingName: PendingName?
    /// The argument of `track`.
    var tracks: Word?
    /// `id`
    var forcedID: Word?
    var tls = TLSServerKeywords.Draft()
    /// What `default-server` starts from.
    init(range: SourceRange) {
        settings = ServerSettings(name: "", id: 0, range: range)
    }

    /// The server's settings once all of the line is read.
    var finished: ServerSettings {
        var result = settings
        result.check = isChecked ? check : nil
        result.rise = check.rise
        result.agent = isAgentChecked ? agent : nil
        if let resolversName, result.hostName != nil {
            result.resolution = resolution
            result.resolution?.section = resolversName.text
        }
        return result
    }
}

/// The name of a server that has to be looked up once the whole configuration is read.
struct PendingName {
    let word: Word
    let host: String
    let family: AddressSyntax.Family
    let port: UInt16
    var methods: [ServerDraft.InitialAddress] = []
}
