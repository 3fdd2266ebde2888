extension KeepalivedKeyword {
    /// What stands in `vrrp_instance`, but for notify and garp.
    static let instanceEntries: [[KeepalivedKeyword]] = [
        implemented(
            "state", .instance, arguments: "MASTER|BACKUP",
            doc: "A wish; the election by priority decides."),
        implemented(
            "interface", .instance, arguments: "INTERFACE",
            doc: "Where advertisements are sent and addresses are held."),
        implemented(
            "virtual_router_id", .instance, arguments: "1-255",
            doc: "Number of the virtual router on its link; the same on all nodes."),
        implemented(
            "priority", .instance, arguments: "1-255",
            doc: "The highest one becomes master [100]; 255 owns the addresses."),
        implemented(
            "advert_int", .instance, arguments: "SECONDS",
            doc: "Time between advertisements [1]: whole seconds in version 2, 0.01 to 40.95 in 3."),
        implemented(
            "version", .instance, arguments: "2|3", doc: "VRRP version [that of 'vrrp_version']."),
        implemented(
            "virtual_ipaddress", .instance, content: .items,
            doc: "Addresses that are advertised, and held while master."),
        implemented(
            "no_virtual_ipaddress", .instance,
            doc: "The instance has no addresses: a notify script moves them."),
        implemented(
            "track_script", .instance, content: .items,
            doc: "Scripts that change the priority or cause FAULT."),
        implemented(
            "track_interface", .instance, content: .items,
            doc: "Interfaces that change the priority or cause FAULT while they are down."),
        implemented(
            "track_proxy", .instance, content: .keywords(.trackProxy),
            doc: "The proxy engine, frontends and backends that change the priority or cause FAULT."
        ),
        implemented(
            "dont_track_primary", .instance, doc: "Ignores the state of the own interface."),
        implemented(
            "nopreempt", .instance, doc: "Leaves a master of lower priority alone."),
        implemented("preempt", .instance, doc: "The opposite of 'nopreempt', the default."),
        implemented(
            "preempt_delay", .instance, arguments: "0-1000",
            doc: "Seconds to leave a master of lower priority alone [0]."),
        implemented(
            "authentication", .instance, content: .keywords(.authentication),
            doc: "A password in VRRPv2 packets, in clear text."),
        implemented(
            "accept", .instance, doc: "Accepts traffic to the addresses, the default."),
        implemented(
            "lower_prio_no_advert", .instance, arguments: "[BOOL]",
            doc: "A master does not answer advertisements of lower priority."),
        implemented(
            "higher_prio_send_advert", .instance, arguments: "[BOOL]",
            doc: "A master that yields advertises once more [on; keepalived: off]."),
        implemented(
            "skip_check_adv_addr", .instance, arguments: "[BOOL]",
            doc: "Does not compare the addresses in advertisements of the same master."),
        implemented(
            "strict_mode", .instance, arguments: "[BOOL]",
            doc: "The protocol to the letter; not for load balancers."),
        implemented(
            "down_timer_adverts", .instance, arguments: "1-100",
            doc: "Missed advertisements until a master counts as dead [3]."),
        implemented(
            "v3_checksum_as_v2", .instance, arguments: "[BOOL]",
            doc: "Sends VRRPv3 checksums without pseudo header, as RFC 9568 says."),
        implemented(
            "auth_type", .authentication, arguments: "PASS", doc: "Only PASS; AH is refused."),
        implemented(
            "auth_pass", .authentication, arguments: "PASSWORD", doc: "Eight bytes at most."),
        implemented(
            "unicast_peer", .instance, content: .items,
            doc: "Sends to these addresses and not to the group, and hears nobody else."),
        implemented(
            "unicast_src_ip", .instance, arguments: "ADDRESS",
            doc: "Where unicast advertisements come from [the first address of the interface]."),
        implemented(
            "unicast_ttl", .instance, arguments: "1-255",
            doc: "Time to live of unicast advertisements [255]."),
        implemented(
            "fast_hand_over", .instance, arguments: "[BOOL]",
            doc: "Takes over at once from a master that gives up [on with one unicast peer]."),
        implemented(
            "mcast_src_ip", .instance, arguments: "ADDRESS",
            doc: "Where multicast advertisements come from [the first address of the interface]."),
        refused(
            "unicast_fault_no_peer", .instance, because: "peers are the same for all states",
            instead: "remove it"),
        implemented(
            "min_ttl", .unicastPeer, arguments: "0-255",
            doc: "Refuses what comes from the peer with a lower time to live."),
        implemented(
            "max_ttl", .unicastPeer, arguments: "0-255",
            doc: "Refuses what comes from the peer with a higher time to live."),
        accepted(
            "track_src_ip", .instance,
            because: "without the source address the state is FAULT in any case"),
        implemented(
            "owner_ignore_adverts", .instance, arguments: "[BOOL]",
            doc: "Priority 255 never yields, not even to another router with 255."),
        implemented(
            "mcast_dst_ip", .instance, arguments: "ADDRESS",
            doc: "The group that advertisements go to [that of 'vrrp_mcast_group4' or '6']."),
        implemented(
            "native_ipv6", .instance,
            doc: "Advertises over IPv6, also without an IPv6 address that comes first."),
        implemented(
            "use_vmac", .instance, arguments: "[NAME] [MAC]",
            doc: "Holds the addresses on a macvlan with the MAC of the virtual router [vrrp.VRID]."
        ),
        implemented(
            "vmac_xmit_base", .instance,
            doc: "With 'use_vmac': advertisements leave by the interface below."),
        refused(
            "use_vmac_addr use_ipvlan", .instance,
            because: "only 'use_vmac' makes interfaces",
            instead: "use 'use_vmac', or gratuitous ARP without it"),
        refused(
            "no_accept", .instance, because: "no firewall rules are made",
            instead: "remove it: a load balancer answers on its addresses"),
        implemented(
            "virtual_ipaddress_excluded", .instance, content: .items,
            doc: "Addresses that are held while master, and not advertised."),
        implemented(
            "virtual_routes", .instance, content: .items,
            doc: "Routes that are there while master, as 'ip route add' takes them."),
        implemented(
            "virtual_rules", .instance, content: .items,
            doc: "Rules of routing that are there while master, as 'ip rule add' takes them."),
        refused(
            "track_bfd", .instance, .syncGroup, content: .items,
            because: "BFD is not spoken here", instead: "use a 'vrrp_script'"),
        implemented(
            "auth_hmac", .instance, content: .keywords(.hmac),
            doc: "Advertisements are signed, as keepalived 2.4 does it."),
        implemented(
            "key", .hmac, arguments: "NUMBER VALUE",
            doc: "A key of 32 to 64 bytes: text, hex:DIGITS or file:PATH; numbers 1 to 255."),
        implemented(
            "active_key", .hmac, arguments: "NUMBER", doc: "The key that this node signs with."),
        implemented(
            "anti_replay", .hmac, arguments: "time|monotonic",
            doc: "Whether clocks must agree, or numbers only have to grow."),
        implemented(
            "time_window", .hmac, arguments: "SECONDS",
            doc: "How far clocks may differ, 1 to 300; 3 × advert_int, at least 5."),
        implemented(
            "mode", .hmac, arguments: "enforce|permissive|receive-only",
            doc: "Whether unsigned advertisements are believed, and ours are signed."),
        implemented(
            "notify_priority_changes", .instance, arguments: "[BOOL]",
            doc: "Named pipes get a line for every change of the priority."),
        refused(
            "notify_priority_changes", .syncGroup, because: "a group has no priority",
            instead: "write it in the instances"),
        refused(
            "smtp_alert", .instance, .syncGroup, because: "no e-mail is sent",
            instead: "send it from a 'notify' script"),
        refused(
            "promote_secondaries", .instance, because: "system settings are not changed",
            instead: "set the sysctl net.ipv4.conf.INTERFACE.promote_secondaries=1"),
        refused(
            "vrf", .instance, because: "sockets are not bound to a VRF",
            instead: "name the interface"),
        refused(
            "timer_expired_backup thread_timer_expired", .instance,
            because: "the election has no such exception", instead: "remove it"),
        accepted(
            "check_unicast_src", .instance,
            because: "the source of unicast advertisements is always checked"),
        accepted(
            "old_unicast_checksum", .instance, because: "all forms of checksums are accepted"),
        accepted(
            "linkbeat_use_polling", .instance, because: "netlink tells of every link"),
        accepted("debug", .instance, because: "it has no effect in keepalived either"),
        accepted(
            "kernel_rx_buf_size", .instance, because: "receive buffers have a fixed size"),
        accepted(
            "garp_extra_if vmac_garp_intvl", .instance,
            because: "'garp_master_refresh' announces again and again"),
        ignored(
            "lvs_sync_daemon_interface lvs_sync_daemon", .instance, because: "IPVS is not used"),
    ]
}
