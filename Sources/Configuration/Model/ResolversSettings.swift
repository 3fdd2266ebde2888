package import Core

/// A `resolvers` section (HAProxy manual, section 5.3.2): whom to ask for names at run time, and how long answers hold.
package struct ResolversSettings: Sendable, Equatable {
    package struct NameServer: Sendable, Equatable {
        package let name: String
        package let address: SocketAddress
        /// `tcp@`: it is asked over a connection.
        package let usesTCP: Bool

        package init(name: String, address: SocketAddress, usesTCP: Bool) {
            self.name = name
            self.address = address
            self.usesTCP = usesTCP
        }
    }

    /// `hold`: how long the last valid answer counts while lookups end otherwise.
    package struct Holds: Sendable, Equatable {
        package var valid: Duration = .seconds(10)
        /// How long an address counts that answers no longer name.
        package var obsolete: Duration = .zero
        package var nameError: Duration = .seconds(30)
        package var refused: Duration = .seconds(30)
        package var timeout: Duration = .seconds(30)
        package var other: Duration = .seconds(30)
    }

    package let name: String
    package var nameServers: [NameServer] = []
    /// `accepted_payload_size`: bytes of a datagram.
    package var payloadBytes = 512
    /// `resolve_retries`: how often a question is sent.
    package var tries = 3
    /// `timeout retry`: how long one sending waits for its answer.
    package var retryTimeout: Duration = .seconds(1)
    /// `timeout resolve`: pause before the next lookup when the last one did not give a valid answer.
    package var pause: Duration = .seconds(1)
    package var holds = Holds()

    package init(name: String) { self.name = name }
}

/// How a server follows its name at run time: `resolvers` and its relatives on a server line.
package struct ServerResolution: Sendable, Equatable {
    /// Name of the `resolvers` section.
    package var section: String
    /// `resolve-prefer`
    package var prefersIPv4 = false
    /// `resolve-net`, wanted networks first.
    package var networks: [IPPrefix] = []
    /// `resolve-opts allow-dup-ip`: servers of a backend may share an address.
    package var allowsDuplicates = false
    /// `resolve-opts ignore-weight`: of service records.
    package var ignoresWeight = false

    package init(section: String) { self.section = section }
}
