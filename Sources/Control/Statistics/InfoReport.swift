package import Core

/// `show info`: the process, in HAProxy 2.6's order and positions.
package struct InfoReport: Sendable {
    /// One line.
    struct Field {
        let position: Int
        let name: String
        let tags: FieldTags
        let value: StatValue
    }

    let fields: [Field]

    private let describes: Bool

    /// `isExact`: seconds with their fraction. `describes`: each field ends with a sentence.
    package init(
        _ facts: ProcessFacts, now: Instant, isExact: Bool = false, describes: Bool = false
    ) {
        self.describes = describes
        var list = FieldList()
        list.addIdentity(facts, uptime: now - facts.startedAt, isExact: isExact)
        list.addLimits(facts)
        list.addRates(facts)
        list.addState(facts)
        fields = list.fields
    }

    // MARK: Formats

    func lines() -> [UInt8] {
        var output: [UInt8] = []
        for field in fields {
            output.write("\(field.name): \(field.value.text)")
            if describes { output.write(":\"\(InfoDescriptions.text(field.name))\"") }
            output.append(0x0a)
        }
        return output
    }

    func typed() -> [UInt8] {
        var output: [UInt8] = []
        for field in fields {
            output.write(typedField: field.position, field.name, field.tags, field.value)
            if describes { output.write(":\"\(InfoDescriptions.text(field.name))\"") }
            output.append(0x0a)
        }
        return output
    }

    func json() -> [UInt8] {
        var output: [UInt8] = []
        var separator = "["
        for field in fields {
            output.write(separator + "{")
            output.write(jsonField: field.position, field.name, field.tags, field.value)
            output.write("}")
            separator = ","
        }
        output.write("]\n")
        return output
    }
}

/// Builds the fields in their order; positions that we leave out stay free.
private struct FieldList {
    var fields: [InfoReport.Field] = []
    private var position = 0

    mutating func add(_ name: String, _ tags: String, _ value: StatValue) {
        fields.append(.init(position: position, name: name, tags: FieldTags(tags), value: value))
        position += 1
    }

    mutating func addCounts(_ tags: String, _ pairs: [(String, Int)]) {
        for (name, number) in pairs { add(name, tags, .count(number)) }
    }

    mutating func skip(_ count: Int) { position += count }

    mutating func addIdentity(_ facts: ProcessFacts, uptime: Duration, isExact: Bool) {
        let seconds = uptime.components.seconds
        add("Name", "POS", .text(Identity.compatibleName))
        add("Version", "POS", .text(Identity.version))
        add("Release_date", "POS", .text(Identity.releaseDate))
        addCounts("CGS", [("Nbthread", facts.workers), ("Nbproc", 1)])
        add("Process_num", "KGP", .u32(1))
        add("Pid", "SGP", .count(Int(facts.pid)))
        add("Uptime", "MDP", .text(ProcessFacts.uptimeText(seconds: seconds)))
        let fraction = DateText.padded(uptime.nanoseconds / 1000 % 1_000_000, to: 6)
        add(
            "Uptime_sec", "MDP",
            isExact ? .text("\(seconds).\(fraction)") : .u32(UInt32(clamping: seconds)))
    }

    mutating func addLimits(_ facts: ProcessFacts) {
        add("Memmax_MB", "CLP", .count(facts.memoryLimit))
        addCounts(
            "MGP",
            [
                ("PoolAlloc_MB", Int(clamping: facts.poolBytes >> 20)),
                ("PoolUsed_MB", Int(clamping: facts.poolBytesUsed >> 20)),
            ])
        add("PoolFailed", "MCP", .u32(0))
        addCounts(
            "CLP",
            [
                ("Ulimit-n", facts.descriptorLimit), ("Maxsock", facts.descriptorLimit),
                ("Maxconn", facts.maxConnections), ("Hard_maxconn", facts.hardMaxConnections),
            ])
        add("CurrConns", "MGP", .count(facts.currentConnections))
        add("CumConns", "MCP", .u32(UInt32(truncatingIfNeeded: facts.connections)))
        add("CumReq", "MCP", .u32(UInt32(truncatingIfNeeded: facts.requests)))
        add("MaxSslConns", "MMP", .count(facts.maxSecureConnections))
        add("CurrSslConns", "MGP", .count(facts.secureConnections))
        add("CumSslConns", "MCP", .u32(UInt32(truncatingIfNeeded: facts.allSecureConnections)))
        add("Maxpipes", "CLP", .u32(0))
        addCounts("MGP", [("PipesUsed", facts.pipesUsed), ("PipesFree", facts.pipesFree)])
    }

