extension KeepalivedKeyword {
    /// What stands outside all blocks.
    static let topEntries: [[KeepalivedKeyword]] = [
        implemented(
            "global_defs", .top, content: .keywords(.globalDefinitions),
            doc: "Defaults for all instances, scripts and messages."),
        implemented(
            "vrrp_script", .top, arguments: "NAME", content: .keywords(.script),
            doc: "A program whose exit code says whether this node is well."),
        implemented(
            "vrrp_instance", .top, arguments: "NAME", content: .keywords(.instance),
            doc: "A virtual router: addresses that this node shares with others on a link."),
        implemented(
            "vrrp_sync_group", .top, arguments: "NAME", content: .keywords(.syncGroup),
            doc: "Virtual routers that are master together or not at all."),
        implemented(
            "vrrp_track_process", .top, arguments: "NAME", content: .keywords(.trackProcess),
            doc: "Processes that have to run on this host; /proc is looked at, in namespaces too."),
        implemented(
            "track_file", .top, arguments: "NAME", content: .keywords(.trackFile),
            doc: "A number in a file that is added to priorities."),
        implemented(
            "vrrp_track_file", .top, arguments: "NAME", content: .keywords(.trackFile),
            doc: "As 'track_file'."),
        refused(
            "bfd_instance", .top, content: .keywords(.bfd),
            because: "BFD is not spoken here", instead: "use a 'vrrp_script'"),
        implemented(
            "static_ipaddress", .top, content: .items,
            doc: "Addresses that are there as long as the daemon runs."),
        implemented(
            "static_routes", .top, content: .items,
            doc: "Routes that are there as long as the daemon runs."),
        implemented(
            "static_rules", .top, content: .items,
            doc: "Rules of routing that are there as long as the daemon runs."),
        refused(
            "track_group static_track_group", .top, content: .anything,
            because: "what is static does not change the state",
            instead: "remove it"),
        refused(
            "garp_group", .top, content: .keywords(.garpGroup),
            because: "announcements are not paced by groups of interfaces",
            instead: "use 'vrrp_garp_interval' in 'global_defs'"),
        refused(
            "interface_up_down_delays", .top, content: .items,
            because: "changes of links are not delayed yet", instead: "remove it"),
        refused(
            "net_namespace", .top, because: "the daemon does not change its namespace",
            instead: "start it with 'ip netns exec NAME'"),
        accepted(
            "linkbeat_interfaces", .top, content: .items, because: "netlink tells of every link"),
        accepted("linkbeat_use_polling", .top, because: "netlink tells of every link"),
        accepted(
            "net_namespace_ipvs namespace_with_ipsets", .top,
            because: "neither IPVS nor ipsets are used"),
        accepted(
            "instance use_pid_dir", .top, because: "the pid file is named by '-p' or 'pidfile'"),
        accepted("child_wait_time", .top, because: "there are no child processes to wait for"),
        accepted("use_symlink_paths", .top, because: "script paths are never resolved"),
        ignored(
            "virtual_server virtual_server_group", .top, content: .anything,
            because: "use the proxy section"),
        ignored("SSL", .top, content: .anything, because: "use the proxy section"),
        // The parser follows them itself.
        implemented("include", .top, arguments: "PATTERN", doc: "Reads other files here."),
        implemented(
            "includer", .top, arguments: "PATTERN",
            doc: "As 'include'; a missing file is an error."),
        implemented(
            "includem", .top, arguments: "PATTERN",
            doc: "As 'include'; a missing file is an error."),
        implemented(
            "includew", .top, arguments: "PATTERN",
            doc: "As 'include'; a missing file is an error."),
        implemented(
            "includeb", .top, arguments: "PATTERN",
            doc: "As 'include'; a missing file is an error."),
        implemented(
            "includea", .top, arguments: "PATTERN",
            doc: "As 'include'; a missing file is an error."),
    ]
}
