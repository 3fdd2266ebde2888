extension KeepalivedKeyword {
    /// Announcements and scripts of instances and groups, and the options behind addresses.
    static let instanceOptionEntries: [[KeepalivedKeyword]] = [
        implemented(
            "garp_master_delay", .instance, arguments: "SECONDS",
            doc: "Second round of announcements after becoming master; 0 for none."),
        implemented(
            "garp_master_repeat", .instance, arguments: "COUNT",
            doc: "Announcements of each address in a round."),
        implemented(
            "garp_master_refresh", .instance, arguments: "SECONDS",
            doc: "Announces again and again while master; 0: never."),
        implemented(
            "garp_master_refresh_repeat", .instance, arguments: "COUNT",
            doc: "Announcements in each refresh."),
        implemented(
            "garp_lower_prio_delay", .instance, arguments: "SECONDS",
            doc: "Second round after a rival of lower priority was heard."),
        implemented(
            "garp_lower_prio_repeat", .instance, arguments: "COUNT",
            doc: "Announcements in each such round."),
        implemented(
            "notify_master", .instance, .syncGroup, arguments: "COMMAND [USER [GROUP]]",
            doc: "Runs when it becomes master."),
        implemented(
            "notify_backup", .instance, .syncGroup, arguments: "COMMAND [USER [GROUP]]",
            doc: "Runs when it becomes backup."),
        implemented(
            "notify_fault", .instance, .syncGroup, arguments: "COMMAND [USER [GROUP]]",
            doc: "Runs when it enters FAULT."),
        implemented(
            "notify_stop", .instance, .syncGroup, arguments: "COMMAND [USER [GROUP]]",
            doc: "Runs when the daemon stops."),
        implemented(
            "notify", .instance, .syncGroup, arguments: "COMMAND [USER [GROUP]]",
            doc:
                "Runs at every change, with INSTANCE or GROUP, name, state and priority behind its arguments."
        ),
        implemented(
            "notify_deleted", .instance, arguments: "[COMMAND [USER [GROUP]]]",
            doc: "Runs when a reload has removed the instance."),
        implemented(
            "notify_master_rx_lower_pri", .instance, arguments: "COMMAND [USER [GROUP]]",
            doc: "Runs when a master hears a rival of lower priority."),
        implemented(
            "dev", .virtualAddress, arguments: "INTERFACE", doc: "Holds the address there."),
        implemented(
            "label", .virtualAddress, arguments: "LABEL",
            doc: "Name of the address, at most 15 bytes."),
        implemented(
            "scope", .virtualAddress, arguments: "global|site|link|host|nowhere|NUMBER",
            doc: "How far the address is valid [global]."),
        implemented(
            "brd", .virtualAddress, arguments: "ADDRESS", doc: "Its broadcast address."),
        implemented(
            "broadcast", .virtualAddress, arguments: "ADDRESS", doc: "As 'brd'."),
        implemented(
            "no_track", .virtualAddress,
            doc: "The address is not put back when somebody removes it."),
        implemented(
            "preferred_lft", .virtualAddress, arguments: "SECONDS|forever",
            doc: "How long an IPv6 address is chosen as a source [0 for /128, else forever]."),
        implemented(
            "home", .virtualAddress, doc: "The address is a mobile node's home address."),
        implemented(
            "mngtmpaddr", .virtualAddress,
            doc: "Temporary addresses are made from this IPv6 address."),
        implemented(
            "noprefixroute", .virtualAddress,
            doc: "The kernel makes no route for the network of the address."),
        implemented(
            "autojoin", .virtualAddress, doc: "The kernel joins this multicast address."),
        refused(
            "peer use_vmac track_group", .virtualAddress,
            because: "addresses have no such flag yet", instead: "remove it"),
        accepted(
            "-nodad nodad", .virtualAddress,
            because: "addresses are never probed: they must be there at once"),
    ]
}
