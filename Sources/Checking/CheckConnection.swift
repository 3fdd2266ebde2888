public import Core

/// `connect`: what a new connection of a check is like (HAProxy manual, `tcp-check connect`).
public struct CheckConnection: Sendable, Equatable {
    /// nil: the port that the server's line says.
    public var port: UInt16?
    /// nil: the address that the server's line says.
    public var address: IPAddress?
    /// `default`: TLS and the PROXY header are those of the server's checks. So is the connection that a script
    /// without a `connect` begins with.
    public var isStandard = false
    /// `ssl`
    public var usesTLS = false
    /// `sni`
    public var name: String?
    /// `alpn`, best first.
    public var applicationProtocols: [String] = []
    /// `send-proxy`
    public var sendsProxyHeader = false

    /// `linger`: it is closed as others are, not by a reset.
    public var lingers = false

    public init(port: UInt16? = nil) { self.port = port }

    /// As the server's line says.
    public static let standard: CheckConnection = {
        var connection = CheckConnection()
        connection.isStandard = true
        return connection
    }()
}
