internal import ConfigurationLanguage
internal import TLS

extension Capabilities {
    /// What this program can do, with the libraries that it runs on.
    static let program: Capabilities = {
        var capabilities = Capabilities.current
        if let version = Version(TLSLibrary.version) {
            capabilities.tlsLibrary = (TLSLibrary.name, version)
        }
        return capabilities
    }()
}
