internal import Configuration
internal import Core
internal import Proxy
internal import StickTables

extension CommandTable {
    /// Commands on stick tables.
    static let stickTableCommands: [Command] = [
        Command(
            "show table", arguments: "<table> [<filter>]*",
            does: "report table usage stats or dump this table's contents (data/key)"
        ) { call, _ in
            guard !call.argument(0).isEmpty else {
                return .text(listing(call.snapshot.tables, call))
            }
            return request(call, missing: "", verb: .show) { table, key, filters in
                show(table, key, filters, call)
            }
        },
        Command(
            "set table", .op, arguments: "<table> key <key> [data.* <value>]*",
            does: "update or create a table entry's data"
        ) { call, _ in
            let usage = "Required arguments: <table> key <key> [data.<store_data_type> <value>]*"
            return request(call, missing: usage, verb: .set) { table, key, _ in
                key.map { set(table, $0, call) } ?? .done
            }
        },
        Command(
            "clear table", .op, arguments: "<table> [<filter>]*",
            does: "remove an entry from a table (filter: data/key)"
        ) { call, _ in
            let usage =
                "Required arguments: <table> \"data.<store_data_type>\" <operator> <value> or <table> key <key>"
            return request(call, missing: usage, verb: .clear) { table, key, filters in
                clear(table, key, filters, call)
            }
        },
    ]

    /// What a command does, in the words for what it cannot do.
    private enum StickVerb: String {
        case show = "Showing keys from"
        case clear = "Removing keys from"
        case set = "Inserting keys into"
    }

    /// Finds the table, and the key or the filters behind it.
    private static func request(
        _ call: CommandCall, missing usage: String, verb: StickVerb,
        _ act: (StickTable, StickKey?, [StickFilter]) -> CommandReply
    ) -> CommandReply {
        guard !call.argument(0).isEmpty else { return .error(usage) }
        guard
            let table = call.snapshot.tables.first(where: { $0.settings.name == call.argument(0) })
        else { return .error("No such table") }
        let word = call.argument(1)
        if word == "key" {
            guard !call.argument(2).isEmpty else { return .error("Key value expected") }
            switch key(call.argument(2), for: table.settings, verb) {
            case .success(let key): return act(table, key, [])
            case .failure(let problem): return .error(problem.text)
            }
        }
        if word.hasPrefix("data."), verb == .set {
            return .error(
                "content-based lookup is only supported with the \"show\" and \"clear\" actions")
        }
        if word.hasPrefix("data.") {
            switch StickFilter.parse(call.arguments.dropFirst(), for: table.settings) {
            case .success(let filters): return act(table, nil, filters)
            case .failure(let problem): return .error(problem.text)
            }
        }
        guard word.isEmpty else {
            return .error(
                "Optional argument only supports \"data.<store_data_type>\" <operator> <value> and key <key>"
            )
        }
        return act(table, nil, [])
    }

    private static func key(
        _ text: String, for settings: StickTableSettings, _ verb: StickVerb
    ) -> Result<StickKey, StickFilter.Problem> {
        var key = StickKey()
        switch settings.keyType {
        case .ip:
            guard let address = IPv4Address(text) else { return .failure("Invalid key") }
            key.set(address)
        case .ipv6:
            guard let address = IPv6Address(text) else { return .failure("Invalid key") }
            key.set(address)
        case .integer:
            guard let number = UInt32(text) else { return .failure("Invalid key") }
            key.set(Int64(number))
        case .string:
            let bytes = Array(text.utf8)
            unsafe key.set(bytes.span.bytes, for: settings)
        case .binary:
            return .failure(
                .init(
                    text:
                        "\(verb.rawValue) tables of type other than ip, ipv6, string and integer is not supported"
                ))
        }
        return .success(key)
    }

    // MARK: Showing

    private static func header(_ table: StickTable, used: Int) -> String {
        let settings = table.settings
        return
            "# table: \(settings.name), type: \(settings.keyType.rawValue), size:\(settings.size), used:\(used)\n"
    }

    /// As HAProxy: the last one of the file first.
    private static func listing(_ tables: [StickTable], _ call: CommandCall) -> String {
        tables.reversed().map { table in
            header(table, used: table.liveCount(now: call.now.nanoseconds))
        }.joined()
    }

    private static func show(
        _ table: StickTable, _ key: StickKey?, _ filters: [StickFilter], _ call: CommandCall
    ) -> CommandReply {
        let now = call.now.nanoseconds
        if let key {
            guard let reference = table.use({ $0.find(key, now: now) }) else { return .done }
            let used = table.liveCount(now: now)
            let names = StickTableDump.serverNames(call.snapshot)
            let line = table.use { StickTableDump.line(reference, &$0, names, now: now) }
            return .text(header(table, used: used) + (line ?? ""))
        }
        let entries = sorted(table, now: now)
        return .streamed(
            StickTableDump(
                table, header: header(table, used: entries.count), entries, filters,
                names: StickTableDump.serverNames(call.snapshot), now: now))
    }

    /// In the order of keys.
    private static func sorted(_ table: StickTable, now: Int64) -> [StickStore.Reference] {
        let isText = table.settings.keyType == .string
        let keyed = table.entries(now: now).map { reference, key in
            // A text's length stands before it and decides last.
            (isText ? Array(key.words.dropFirst() + key.words.prefix(1)) : key.words, reference)
        }
        return keyed.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
    }

    // MARK: Changing

    private static func set(
        _ table: StickTable, _ key: StickKey, _ call: CommandCall
    ) -> CommandReply {
        let now = call.now.nanoseconds
        // As HAProxy: the entry is there even where a value is refused.
        guard let reference = table.use({ $0.take(key, now: now) }) else {
            return .error("Unable to allocate a new entry")
        }
        var rest = call.arguments.dropFirst(3)
        while let word = rest.popFirst() {
            guard word.hasPrefix("data.") else {
                return .error("\"data.<type>\" followed by a value expected")
            }
            guard let data = StickData.allCases.first(where: { "data.\($0.name)" == word }) else {
                return .error("Unknown data type")
            }
            guard table.settings.column(data) != nil else {
                return .error("Data type not stored in this table")
            }
            guard let value = rest.popFirst().flatMap({ Int64($0) }), value >= 0 else {
                return .error("Require a valid integer value to store")
            }
            guard data != .serverKey else { continue }
            _ = table.use { $0.set(value, data, of: reference, now: now) }
        }
        return .done
    }

    private static func clear(
        _ table: StickTable, _ key: StickKey?, _ filters: [StickFilter], _ call: CommandCall
    ) -> CommandReply {
        let now = call.now.nanoseconds
        if let key {
            let isClear = table.use { store in
                guard let reference = store.find(key, now: now) else { return true }
                return store.remove(reference)
            }
            return isClear ? .done : .error("Entry currently in use, cannot remove")
        }
        // One by one: workers have their turn between two of them.
        for (reference, _) in table.entries(now: now) {
            table.use { store in
                let matches = filters.allSatisfy { $0.matches(reference, store, now: now) }
                if matches { _ = store.remove(reference) }
            }
        }
        return .done
    }
}
