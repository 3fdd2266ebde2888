import ConfigurationLanguage
package import Diagnostics

/// Reads the keepalived half of a configuration: first the parts of all files, then what they mean together.
package struct KeepalivedReader: Sendable {
    private let loader: Loader
    private var parser: KeepalivedParser
    private var statements: [KeepalivedStatement] = []

    /// `hostID` is that of `-i`; nil for the host name up to its first dot.
    package init(loader: Loader, hostID: String? = nil) {
        self.loader = loader
        parser = KeepalivedParser(environment: loader.keepalivedEnvironment(hostID: hostID))
    }

    /// Reads some lines of a file, the first one being 1; nil reads all.
    package mutating func read(_ source: SourceFile, lines: Range<Int>? = nil) {
        statements += parser.read(source, lines: lines)
    }

    /// The meaning of everything that was read; `proxies` is the other half, already resolved.
    package func resolve(proxies: [ProxySettings] = []) -> KeepalivedResolution {
        var resolution = KeepalivedResolver.resolve(statements, loader: loader, proxies: proxies)
        var findings = parser.findings
        findings.append(contentsOf: resolution.findings)
        resolution.findings = findings
        resolution.includedFiles = parser.includedFiles
        return resolution
    }
}
