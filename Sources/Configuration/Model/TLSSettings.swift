package import Diagnostics
package import Expressions

/// A file that TLS needs, read while the configuration is. It may hold a private key: only its path is ever shown.
package struct TLSFile: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    package var description: String { path }
    package var customMirror: Mirror { Mirror(self, children: ["path": path]) }
}

/// A protocol version, by its number on the wire.
package enum TLSVersion: UInt16, Sendable, Comparable, CaseIterable {
    case ssl3 = 0x300
    case tls10 = 0x301
    case tls11 = 0x302
    case tls12 = 0x303
    case tls13 = 0x304

    package static func < (left: TLSVersion, right: TLSVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The word of `ssl-min-ver`.
    package var word: String {
        switch self {
        case .ssl3: "SSLv3"
        case .tls10: "TLSv1.0"
        case .tls11: "TLSv1.1"
        case .tls12: "TLSv1.2"
        case .tls13: "TLSv1.3"
        }
    }

    package init?(word: String) {
        guard let found = TLSVersion.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}

/// What both sides may negotiate.
package struct TLSProtocolSettings: Sendable, Equatable {
    /// `ssl-min-ver`, `force-*`
    package var minimum: TLSVersion = .tls12
    /// `ssl-max-ver`, `force-*`
    package var maximum: TLSVersion = .tls13
    /// `no-sslv3`, `no-tlsv1x`
    package var excluded: Set<TLSVersion> = []
    /// For TLS 1.2 and older.
    package var ciphers: String?
    /// For TLS 1.3.
    package var cipherSuites: String?
    /// `curves`, `ecdhe`
    package var curves: String?
    package var signatureAlgorithms: String?
    package var clientSignatureAlgorithms: String?
    /// `no-tls-tickets` sets false.
    package var usesTickets = true
    /// `ssl-security-level`, 0 to 5; nil: the library's.
    package var securityLevel: Int?
    /// `tune.ssl.hard-maxrecord`: bytes of a record that is sent; 0: as many as TLS allows.
    package var largestRecord = 0
    /// `tune.ssl.keylog on`: the secrets of connections can be fetched.
    package var keepsSecrets = false

    package init() {}
}

/// Errors of verification that are passed over: `crt-ignore-err`, `ca-ignore-err`.
package enum TLSIgnoredErrors: Sendable, Equatable {
    case none
    case all
    /// OpenSSL's numbers.
    case some(Set<Int32>)

    package func contains(_ error: Int32) -> Bool {
        switch self {
        case .none: false
        case .all: true
        case .some(let numbers): numbers.contains(error)
        }
    }
}

/// `verify`
package enum TLSVerification: Sendable, Equatable { case none, optional, required }

/// How the other side's certificate is verified.
package struct TLSVerificationSettings: Sendable, Equatable {
    package var mode = TLSVerification.none
    /// `ca-file`: PEM.
    package var authorities: [TLSFile] = []
    /// `ca-verify-file`: these are not named to clients.
    package var unnamedAuthorities: [TLSFile] = []
    /// `crl-file`
    package var revocations: [TLSFile] = []
    package var ignoredLeafErrors = TLSIgnoredErrors.none
    package var ignoredAuthorityErrors = TLSIgnoredErrors.none
    /// `no-ca-names` sets false.
    package var namesAuthorities = true

    package init() {}
}

/// What a certificate is used with: the options of its bind line, or of its line in a `crt-list`.
package struct TLSContextSettings: Sendable, Equatable {
    package var protocols = TLSProtocolSettings()
    package var verification = TLSVerificationSettings()
    /// `alpn`, best first.
    package var applicationProtocols: [String] = []
    package var prefersClientCiphers = false

    package init() {}
}

/// A certificate with its chain and key.
package struct TLSCertificateSettings: Sendable, Equatable {
    /// The parts, PEM, in any order: usually one file.
    package var files: [TLSFile]
    /// What a `crt-store` calls it, for instance `@web/site`; nil: its path is its name.
    package var name: String?
    /// What names of files beside it begin with; nil: with its path. Set by `ssl-load-extra-del-ext`.
    package var stem: String?
    /// `.issuer`: who signed it, where its chain does not say.
    package var issuer: TLSFile?
    /// `.ocsp`: what the authority says of it, DER.
    package var ocspResponse: TLSFile?
    /// Where it stands in a `crt-list`.
    package var line: TLSListLine?
    /// Filters of a `crt-list` line, `!` for negated ones; empty: the names in the certificate.
    package var filters: [String] = []
    /// Options of a `crt-list` line; nil: those of the bind line.
    package var own: TLSContextSettings?

    package init(files: [TLSFile]) { self.files = files }

    /// Puts a key in the place of any other.
    package mutating func replaceKey(_ key: TLSFile) { files = Array(files.prefix(1)) + [key] }

    /// What messages, commands and other lines call it.
    package var path: String { name ?? files.first?.path ?? "" }

    /// Where a part lies that has no name of its own, for instance `.key`.
    package func besidePath(_ ending: String) -> String {
        (stem ?? files.first?.path ?? "") + ending
    }

    /// What it was read from, in the order of the file names.
    package var allFiles: [TLSFile] { files + [issuer, ocspResponse].compactMap { $0 } }

    /// The certificate alone, without where and how it is used.
    package var material: TLSCertificateSettings {
        var material = TLSCertificateSettings(files: files)
        material.name = name
        material.stem = stem
        material.issuer = issuer
        material.ocspResponse = ocspResponse
        return material
    }
}

/// A line of a `crt-list`, as commands show it.
package struct TLSListLine: Sendable, Equatable {
    /// The list's file.
    package let list: String
    /// From 1 on; lines that were added at run time count on.
    package let number: Int
    /// What stands between the brackets.
    package let options: String

    package init(list: String, number: Int, options: String) {
        self.list = list
        self.number = number
        self.options = options
    }
}

/// `ssl` and its options on a bind line.
package struct TLSBindSettings: Sendable, Equatable {
    package var context = TLSContextSettings()
    /// The first one is for clients that name no host, or one that no certificate has.
    package var certificates: [TLSCertificateSettings] = []
    package var isStrictSNI = false
    /// `crt-list` files; one may be empty.
    package var lists: [String] = []
    /// `tls-ticket-keys`
    package var ticketKeys: TLSFile?
    /// `issuers-chain-path`: chains for certificates that come without one.
    package var issuerChains: [TLSFile] = []
    /// `ssl-dh-param-file`
    package var dhParameters: TLSFile?
    /// `tune.ssl.cachesize`
    package var cachedSessions = 20000
    /// `tune.ssl.lifetime`, seconds.
    package var sessionLifetime = 300
    /// `tune.ssl.capture-buffer-size`: bytes that are kept of each client's hello.
    package var capturedBytes = 0
    /// `ssl-skip-self-issued-ca`: chains are sent without authorities that have signed themselves.
    package var skipsRoots = false

    package init() {}
}

/// Where the name comes from that a server is asked for.
package enum TLSServerName: Sendable, Equatable {
    /// `sni str(name)`
    case constant(String)
    /// `sni ssl_fc_sni`: the one the client sent.
    case clientServerName
    /// `sni req.hdr(host)`: without a port.
    case requestHost
    /// Any other.
    case expression(TLSNameExpression)

    /// Whether connections may differ in it.
    package var isDynamic: Bool {
        if case .constant = self { false } else { true }
    }
}

/// An expression that gives a host name; two of the same text are the same.
package struct TLSNameExpression: Sendable, Equatable {
    package let expression: SampleExpression

    package init(_ expression: SampleExpression) { self.expression = expression }

    package static func == (left: TLSNameExpression, right: TLSNameExpression) -> Bool {
        left.expression.text == right.expression.text
    }
}

/// `ssl` and its options on a server line.
package struct TLSServerSettings: Sendable, Equatable {
    package var protocols = TLSProtocolSettings()
    package var verification = TLSVerificationSettings()
    /// `crt`: what we show to servers that ask.
    package var certificate: TLSCertificateSettings?
    package var name: TLSServerName?
    /// `verifyhost`
    package var verifiedHost: String?
    package var applicationProtocols: [String] = []
    /// `no-ssl-reuse` sets false.
    package var reusesSessions = true

    package init() {}
}

/// TLS of health checks.
package struct TLSCheckSettings: Sendable, Equatable {
    /// `check-sni`
    package var name: String?
    /// `check-alpn`
    package var applicationProtocols: [String] = []

    package init() {}
}

/// TLS settings of the `global` section.
package struct TLSDefaults: Sendable, Equatable {
    package var authorityBase: String?
    package var certificateBase: String?
    package var keyBase: String?
    package var bind = TLSContextSettings()
    /// `ssl-default-bind-options strict-sni`
    package var isStrictSNI = false
    package var server = TLSProtocolSettings()
    /// `ssl-server-verify none` sets false.
    package var verifiesServers = true
    package var dhParameters: TLSFile?
    package var cachedSessions = 20000
    package var sessionLifetime = 300
    package var capturedBytes = 0
    /// `ssl-load-extra-files`: what is looked for beside a certificate.
    package var extraFiles = TLSExtraFiles.all
    /// `issuers-chain-path`
    package var issuerChains: [TLSFile] = []
    /// `crt-watch`: how often the files are looked at; nil: never.
    package var watchInterval: Duration?
    /// `ssl-skip-self-issued-ca`
    package var skipsRoots = false
    /// `ssl-load-extra-del-ext`: `site.key` and others beside `site.crt`, not `site.crt.key`.
    package var replacesExtension = false

    package init() {}
}

/// What `ssl-load-extra-files` names.
package struct TLSExtraFiles: OptionSet, Sendable, Equatable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `.rsa`, `.ecdsa` and `.dsa` under one name
    package static let bundle = TLSExtraFiles(rawValue: 1)
    package static let key = TLSExtraFiles(rawValue: 2)
    package static let ocsp = TLSExtraFiles(rawValue: 4)
    package static let issuer = TLSExtraFiles(rawValue: 8)
    package static let sctl = TLSExtraFiles(rawValue: 16)
    package static let all: TLSExtraFiles = [.bundle, .key, .ocsp, .issuer, .sctl]

    /// nil: no word of `ssl-load-extra-files`.
    package init?(word: String) {
        switch word {
        case "bundle": self = .bundle
        case "key": self = .key
        case "ocsp": self = .ocsp
        case "issuer": self = .issuer
        case "sctl": self = .sctl
        case "all": self = .all
        case "none": self = []
        default: return nil
        }
    }
}

/// Something for the one who can build TLS contexts to look at.
package enum TLSExamination: Sendable {
    case bind(TLSBindSettings)
    case server(TLSServerSettings)
}

/// What is wrong with it.
package struct TLSFinding: Sendable, Equatable {
    package let severity: Diagnostic.Severity
    package let message: String
    package let fix: String?

    package init(_ severity: Diagnostic.Severity, _ message: String, fix: String? = nil) {
        self.severity = severity
        self.message = message
        self.fix = fix
    }
}
