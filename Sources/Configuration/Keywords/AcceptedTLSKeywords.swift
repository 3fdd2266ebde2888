/// Keywords of TLS in `global` that change nothing here, and those that are refused, each with what is true of it.
enum AcceptedTLSKeywords {
    typealias Entry = Keyword<ProcessSettings>

    static let accepted: [Entry] =
        Entry.accepted(
            "tune.ssl.force-private-cache", in: .global,
            because: "one process serves all connections, and shares its sessions with no other")
        + Entry.accepted(
            "tune.ssl.ssl-ctx-cache-size", in: .global,
            because: "it sizes a cache of certificates that are made at run time, and none are")
        + Entry.accepted(
            "tune.ssl.maxrecord", in: .global,
            because:
                "records are of full size from the first on; 'tune.ssl.hard-maxrecord' makes all of them smaller"
        )
        + Entry.accepted(
            "tune.ssl.certificate-compression", in: .global,
            because:
                "certificates are sent as they are, unless the library compresses them by itself")
        + Entry.accepted(
            "tune.ssl.keyupdate-rate-limit", in: .global,
            because: "key updates are the library's; nothing counts them")
        + Entry.accepted(
            "noktls", in: .global, because: "encrypting is never left to the kernel")
        + Entry.accepted(
            "ssl-mode-async", in: .global,
            because: "no engine works beside the process that it would have to wait for")
        + Entry.accepted(
            """
            ocsp-update.disable ocsp-update.httpproxy ocsp-update.maxdelay ocsp-update.mindelay
            tune.ssl.ocsp-update.maxdelay tune.ssl.ocsp-update.mindelay
            """, in: .global,
            because:
                "responses are never fetched: '.ocsp' files and 'set ssl ocsp-response' bring them")

    static let refused: [Entry] =
        Entry.refused(
            "ssl-passphrase-cmd", in: .global, because: "no program is started for passphrases",
            wayOut: "take them off with 'openssl pkey -in KEY -out KEY.new', and remove the line")
        + Entry.refused(
            "ssl-provider ssl-provider-path ssl-propquery", in: .global,
            because: "providers are loaded by the library's own configuration",
            wayOut: "name them in openssl.cnf, and remove the line")
        + Entry.refused(
            "ssl-engine", in: .global, because: "OpenSSL has given up engines for providers",
            wayOut: "name a provider in openssl.cnf, and remove the line")
}
