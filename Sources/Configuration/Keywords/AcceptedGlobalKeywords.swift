/// Keywords of `global` that change nothing here, and those that are refused.
enum AcceptedGlobalKeywords {
    static let all: [Keyword<ProcessSettings>] = accepted + refused

    private static let accepted =
        Keyword<ProcessSettings>.accepted(
            """
            ssl-mode-async ssl-security-level ssl-skip-self-issued-ca
            tune.ssl.certificate-compression tune.ssl.force-private-cache tune.ssl.hard-maxrecord tune.ssl.keylog
            tune.ssl.keyupdate-rate-limit tune.ssl.maxrecord tune.ssl.ocsp-update.maxdelay
            tune.ssl.ocsp-update.mindelay tune.ssl.ssl-ctx-cache-size noktls ocsp-update.disable
            ocsp-update.httpproxy ocsp-update.maxdelay ocsp-update.mindelay ocsp-update.mode
            """, in: .global, because: Reason.tlsSetting)
        + Keyword.accepted(
            """
            no-memory-trimming prealloc-fd profiling.tasks profiling.memory stress-level
            tune.buffers.limit tune.buffers.reserve tune.bufsize.large tune.bufsize.small
            tune.chksize tune.defaults.purge tune.disable-fast-forward
            tune.disable-zero-copy-forwarding tune.epoll.mask-events
            tune.events.max-events-at-once tune.fd.edge-triggered tune.fd.tables
            tune.applet.zero-copy-forwarding tune.h1.zero-copy-fwd-recv
            tune.h1.zero-copy-fwd-send tune.h2.zero-copy-fwd-send tune.http.cookielen
            tune.http.logurilen tune.idletimer tune.listener.default-shards
            tune.listener.multi-queue tune.max-checks-per-thread tune.max-rules-at-once
            tune.maxpollevents tune.memory.hot-size tune.notsent-lowat.client
            tune.notsent-lowat.server tune.pattern.cache-size tune.pipesize maxpipes
            tune.pool-high-fd-ratio tune.pool-low-fd-ratio tune.pt.zero-copy-forwarding
            tune.rcvbuf.backend tune.rcvbuf.client tune.rcvbuf.frontend tune.rcvbuf.server
            tune.recv_enough tune.renice.runtime tune.renice.startup tune.ring.queues
            tune.runqueue-depth tune.sched.low-latency tune.sndbuf.backend tune.sndbuf.client
            tune.sndbuf.frontend tune.sndbuf.server tune.streams-elasticity
            tune.takeover-other-tg-connections tune.fail-alloc tune.cli.max-payload-size
            busy-polling max-spread-checks cluster-secret warn-blocked-traffic-after
            tune.glitches.kill.cpu-usage tune.h1.be.glitches-threshold
            tune.h1.fe.glitches-threshold close-spread-time
            """, in: .global, because: Reason.tuning)
        + Keyword.accepted(
            """
            tune.comp.maxlevel tune.zlib.memlevel tune.zlib.windowsize maxcompcpuusage
            maxcomprate maxzlibmem
            """, in: .global, because: "it belongs to compression, which is not in this version")
        + Keyword.accepted(
            """
            tune.vars.check-max-size tune.vars.global-max-size
            tune.vars.proc-max-size tune.vars.reqres-max-size tune.vars.sess-max-size
            tune.vars.txn-max-size tune.peers.max-updates-at-once
            """, in: .global,
            because: "it sizes variables and tables, which are not in this version")
        + Keyword.accepted(
            """
            tune.h2.be.glitches-threshold tune.h2.be.initial-window-size
            tune.h2.be.max-concurrent-streams tune.h2.be.max-frames-at-once tune.h2.be.rxbuf
            tune.h2.fe.glitches-threshold tune.h2.fe.initial-window-size
            tune.h2.fe.max-concurrent-streams tune.h2.fe.max-frames-at-once
            tune.h2.fe.max-rst-at-once tune.h2.fe.max-total-streams tune.h2.fe.rxbuf
            tune.h2.header-table-size tune.h2.initial-window-size tune.h2.log-errors
            tune.h2.max-concurrent-streams tune.h2.max-frame-size
            h2-workaround-bogus-websocket-clients
            """, in: .global, because: "it belongs to HTTP/2, which is not in this version")
        + Keyword.accepted(
            """
            limited-quic tune.quic.be.cc.cubic-min-losses tune.quic.be.cc.hystart
            tune.quic.be.cc.max-frame-loss tune.quic.be.cc.max-win-size
            tune.quic.be.cc.reorder-ratio tune.quic.be.max-idle-timeout
            tune.quic.be.sec.glitches-threshold tune.quic.be.stream.data-ratio
            tune.quic.be.stream.max-concurrent tune.quic.be.stream.rxbuf
            tune.quic.be.tx.pacing tune.quic.be.tx.udp-gso tune.quic.cc-hystart
            tune.quic.fe.cc.cubic-min-losses tune.quic.fe.cc.hystart
            tune.quic.fe.cc.max-frame-loss tune.quic.fe.cc.max-win-size
            tune.quic.fe.cc.reorder-ratio tune.quic.fe.max-idle-timeout
            tune.quic.fe.sec.glitches-threshold tune.quic.fe.sec.retry-threshold
            tune.quic.fe.sock-per-conn tune.quic.fe.stream.data-ratio
            tune.quic.fe.stream.max-concurrent tune.quic.fe.stream.max-total
            tune.quic.fe.stream.rxbuf tune.quic.fe.tx.pacing tune.quic.fe.tx.udp-gso
            tune.quic.frontend.conn-tx-buffers.limit tune.quic.frontend.glitches-threshold
            tune.quic.frontend.max-idle-timeout tune.quic.frontend.max-streams-bidi
            tune.quic.listen tune.quic.max-frame-loss tune.quic.mem.tx-max
            tune.quic.reorder-ratio tune.quic.retry-threshold tune.quic.socket-owner
            tune.quic.zero-copy-fwd-send
            """, in: .global, because: "it belongs to QUIC, which is not in this version")
        + Keyword.accepted(
            """
            tune.lua.bool-sample-conversion tune.lua.burst-timeout tune.lua.forced-yield
            tune.lua.log.loggers tune.lua.log.stderr tune.lua.maxmem tune.lua.openlibs
            tune.lua.service-timeout tune.lua.session-timeout tune.lua.task-timeout
            """, in: .global, because: "it belongs to Lua, which is not part of this product")
        + Keyword.accepted(
            """
            h1-accept-payload-with-any-method h1-do-not-close-on-insecure-transfer-encoding
            """, in: .global, because: "what cannot be framed for certain is refused all the same")
        + Keyword.accepted(
            """
            noepoll noevports nokqueue nopoll nogetaddrinfo noreuseport
            """, in: .global, because: Reason.otherSystems)
        + Keyword.accepted(
            """
            thread-group thread-groups thread-hard-limit max-threads-per-group cpu-map
            cpu-affinity cpu-policy cpu-set numa-cpu-mapping bind-process
            """, in: .global, because: Reason.threads)
        + Keyword.accepted(
            """
            localpeer insecure-fork-wanted insecure-setuid-wanted set-dumpable
            mworker-max-reloads expose-deprecated-directives expose-experimental-directives
            force-cfg-parser-pause pp2-never-send-local
            httpclient.resolvers.disabled httpclient.resolvers.id httpclient.resolvers.prefer
            httpclient.retries httpclient.ssl.ca-file httpclient.ssl.verify
            httpclient.timeout.connect shm-stats-file shm-stats-file-max-objects
            jwt.decrypt_alg_list jwt.decrypt_enc_list anonkey debug debug.counters
            """, in: .global, because: "what it is about does not exist here")

