import StickTables

/// The fetches and converters that look at stick tables.
enum StickFetches {
    private typealias Fact = (name: String, use: StickQuery.Use, data: StickData)

    private static let facts: [Fact] = [
        ("conn_cnt", .value, .connections), ("conn_cur", .value, .openConnections),
        ("conn_rate", .value, .connectionRate), ("sess_cnt", .value, .sessions),
        ("sess_rate", .value, .sessionRate), ("http_req_cnt", .value, .requests),
        ("http_req_rate", .value, .requestRate), ("http_err_cnt", .value, .errors),
        ("http_err_rate", .value, .errorRate), ("http_fail_cnt", .value, .failures),
        ("http_fail_rate", .value, .failureRate), ("bytes_in_rate", .value, .bytesInRate),
        ("bytes_out_rate", .value, .bytesOutRate), ("kbytes_in", .kilo, .bytesIn),
        ("kbytes_out", .kilo, .bytesOut), ("gpc0_rate", .value, .gpc0Rate),
        ("gpc1_rate", .value, .gpc1Rate),
    ]

    /// Of fetches only.
    private static let general: [Fact] = [
        ("get_gpc0", .value, .gpc0), ("get_gpc1", .value, .gpc1), ("get_gpt0", .value, .gpt0),
        ("inc_gpc0", .increment, .gpc0), ("inc_gpc1", .increment, .gpc1),
        ("clr_gpc0", .clear, .gpc0), ("clr_gpc1", .clear, .gpc1),
    ]

    private static let arrays: [Fact] = [
        ("get_gpc", .value, .gpc), ("get_gpt", .value, .gpt), ("gpc_rate", .value, .gpcRate),
        ("inc_gpc", .increment, .gpc), ("clr_gpc", .clear, .gpc),
    ]

    private static let tracking: [Fact] = [
        ("tracked", .isTracked, .gpc0), ("trackers", .trackers, .gpc0),
    ]

    static let entries: [FetchEntry] =
        sources + counters + (0..<3).flatMap(numbered) + [
            table("table_cnt", .entries), table("table_avl", .freeEntries),
        ]

    private static let sources: [FetchEntry] =
        (facts + general + [("updt_conn_cnt", .countConnection, .connections)]).map { fact in
            FetchEntry("src_\(fact.name)", .integer, [], 0...1) { a throws(ExpressionProblem) in
                .stickSource(
                    StickQuery(fact.use, fact.data, of: .key, in: try a.table(0, orOwn: true)))
            }
        }
        + arrays.map { fact in
            FetchEntry("src_\(fact.name)", .integer, [], 1...2) { a throws(ExpressionProblem) in
                .stickSource(
                    StickQuery(
                        fact.use, fact.data, index: try a.arrayIndex(0), of: .key,
                        in: try a.table(1, orOwn: true)))
            }
        }

    private static let counters: [FetchEntry] =
        (facts + general + tracking).map { fact in
            FetchEntry("sc_\(fact.name)", type(fact), [], 1...2) { a throws(ExpressionProblem) in
                .stick(
                    StickQuery(
                        fact.use, fact.data, of: .tracked(try a.slot(0)),
                        in: try a.table(1, orOwn: false)))
            }
        }
        + arrays.map { fact in
            FetchEntry("sc_\(fact.name)", .integer, [], 2...3) { a throws(ExpressionProblem) in
                .stick(
                    StickQuery(
                        fact.use, fact.data, index: try a.arrayIndex(0),
                        of: .tracked(try a.slot(1)),
                        in: try a.table(2, orOwn: false)))
            }
        }

    private static func numbered(_ slot: Int) -> [FetchEntry] {
        (facts + general + tracking).map { fact in
            FetchEntry("sc\(slot)_\(fact.name)", type(fact), [], 0...1) {
                a throws(ExpressionProblem) in
                .stick(
                    StickQuery(
                        fact.use, fact.data, of: .tracked(UInt8(slot)),
                        in: try a.table(0, orOwn: false)))
            }
        }
            + arrays.map { fact in
                FetchEntry("sc\(slot)_\(fact.name)", .integer, [], 1...2) {
                    a throws(ExpressionProblem) in
                    .stick(
                        StickQuery(
                            fact.use, fact.data, index: try a.arrayIndex(0),
                            of: .tracked(UInt8(slot)), in: try a.table(1, orOwn: false)))
                }
            }
    }

    private static func type(_ fact: Fact) -> SampleType {
        if case .isTracked = fact.use { .bool } else { .integer }
    }

    private static func table(_ name: String, _ use: StickQuery.Use) -> FetchEntry {
        FetchEntry(name, .integer, [], 0...1) { a throws(ExpressionProblem) in
            .stick(StickQuery(use, .gpc0, of: .key, in: try a.table(0, orOwn: true)))
        }
    }

    // MARK: Converters

    static let converters: [ConverterEntry] =
        (facts + [
            ("gpc0", .value, .gpc0), ("gpc1", .value, .gpc1), ("gpt0", .value, .gpt0),
            ("server_id", .value, .serverID), ("trackers", .trackers, .gpc0),
            ("expire", .timeLeft, .gpc0), ("idle", .idleTime, .gpc0),
            ("inc_gpc0", .increment, .gpc0), ("inc_gpc1", .increment, .gpc1),
            ("clr_gpc0", .clear, .gpc0), ("clr_gpc1", .clear, .gpc1),
        ]).map { converter("table_\($0.name)", .integer, $0.use, $0.data) }
        + [
            array("table_gpc", .gpc), array("table_gpt", .gpt), array("table_gpc_rate", .gpcRate),
            array("table_inc_gpc", .gpc, .increment), array("table_clr_gpc", .gpc, .clear),
            converter("in_table", .bool, .isThere, .gpc0),
        ]

    private static func converter(
        _ name: String, _ type: SampleType, _ use: StickQuery.Use, _ data: StickData
    ) -> ConverterEntry {
        ConverterEntry(name, .any, type, 0...2) { a throws(ExpressionProblem) in
            .stick(StickQuery(use, data, of: .key, in: try a.table(0, orOwn: true)))
        }
    }

    private static func array(
        _ name: String, _ data: StickData, _ use: StickQuery.Use = .value
    ) -> ConverterEntry {
        ConverterEntry(name, .any, .integer, 1...2) { a throws(ExpressionProblem) in
            .stick(
                StickQuery(
                    use, data, index: try a.arrayIndex(0), of: .key,
                    in: try a.table(1, orOwn: true)))
        }
    }
}

extension ExpressionArguments {
    /// A stick table by its name; without one that of the section, or -1.
    fileprivate func table(_ index: Int, orOwn: Bool) throws(ExpressionProblem) -> Int32 {
        if has(index) { return world.table(texts[index]) }
        return orOwn ? world.table(world.section) : -1
    }

    fileprivate func slot(_ index: Int) throws(ExpressionProblem) -> UInt8 {
        let number = try integer(index)
        guard (0..<Int64(world.stickCounters)).contains(number) else {
            throw ExpressionProblem(
                "Stick counter id \(number) is not supported (0..\(world.stickCounters - 1))",
                fix: "raise 'tune.stick-counters'")
        }
        return UInt8(number)
    }

    fileprivate func arrayIndex(_ index: Int) throws(ExpressionProblem) -> UInt8 {
        let number = try integer(index)
        guard (0..<Int64(StickTableSettings.arrayLimit)).contains(number) else {
            throw ExpressionProblem(
                "index \(number) is out of range (0..\(StickTableSettings.arrayLimit - 1))")
        }
        return UInt8(number)
    }
}