    mutating func addRates(_ facts: ProcessFacts) {
        add("ConnRate", "MRP", .count(facts.connectionRate))
        add("ConnRateLimit", "CLP", .count(facts.connectionRateLimit))
        add("MaxConnRate", "MMP", .count(facts.connectionRateMaximum))
        add("SessRate", "MRP", .count(facts.sessionRate))
        add("SessRateLimit", "CLP", .count(facts.sessionRateLimit))
        // A rate for HAProxy, though it is a maximum.
        add("MaxSessRate", "MRP", .count(facts.sessionRateMaximum))
        add("SslRate", "MRP", .count(facts.handshakeRate))
        add("SslRateLimit", "CLP", .count(facts.secureRateLimit))
        add("MaxSslRate", "MMP", .count(facts.handshakeRateMaximum))
        add("SslFrontendKeyRate", "MGP", .count(facts.fullHandshakeRate))
        add("SslFrontendMaxKeyRate", "MMP", .count(facts.fullHandshakeRateMaximum))
        add("SslFrontendSessionReuse_pct", "MGP", .count(facts.resumedPercent))
        add("SslBackendKeyRate", "MRP", .count(facts.serverHandshakeRate))
        add("SslBackendMaxKeyRate", "MMP", .count(facts.serverHandshakeRateMaximum))
        add("SslCacheLookups", "MCP", .u32(UInt32(truncatingIfNeeded: facts.sessionLookups)))
        add("SslCacheMisses", "MCP", .u32(UInt32(truncatingIfNeeded: facts.sessionMisses)))
        add("CompressBpsIn", "MRP", .u32(0))
        add("CompressBpsOut", "MRP", .u32(0))
        add("CompressBpsRateLim", "CLP", .u32(0))
        skip(2)  // zlib memory, only in builds of HAProxy with zlib
    }

    mutating func addState(_ facts: ProcessFacts) {
        addCounts("MGP", [("Tasks", facts.currentConnections + facts.listeners), ("Run_queue", 0)])
        add("Idle_pct", "MaP", .count(facts.idlePercent))
        add("node", "COS", .text(facts.node))
        if let description = facts.description {
            add("description", "COS", .text(description))
        } else {
            skip(1)
        }
        addCounts(
            "MGP",
            [
                ("Stopping", facts.isStopping ? 1 : 0),
                ("Jobs", facts.currentConnections + facts.listeners), ("Unstoppable Jobs", 0),
                ("Listeners", facts.listeners), ("ActivePeers", 0), ("ConnectedPeers", 0),
                ("DroppedLogs", Int(clamping: facts.droppedLogs)), ("BusyPolling", 0),
                ("FailedResolutions", 0),
            ])
        add("TotalBytesOut", "MGP", .u64(facts.bytesOut))
        // 2.6 spells it so, and tools read it so.
        add("TotalSplicdedBytesOut", "MGP", .u64(facts.splicedBytesOut))
        add("BytesOutRate", "MRP", .u64(facts.bytesOutRate))
        add("DebugCommandsIssued", "MGP", .u32(0))
        add("CumRecvLogs", "MCP", .u32(0))
        add("Build info", "POS", .text(Identity.buildInfo))
        add("Memmax_bytes", "CLP", .u32(UInt32(clamping: facts.memoryLimit << 20)))
        add("PoolAlloc_bytes", "MGP", .u64(facts.poolBytes))
        add("PoolUsed_bytes", "MGP", .u64(facts.poolBytesUsed))
        add("Start_time_sec", "MDP", .u32(UInt32(truncatingIfNeeded: facts.startTime)))
        add("Tainted", "SGP", .text("0"))
    }
}
