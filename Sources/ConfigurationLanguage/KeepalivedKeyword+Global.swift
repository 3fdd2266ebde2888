extension KeepalivedKeyword {
    /// What stands in `global_defs`.
    static let globalEntries: [[KeepalivedKeyword]] = [
        implemented(
            "router_id", .globalDefinitions, arguments: "NAME", doc: "Name of this node."),
        implemented(
            "vrrp_version", .globalDefinitions, arguments: "2|3",
            doc: "VRRP version of instances that name none [2]."),
        implemented(
            "vrrp_garp_master_delay", .globalDefinitions, arguments: "SECONDS",
            doc: "Second round of announcements after becoming master [5]; 0 for none."),
        implemented(
            "vrrp_garp_master_repeat", .globalDefinitions, arguments: "COUNT",
            doc: "Announcements of each address in a round [5]."),
        implemented(
            "vrrp_garp_master_refresh", .globalDefinitions, arguments: "SECONDS",
            doc: "Announces again and again while master [0: never]."),
        implemented(
            "vrrp_garp_master_refresh_repeat", .globalDefinitions, arguments: "COUNT",
            doc: "Announcements in each refresh [1]."),
        implemented(
            "vrrp_garp_lower_prio_delay", .globalDefinitions, arguments: "SECONDS",
            doc: "Second round after a rival of lower priority was heard."),
        implemented(
            "vrrp_garp_lower_prio_repeat", .globalDefinitions, arguments: "COUNT",
            doc: "Announcements in each such round."),
        implemented(
            "vrrp_garp_interval", .globalDefinitions, arguments: "SECONDS",
            doc: "Time between two announcements on one interface [0]."),
        implemented(
            "vrrp_min_garp", .globalDefinitions, arguments: "[BOOL]",
            doc: "One announcement of each address, and no second round."),
        implemented(
            "vrrp_lower_prio_no_advert", .globalDefinitions, arguments: "[BOOL]",
            doc: "A master does not answer advertisements of lower priority."),
        implemented(
            "vrrp_higher_prio_send_advert", .globalDefinitions, arguments: "[BOOL]",
            doc: "A master that yields advertises once more [on; keepalived: off]."),
        implemented(
            "vrrp_down_timer_adverts", .globalDefinitions, arguments: "1-100",
            doc: "Missed advertisements until a master counts as dead [3]."),
        implemented(
            "v3_checksum_as_v2", .globalDefinitions, arguments: "[BOOL]",
            doc: "Sends VRRPv3 checksums without pseudo header, as RFC 9568 says."),
        implemented(
            "vrrp_skip_check_adv_addr", .globalDefinitions, arguments: "[BOOL]",
            doc: "Does not compare the addresses in advertisements of the same master."),
        implemented(
            "vrrp_strict", .globalDefinitions, arguments: "[BOOL]",
            doc: "The protocol to the letter; not for load balancers."),
        implemented(
            "vrrp_startup_delay", .globalDefinitions, arguments: "SECONDS",
            doc: "Waits this long after the start before taking part."),
        implemented(
            "enable_script_security", .globalDefinitions,
            doc: "Does not run scripts as root that others could change."),
        implemented(
            "script_user", .globalDefinitions, arguments: "USER [GROUP]",
            doc: "Whom scripts run as that name nobody [keepalived_script, else root]."),
        implemented(
            "max_learned_interval", .globalDefinitions, arguments: "SECONDS",
            doc: "Longest interval that is learned from a VRRPv3 master [10 times ours]."),
        implemented(
            "vrrp_mcast_group4", .globalDefinitions, arguments: "ADDRESS",
            doc: "The group that IPv4 advertisements go to [224.0.0.18]."),
        implemented(
            "vrrp_mcast_group6", .globalDefinitions, arguments: "ADDRESS",
            doc: "The group that IPv6 advertisements go to [ff02::12]."),
        implemented(
            "vrrp_gna_interval", .globalDefinitions, arguments: "SECONDS",
            doc: "As 'vrrp_garp_interval', for IPv6 addresses [0]."),
        implemented(
            "vmac_prefix", .globalDefinitions, arguments: "STRING",
            doc: "How names of interfaces with virtual MAC addresses begin [vrrp]."),
        refused(
            "vrrp_delay_after_boot", .globalDefinitions,
            because: "the time of the boot is not looked at",
            instead: "use 'vrrp_startup_delay', which counts at every start"),
        refused(
            "smtp_alert smtp_alert_vrrp", .globalDefinitions, because: "no e-mail is sent",
            instead: "send it from a 'notify' script"),
        implemented(
            "notify_fifo", .globalDefinitions, arguments: "PATH [USER [GROUP]]",
            doc: "A named pipe that gets a line for every change of state."),
        implemented(
            "notify_fifo_script", .globalDefinitions, arguments: "COMMAND [USER [GROUP]]",
            doc: "Started once to read it; the path stands behind its arguments."),
        implemented(
            "vrrp_notify_fifo", .globalDefinitions, arguments: "PATH [USER [GROUP]]",
            doc: "Another one, as 'notify_fifo'."),
        implemented(
            "vrrp_notify_fifo_script", .globalDefinitions, arguments: "COMMAND [USER [GROUP]]",
            doc: "As 'notify_fifo_script'."),
        implemented(
            "vrrp_notify_priority_changes", .globalDefinitions, arguments: "[BOOL]",
            doc: "Named pipes get a line for every change of a priority."),
        implemented(
            "fifo_write_vrrp_states_on_reload", .globalDefinitions, arguments: "[BOOL]",
            doc: "Named pipes get all states after a reload."),
        refused(
            "startup_script shutdown_script", .globalDefinitions,
            because: "no scripts run at start and stop",
            instead: "use ExecStartPre= and ExecStopPost= of the service"),
        refused(
            "reload_time_file", .globalDefinitions, because: "reloads are not scheduled",
            instead: "run 'dyadctl reload' by a timer"),
        accepted(
            "notification_email", .globalDefinitions, content: .items,
            because: "no e-mail is sent"),
        accepted(
            "notification_email_from smtp_server smtp_helo_name smtp_connect_timeout "
                + "smtp_alert_checker no_email_faults no_checker_emails", .globalDefinitions,
            because: "no e-mail is sent"),
        accepted(
            "vrrp_check_unicast_src", .globalDefinitions,
            because: "the source of unicast advertisements is always checked"),
        accepted(
            "vrrp_garp_extra_if vrrp_vmac_garp_intvl", .globalDefinitions,
            because: "'vrrp_garp_master_refresh' announces again and again"),
        accepted(
            "vmac_addr_prefix disable_local_igmp", .globalDefinitions,
            because: "no groups are joined on interfaces of our own"),
        accepted(
            "vrrp_iptables vrrp_ipsets nftables nftables_priority nftables_counters "
                + "nftables_ifindex nftables_ipvs nftables_ipvs_priority "
                + "nftables_ipvs_start_fwmark", .globalDefinitions,
            because: "no firewall rules are made"),
        accepted(
            "dynamic_interfaces", .globalDefinitions,
            because: "missing interfaces are always waited for"),
        implemented(
            "default_interface", .globalDefinitions, arguments: "INTERFACE",
            doc: "Where static addresses are that name no interface [eth0]."),
        accepted(
            "vrrp_priority vrrp_rt_priority vrrp_no_swap vrrp_cpu_affinity vrrp_rlimit_rttime "
                + "max_auto_priority min_auto_priority_delay", .globalDefinitions,
            because: "the VRRP thread chooses its own scheduling"),
        accepted(
            "vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force "
                + "vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force "
                + "process_monitor_rcv_bufs process_monitor_rcv_bufs_force vrrp_rx_bufs_policy "
                + "vrrp_rx_bufs_multiplier", .globalDefinitions,
            because: "receive buffers have a fixed size"),
        accepted(
            "lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs "
                + "lvs_netlink_monitor_rcv_bufs_force lvs_timeouts lvs_flush lvs_flush_on_stop "
                + "lvs_notify_fifo lvs_notify_fifo_script lvs_sync_daemon checker_priority "
                + "checker_no_swap checker_cpu_affinity checker_rt_priority "
                + "checker_rlimit_rttime checker_log_all_failures rs_init_notifies",
            .globalDefinitions, because: "IPVS is not used"),
        accepted(
            "bfd_priority bfd_no_swap bfd_cpu_affinity bfd_rt_priority bfd_rlimit_rttime",
            .globalDefinitions, because: "BFD is not spoken here"),
        accepted(
            "process_names process_name vrrp_process_name checker_process_name bfd_process_name",
            .globalDefinitions, because: "there is one process"),
        accepted(
            "umask random_seed use_disk_copy_for_config config_save_dir tmp_config_directory",
            .globalDefinitions,
            because: "no files are written for it"),
        accepted(
            "use_symlink_paths", .globalDefinitions, because: "script paths are never resolved"),
        accepted(
            "reload_check_config", .globalDefinitions, because: "a reload is always checked first"),
        accepted(
            "reload_repeat reload_file", .globalDefinitions,
            because: "files are read whole before anything changes"),
        accepted(
            "include_check", .globalDefinitions, because: "missing files are always reported"),
        accepted(
            "startup_script_timeout shutdown_script_timeout", .globalDefinitions,
            because: "no scripts run at start and stop"),
        accepted(
            "log_unknown_vrids", .globalDefinitions,
            because: "advertisements of unknown routers are counted"),
        accepted(
            "json_version data_use_instance", .globalDefinitions,
            because: "'show vrrp json' has its own form"),
        ignored(
            "snmp_socket enable_snmp_vrrp enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 "
                + "enable_snmp_rfcv3 enable_snmp_keepalived enable_traps", .globalDefinitions,
            because: "there is no SNMP agent, read 'show vrrp' or the metrics"),
        ignored(
            "enable_dbus dbus_service_name dbus_no_interface_name", .globalDefinitions,
            because: "there is no D-Bus service, read 'show vrrp'"),
    ]
}
