package import Expressions

/// `option forwarded`: the parameters of RFC 7239 that a server gets.
package struct ForwardedSettings: Sendable, Equatable {
    /// Where a parameter's value comes from.
    package enum Source: Sendable, Equatable {
        /// The connection, or the request.
        case own
        case sample(SampleExpression)

        /// The same for another thread.
        package func copy() -> Source {
            if case .sample(let expression) = self { .sample(expression.copy()) } else { self }
        }
    }

    /// `for`, `by`; nil: it is left out.
    package struct Node: Sendable, Equatable {
        package var name: Source?
        package var port: Source?

        package func copy() -> Node { Node(name: name?.copy(), port: port?.copy()) }
    }

    /// `proto`
    package var tellsProtocol = false
    package var host: Source?
    package var by = Node()
    package var client = Node()

    package init() {}

    /// The same for another thread.
    package func copy() -> ForwardedSettings {
        var copy = self
        copy.host = host?.copy()
        copy.by = by.copy()
        copy.client = client.copy()
        return copy
    }
}
