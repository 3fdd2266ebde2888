package import Core

/// What a lookup that has ended says.
package struct Finding: Sendable {
    package let status: Lookup.Status
    /// The last valid answer counts still, although this lookup gave none.
    package let holds: Bool
    package let addresses: [IPAddress]
    package let services: [DNSReply.Service]
    /// Addresses of services' targets that came with the answer.
    package let targets: [DNSName: [IPAddress]]
    /// Who said so, `section/server`.
    package let source: String
}

/// A lookup's name in its `resolvers` section.
package struct LookupKey: Hashable, Sendable {
    package let section: String
    package let subject: Lookup.Subject

    package init(section: String, _ subject: Lookup.Subject) {
        self.section = section
        self.subject = subject
    }
}
