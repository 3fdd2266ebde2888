extension KeepalivedKeyword {
    /// Scripts, groups, `track_proxy`, and the blocks of what is tracked.
    static let trackingEntries: [[KeepalivedKeyword]] = [
        implemented(
            "script", .script, arguments: "COMMAND",
            doc: "The command, in quotes where it has arguments; exit code 0 is good."),
        implemented(
            "interval", .script, arguments: "SECONDS", doc: "Time between two runs [1]."),
        implemented(
            "timeout", .script, arguments: "SECONDS",
            doc: "A run that takes longer is ended and has failed [the interval]."),
        implemented(
            "weight", .script, arguments: "-253..253 [reverse]",
            doc: "Added to the priority while good, or taken off while bad [0: FAULT]."),
        implemented("rise", .script, arguments: "COUNT", doc: "Good runs until it is good [1]."),
        implemented("fall", .script, arguments: "COUNT", doc: "Bad runs until it is bad [1]."),
        implemented("user", .script, arguments: "USER [GROUP]", doc: "Whom it runs as."),
        implemented("init_fail", .script, doc: "It counts as bad until its first good run."),
        implemented(
            "weight", .tracked, arguments: "-253..253 [reverse|noreverse]",
            doc: "In place of the weight of what is tracked."),
        implemented("reverse", .tracked, doc: "Turns the weight round."),
        implemented("noreverse", .tracked, doc: "The opposite of 'reverse'."),
        implemented("no_reverse", .tracked, doc: "As 'noreverse'."),
        implemented(
            "weight", .trackProxy, arguments: "-253..253",
            doc: "What a stalled engine or a lost listener does to the priority [0: FAULT]."),
        implemented(
            "backend", .trackProxy, arguments: "NAME [weight -253..253]",
            doc: "Good while the backend has a usable server."),
        implemented(
            "frontend", .trackProxy, arguments: "NAME [weight -253..253]",
            doc: "Good while all its listeners are bound."),
        implemented(
            "group", .syncGroup, content: .items,
            doc: "The members: master together or not at all."),
        implemented(
            "track_script", .syncGroup, content: .items, doc: "As in each of its instances."),
        implemented(
            "track_interface", .syncGroup, content: .items, doc: "As in each of its instances."),
        implemented(
            "track_proxy", .syncGroup, content: .keywords(.trackProxy),
            doc: "As in each of its instances."),
        implemented(
            "sync_group_tracking_weight", .syncGroup,
            doc: "Members keep what they track with weights; else it is ignored, with a warning."),
        implemented(
            "global_tracking", .syncGroup, doc: "As 'sync_group_tracking_weight'."),
        implemented(
            "process", .trackProcess, arguments: "NAME [PARAMETER...]",
            doc: "The process, by its name or, with parameters, by its command line."),
        implemented(
            "param_match", .trackProcess, arguments: "initial|partial",
            doc: "More parameters may follow; with 'initial' the last one may be longer."),
        implemented(
            "weight", .trackProcess, .trackFile, arguments: "NUMBER [reverse]",
            doc: "What good or bad, or the number in the file, does to the priority [1; 0: FAULT]."),
        implemented(
            "quorum", .trackProcess, arguments: "COUNT",
            doc: "So many processes have to run [1]."),
        implemented(
            "quorum_max", .trackProcess, arguments: "COUNT",
            doc: "No more of them may run; 0: none at all."),
        implemented(
            "delay", .trackProcess, arguments: "SECONDS",
            doc: "Sets 'fork_delay' and 'terminate_delay'."),
        implemented(
            "fork_delay", .trackProcess, arguments: "SECONDS",
            doc: "The quorum must hold for so long before it counts [0]."),
        implemented(
            "terminate_delay", .trackProcess, arguments: "SECONDS",
            doc: "The quorum must be lost for so long before that counts [0]."),
        implemented(
            "full_command", .trackProcess, doc: "Compares the whole command line."),
        implemented(
            "file", .trackFile, arguments: "PATH",
            doc: "The file; without a number in it, it counts as 0."),
        implemented(
            "init_file", .trackFile, arguments: "[NUMBER] [overwrite]",
            doc: "Writes the number [0] at the start where there is no file, or in any case."),
        implemented(
            "track_file", .instance, .syncGroup, content: .items,
            doc: "Files whose numbers change the priority or cause FAULT."),
        implemented(
            "track_process", .instance, .syncGroup, content: .items,
            doc: "Processes that change the priority or cause FAULT."),
        refused(
            "garp_interval gna_interval interface", .garpGroup,
            because: "announcements are not paced by groups of interfaces",
            instead: "use 'vrrp_garp_interval' in 'global_defs'"),
        refused(
            "interfaces", .garpGroup, content: .items,
            because: "announcements are not paced by groups of interfaces",
            instead: "use 'vrrp_garp_interval' in 'global_defs'"),
        refused(
            "source_ip neighbor_ip neighbour_ip min_rx min_tx idle_tx multiplier passive ttl "
                + "hoplimit max_hops multihop weight vrrp checker", .bfd,
            because: "BFD is not spoken here", instead: "use a 'vrrp_script'"),
    ]

    /// The IPVS half: blocks of `virtual_server`, which are never looked into.
    static let virtualServerEntries: [[KeepalivedKeyword]] = [
        ignored(
            "real_server TCP_CHECK HTTP_GET SSL_GET SMTP_CHECK DNS_CHECK UDP_CHECK PING_CHECK "
                + "MISC_CHECK BFD_CHECK FILE_CHECK url host", .virtualServer, content: .anything,
            because: "use the proxy section"),
        ignored(
            "lvs_sched lvs_method lb_algo lb_kind persistence_timeout persistence_granularity "
                + "persistence_engine protocol delay_loop quorum quorum_up quorum_down hysteresis "
                + "alpha omega ops sorry_server sorry_server_inhibit sorry_server_lvs_method "
                + "ha_suspend virtualhost ip_family fwmark weight inhibit_on_failure notify_up "
                + "notify_down uthreshold lthreshold path digest status_code regex misc_path "
                + "misc_dynamic misc_timeout retry delay_before_retry connect_timeout warmup "
                + "connect_ip connect_port bindto bind_port bind_if smtp_alert snmp_name "
                + "nb_get_retry track_file helo_name enable_sni tls_compliant http_protocol user",
            .virtualServer, because: "use the proxy section"),
    ]
}
