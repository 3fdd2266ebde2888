package import Configuration

/// A change of the TLS files that the configuration in force uses. It is carried out on the configuration that is in force
/// then: a reload may come between the command and the change.
package struct CertificateChange: Sendable {
    /// What the log calls it, for instance `certificate '/etc/site.pem'`.
    package let subject: String
    /// Returns why it cannot be; nil: it was done.
    package let apply: @Sendable (inout ServiceConfiguration) -> String?

    /// Called once it is in force.
    package let succeeded: @Sendable () -> Void

    package init(
        _ subject: String, succeeded: @escaping @Sendable () -> Void = {},
        _ apply: @escaping @Sendable (inout ServiceConfiguration) -> String?
    ) {
        self.subject = subject
        self.succeeded = succeeded
        self.apply = apply
    }
}
