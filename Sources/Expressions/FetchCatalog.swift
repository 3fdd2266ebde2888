/// The fetches and converters that HAProxy has and this version has not: each is refused by name.
public enum FetchCatalog {
    /// Names of all fetches that can be evaluated.
    public static var fetches: [String] { FetchTable.entries.map(\.name) }
    /// Names of all converters that can be evaluated.
    public static var converters: [String] { ConverterTable.entries.map(\.name) }

    static func problem(_ name: String) -> ExpressionProblem {
        refusedFetches.contains(name)
            ? ExpressionProblem(
                "fetch method '\(name)' is not supported: \(reason(ofFetch: name))",
                fix: "remove the rule")
            : ExpressionProblem("unknown fetch method '\(name)'")
    }

    static func converterProblem(_ name: String) -> ExpressionProblem {
        refusedConverters.contains(name)
            ? ExpressionProblem(
                "converter '\(name)' is not supported: \(reason(ofConverter: name))",
                fix: "remove the rule")
            : ExpressionProblem("unknown converter '\(name)'")
    }

    /// Why a fetch of `refusedFetches` is refused.
    public static func reason(ofFetch name: String) -> String {
        if name.contains("ssl_") { return "this part of TLS is not in this version" }
        if ["glitch", "_streams", "s.rst_code"].contains(where: name.contains) {
            return "it belongs to HTTP/2, which is not in this version"
        }
        if name.hasPrefix("internal.") { return "it looks into HAProxy's own buffers" }
        return planned
    }

    /// Why a converter of `refusedConverters` is refused.
    public static func reason(ofConverter name: String) -> String {
        ["eth.", "ip.", "tcp."].contains(where: name.hasPrefix)
            ? "it takes saved packets apart, and they are not saved" : planned
    }

    private static let planned = "it is planned, but not in this version"

    /// Fetches of HAProxy 3.5 that are not evaluated.
    public static let refusedFetches = Set(
        words(
            """
            bc_err bc_err_name bc_err_str bc_glitches bc_nb_streams bc_settings_streams_limit
            bs.aborted bs.debug_str bs.id bs.rst_code cpu_calls cpu_ns_avg cpu_ns_tot
            cpu_usage_grp cpu_usage_proc cpu_usage_thr distcc_body distcc_param dst_conn
            dump_all_vars fc_err_name fc_err_str fc_glitches fc_nb_streams fc_saved_syn
            fc_settings_streams_limit fcgi.docroot fcgi.index fs.aborted fs.debug_str fs.id
            fs.rst_code internal.htx.data internal.htx.free internal.htx.free_data
            internal.htx.has_eom internal.htx.nbblks internal.htx.size internal.htx.used
            internal.htx_blk.data internal.htx_blk.hdrname internal.htx_blk.hdrval
            internal.htx_blk.size internal.htx_blk.start_line internal.htx_blk.type
            internal.strm.is_htx last_entity last_rule_file last_rule_line lat_ns_avg lat_ns_tot
            meth req.bytes_out res.bytes_out res.cache_hit res.cache_name
            res.comp res.comp_algo sc0_glitch_cnt sc0_glitch_rate sc0_key sc1_glitch_cnt
            sc1_glitch_rate sc1_key sc2_glitch_cnt sc2_glitch_rate sc2_key sc_glitch_cnt
            sc_glitch_rate sc_key spoe.engine-id src_glitch_cnt src_glitch_rate ssl_bc_npn
            ssl_fc_npn term_events waiting_entity
            """))

    /// Converters of HAProxy 3.5 that are not evaluated.
    public static let refusedConverters = Set(
        words(
            """
            date debug
            eth.data eth.dst eth.hdr eth.proto eth.src eth.vlan fe_exists fix_is_valid
            fix_tag_value ip.data ip.df ip.dst ip.fp ip.hdr ip.proto ip.src ip.tos ip.ttl
            ip.ver jwt_decrypt_cert jwt_decrypt_jwk jwt_decrypt_secret jwt_verify_cert mqtt_field_value
            mqtt_is_valid table_glitch_cnt table_glitch_rate tcp.dst tcp.flags tcp.options.mss tcp.options.sack tcp.options.tsopt
            tcp.options.tsval tcp.options.wscale tcp.options.wsopt tcp.options_list tcp.seq tcp.src
            tcp.win when xxh3
            """))

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
