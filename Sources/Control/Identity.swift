internal import Core

/// What the product calls itself where tools look for HAProxy.
///
/// `Name` and `Version` are the interface that tools test for; who really answers stands in `Build
/// info` and on the page.
package enum Identity {
    /// Our own name and version.
    package static let product = Product.name
    package static let productVersion = Product.version
    /// The interface that we speak.
    package static let compatibleName = "HAProxy"
    package static let compatibleVersion = "2.6.12"
    /// `show version`
    package static let version = "\(compatibleVersion)-dyad\(productVersion)"
    /// `Release_date`
    package static let releaseDate = Product.date
    package static let buildInfo =
        "\(product) \(productVersion), compatible with \(compatibleName) \(compatibleVersion)"
}
