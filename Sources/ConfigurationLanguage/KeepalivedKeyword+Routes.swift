extension KeepalivedKeyword {
    /// What stands in lines of routes and rules, beside the words that `ip route` and `ip rule` begin with.
    static let routeEntries: [[KeepalivedKeyword]] = [
        implemented(
            "via", .route, arguments: "ADDRESS", doc: "The gateway."),
        implemented("dev", .route, arguments: "INTERFACE", doc: "The interface it leads to."),
        implemented(
            "src", .route, arguments: "ADDRESS", doc: "What packets of this host come from."),
        implemented(
            "table", .route, arguments: "main|default|local|NUMBER",
            doc: "The table of routes [main]."),
        implemented("metric", .route, arguments: "NUMBER", doc: "The lowest one counts [0]."),
        implemented("priority", .route, arguments: "NUMBER", doc: "As 'metric'."),
        implemented("preference", .route, arguments: "NUMBER", doc: "As 'metric'."),
        implemented(
            "scope", .route, arguments: "global|site|link|host|nowhere|NUMBER",
            doc: "How far the destination is [link without a gateway, else global]."),
        implemented(
            "proto", .route, arguments: "kernel|boot|static|keepalived|NUMBER",
            doc: "Who made the route [209: Dyad]."),
        implemented("protocol", .route, arguments: "NAME|NUMBER", doc: "As 'proto'."),
        implemented("mtu", .route, arguments: "BYTES", doc: "The longest packet."),
        implemented(
            "onlink", .route, doc: "The gateway is on the link although no network says so."),
        accepted(
            "no_track", .route, because: "a route that goes does not change the state"),
        refused(
            "nexthop or tos realms hoplimit advmss rtt rttvar reordering window cwnd ssthresh "
                + "rto_min initcwnd initrwnd quickack features vrf pref encap as expires weight "
                + "ttl-propagate fastopen_no_cookie congctl track_group append add",
            .route, because: "routes have no such option yet",
            instead: "set the route from 'notify_master' and 'notify_backup'"),
        implemented(
            "from", .rule, arguments: "NETWORK|all", doc: "Packets from there."),
        implemented("to", .rule, arguments: "NETWORK|all", doc: "Packets that go there."),
        implemented(
            "table", .rule, arguments: "main|default|local|NUMBER",
            doc: "The table of routes that counts [main]."),
        implemented("lookup", .rule, arguments: "TABLE", doc: "As 'table'."),
        implemented(
            "priority", .rule, arguments: "NUMBER",
            doc: "Rules count in the order of these [16384 and below]."),
        implemented("preference", .rule, arguments: "NUMBER", doc: "As 'priority'."),
        implemented("order", .rule, arguments: "NUMBER", doc: "As 'priority'."),
        implemented("iif", .rule, arguments: "INTERFACE", doc: "Packets that came in there."),
        implemented("dev", .rule, arguments: "INTERFACE", doc: "As 'iif'."),
        implemented(
            "oif", .rule, arguments: "INTERFACE",
            doc: "Packets of sockets that are bound to the interface."),
        implemented(
            "fwmark", .rule, arguments: "NUMBER[/MASK]", doc: "Packets with that mark."),
        accepted(
            "no_track", .rule, because: "a rule that goes does not change the state"),
        refused(
            "tos dsfield realms tun_id ip_proto ipproto sport dport goto uidrange "
                + "suppress_prefixlength suppress_ifgroup l3mdev protocol nat track_group",
            .rule, because: "rules have no such option yet",
            instead: "set the rule from 'notify_master' and 'notify_backup'"),
    ]
}
