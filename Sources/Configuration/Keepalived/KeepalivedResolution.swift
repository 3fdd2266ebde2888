package import ConfigurationLanguage

/// What the keepalived sections of a configuration mean.
package struct KeepalivedResolution: Sendable {
    /// nil where there was no such section.
    package var settings: VRRPSettings?
    package var findings = KeepalivedFindings()
    /// Accepted keywords that change nothing, for `-c -V`.
    package var keywordsWithoutEffect: [KeywordUse] = []

    package init() {}
}

extension Loader {
    /// What the keepalived half asks while it is read; `hostID` is that of `-i`, nil for the host's own.
    package func keepalivedEnvironment(hostID: String? = nil) -> KeepalivedEnvironment {
        let readFile = readFile
        return KeepalivedEnvironment(
            hostID: hostID ?? String(hostName.prefix { $0 != "." }),
            readFile: { path in
                switch readFile(path) {
                case .success(let bytes): .bytes(bytes)
                case .failure(let failure): .unreadable(failure.reason)
                }
            },
            listDirectory: listDirectory,
            variable: environment)
    }
}
