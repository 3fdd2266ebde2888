internal import Configuration
internal import Core
internal import HTTP
internal import Linux
internal import TLS

/// Bulk data of tunnels passes through the kernel, small messages through a buffer.
extension Worker {
    /// A read of this size means bulk: from then on bytes are spliced.
    private static let bulkThreshold = 32 * 1024
    /// Bytes of one splice call.
    private static let spliceBytes = 1 << 20

    /// Like `move`, with a pipe beside the buffer.
    func moveBytes(
        from source: inout Channel, to target: inout Channel, _ body: inout BodyFraming,
        _ pipe: inout SplicePipe, counting moved: inout Int
    ) -> Movement {
        if !pipe.isOpen {
            let before = moved
            let movement = move(from: &source, to: &target, &body, counting: &moved)
            let isBulk = moved - before >= Worker.bulkThreshold
            guard isBulk, splicingAllowed, !source.tls.isOn, !target.tls.isOn, body.ready == 0,
                target.output.isEmpty
            else {
                return movement
            }
            switch movement {
            case .sourceWaits, .yields: break
            default: return movement
            }
            pool.reclaim(&source.input)
            guard pipes.lend(to: &pipe) else { return movement }
        }
        return splice(from: &source, to: &target, &pipe, counting: &moved)
    }

    private var splicingAllowed: Bool {
        settings.snapshot.configuration.process.allowsSplice
    }

    private func splice(
        from source: inout Channel, to target: inout Channel, _ pipe: inout SplicePipe,
        counting moved: inout Int
    ) -> Movement {
        var rounds = 16
        while true {
            if pipe.filled > 0 {
                guard target.canWrite else { return .targetWaits }
                switch Descriptors.splice(
                    from: pipe.readEnd, to: target.number, atMost: pipe.filled)
                {
                case .moved(let count):
                    pipe.filled -= count
                    moved &+= count
                    processRow.add(
                        UInt64(count), to: ProcessCounter.splicedBytesOut.rawValue)
                    if pipe.filled > 0 { target.canWrite = false }
                case .wouldBlock: target.canWrite = false
                case .ended, .failed:
                    target.hasFailed = true
                    return .targetFailed
                }
                continue
            }
            guard source.canRead else {
                if source.hasEnded || source.hasFailed {
                    pipes.reclaim(&pipe)
                    return source.hasEnded ? .sourceEnded : .sourceFailed
                }
                return .sourceWaits
            }
            guard rounds > 0 else { return .yields }
            rounds -= 1
            switch Descriptors.splice(
                from: source.number, to: pipe.writeEnd, atMost: Worker.spliceBytes)
            {
            case .moved(let count):
                pipe.filled = count
                if count < 4096, !source.expectsEnd {
                    // Small messages again: a buffer is cheaper.
                    source.canRead = false
                }
            case .wouldBlock: source.canRead = false
            case .ended:
                source.canRead = false
                source.hasEnded = true
            case .failed:
                source.canRead = false
                source.hasFailed = true
            }
        }
    }
}