    private static let refused =
        Keyword<ProcessSettings>.refused(
            """
            default-path setcap unix-bind
            fd-hard-limit stats-file dns-accept-family
            harden.reject-privileged-ports.quic harden.reject-privileged-ports.tcp http-err-codes http-fail-codes
            """, in: .global, because: Reason.operators, wayOut: Reason.operatorsWayOut)
        + Keyword.refused(
            "h1-case-adjust h1-case-adjust-file", in: .global,
            because: Reason.rules, wayOut: Reason.operatorsWayOut)
        + Keyword.refused(
            "lua-load lua-load-per-thread lua-prepend-path", in: .global,
            because: "Lua is not part of this product", wayOut: Reason.notPlannedWayOut)
        + Keyword.refused(
            """
            51degrees-allow-unmatched 51degrees-cache-size 51degrees-data-file
            51degrees-difference 51degrees-drift 51degrees-property-name-list
            51degrees-property-separator 51degrees-use-performance-graph
            51degrees-use-predictive-graph deviceatlas-json-file deviceatlas-log-level
            deviceatlas-properties-cookie deviceatlas-separator wurfl-cache-size
            wurfl-data-file wurfl-information-list wurfl-information-list-separator
            wurfl-patch-file wurfl-engine-mode wurfl-useragent-priority
            """, in: .global, because: Reason.notPlanned, wayOut: Reason.notPlannedWayOut)
        + Keyword.refused(
            "ssl-engine ssl-passphrase-cmd ssl-propquery ssl-provider ssl-provider-path",
            in: .global,
            because: Reason.tlsRest, wayOut: Reason.operatorsWayOut)
        + Keyword.refused(
            "acme.scheduler", in: .global, because: Reason.notPlanned,
            wayOut: Reason.notPlannedWayOut)
        + Keyword.refused(
            "nbproc", in: .global, because: "HAProxy removed it in 2.5",
            wayOut: "remove the line: workers are threads, one per core")
}
