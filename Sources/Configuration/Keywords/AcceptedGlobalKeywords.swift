/// Keywords of `global` that change nothing here, and those that are refused.
enum AcceptedGlobalKeywords {
    static let all: [Keyword<ProcessSettings>] = accepted + refused

    private static let accepted =
        AcceptedTLSKeywords.accepted
        + Keyword.accepted(
            """
            no-memory-trimming prealloc-fd 
            tune.buffers.limit tune.buffers.reserve tune.bufsize.large tune.bufsize.small
            tune.chksize tune.defaults.purge tune.disable-fast-forward
            tune.disable-zero-copy-forwarding tune.epoll.mask-events
            tune.events.max-events-at-once tune.fd.edge-triggered tune.fd.tables
            tune.applet.zero-copy-forwarding tune.h1.zero-copy-fwd-recv
            tune.h1.zero-copy-fwd-send tune.h2.zero-copy-fwd-send 
            tune.idletimer 
            tune.max-checks-per-thread tune.max-rules-at-once
            tune.maxpollevents tune.memory.hot-size 
            tune.pattern.cache-size tune.pipesize maxpipes
            tune.pt.zero-copy-forwarding

            tune.recv_enough tune.ring.queues
            tune.runqueue-depth tune.sched.low-latency 
            tune.streams-elasticity
            tune.takeover-other-tg-connections 



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
            tune.vars.txn-max-size 
            """, in: .global,
            because: "all variables of a scope may have 64 KiB, whatever is written here")
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
            h1-do-not-close-on-insecure-transfer-encoding
            """, in: .global, because: "such a connection ends after the answer all the same")
        + Keyword.accepted(
            """
            noepoll noevports nokqueue nopoll nogetaddrinfo noreuseport
            """, in: .global, because: Reason.otherSystems)
        + Keyword.accepted(
            """
            thread-group thread-groups max-threads-per-group 
            bind-process
            """, in: .global, because: Reason.threads)
        + Keyword.accepted(
            """
            insecure-fork-wanted insecure-setuid-wanted 
            expose-deprecated-directives expose-experimental-directives
            force-cfg-parser-pause 
            httpclient.resolvers.disabled httpclient.resolvers.id httpclient.resolvers.prefer
            httpclient.retries httpclient.ssl.ca-file httpclient.ssl.verify
            httpclient.timeout.connect 
            jwt.decrypt_alg_list jwt.decrypt_enc_list anonkey 
            """, in: .global, because: "what it is about does not exist here")
        + Keyword.accepted(
            """
            cpu-map cpu-affinity cpu-policy cpu-set numa-cpu-mapping
            """, in: .global,
            because: "the kernel places workers; 'CPUAffinity=' of the service binds all of them")
        + Keyword.accepted(
            "tune.listener.default-shards tune.listener.multi-queue", in: .global,
            because: "each worker has a socket of its own for each address")
        + Keyword.accepted(
            "tune.rcvbuf.backend tune.rcvbuf.frontend tune.sndbuf.backend tune.sndbuf.frontend",
            in: .global, because: "it is for datagram sockets, which carry no traffic here")
        + Keyword.accepted(
            "tune.pool-high-fd-ratio tune.pool-low-fd-ratio", in: .global,
            because: "no more idle server connections are kept than were needed at once")
        + Keyword.accepted(
            "tune.glitches.kill.cpu-usage tune.h1.be.glitches-threshold tune.h1.fe.glitches-threshold",
            in: .global, because: "a message that breaks the rules ends its connection at once")
        + Keyword.accepted(
            "harden.reject-privileged-ports.quic", in: .global,
            because: "it belongs to QUIC, which is not in this version")
        + Keyword.accepted(
            "cluster-secret", in: .global,
            because: "it belongs to QUIC, which is not in this version")
        + Keyword.accepted(
            "warn-blocked-traffic-after", in: .global,
            because:
                "the guard watches all threads and replaces a process that stands still for a second"
        )
        + Keyword.accepted(
            "tune.renice.runtime tune.renice.startup", in: .global,
            because: "'Nice=' of the service sets the priority of the process")
        + Keyword.accepted(
            "busy-polling", in: .global, because: "workers sleep where there is nothing to do")
        + Keyword.accepted(
            "tune.fail-alloc profiling.tasks profiling.memory stress-level debug debug.counters set-dumpable",
            in: .global, because: Reason.debugging)
        + Keyword.accepted(
            "localpeer tune.peers.max-updates-at-once", in: .global,
            because: "stick tables are not shared with other nodes in this version")
        + Keyword.accepted(
            "mworker-max-reloads", in: .global, because: "a reload leaves no old process behind")
        + Keyword.accepted(
            "shm-stats-file shm-stats-file-max-objects", in: .global,
            because: "counters outlive a reload without a file")

    private static let refused =
        Keyword<ProcessSettings>.refused(
            "close-spread-time", in: .global, because: "a soft stop ends idle connections at once",
            wayOut: "use 'option idle-close-on-response', which lets each ask once more")
        + Keyword.refused(
            "pp2-never-send-local", in: .global,
            because: "health checks say LOCAL in PROXY headers, as the protocol wants",
            wayOut: "remove the line")
        + Keyword.refused(
            """
            default-path setcap 
            fd-hard-limit stats-file dns-accept-family
            """, in: .global, because: Reason.operators, wayOut: Reason.operatorsWayOut)
        + Keyword.refused(
            "h1-case-adjust h1-case-adjust-file", in: .global,
            because: Reason.fieldCase, wayOut: Reason.fieldCaseWayOut)
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
        + AcceptedTLSKeywords.refused
        + Keyword.refused(
            "acme.scheduler", in: .global, because: Reason.notPlanned,
            wayOut: Reason.notPlannedWayOut)
        + Keyword.refused(
            "nbproc", in: .global, because: "HAProxy removed it in 2.5",
            wayOut: "remove the line: workers are threads, one per core")
}
