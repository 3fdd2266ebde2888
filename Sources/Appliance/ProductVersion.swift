internal import ConfigurationLanguage
internal import Core
internal import TLS

/// Who we are, and whom we are like.
internal enum ProductVersion {
    /// Our own version.
    static let number = Product.version
    static let date = Product.date
    /// keepalived's version whose files, words and dumps we follow.
    static let compatibleKeepalived = "2.2.7"

    /// The version of HAProxy whose log lines and replies are ours.
    static var compatibleHAProxy: String { Version.compatible.description }

    /// `-v`. The second line is for scripts that look for HAProxy's name.
    static var text: String {
        """
        Dyad version \(number) \(date)
        HAProxy version \(compatibleHAProxy) compatible: log lines, runtime commands; language of \(Version.language.branch)
        Keepalived v\(compatibleKeepalived) compatible: language, log lines, VRRP

        """
    }

    /// `-vv`
    static var detailedText: String {
        let features = Capabilities.current.features.sorted().map { "+\($0)" }
        return text + """
            Build options :
              TARGET  = linux-glibc
              Feature list : \(features.joined(separator: " "))

            Running on OpenSSL version : \(TLSLibrary.name)

            Default settings :
              bufsize = 16384, maxrewrite = 1024

            Available polling systems :
                  epoll : pref=300,  test result OK
            Total: 1 (1 usable), will use epoll.

            Available services : prometheus-exporter

            Available multiplexer protocols :
                   <none> : mode=TCP   side=FE|BE  mux=PASS  flags=
                       h1 : mode=HTTP  side=FE|BE  mux=H1    flags=HTX

            """
    }
}
