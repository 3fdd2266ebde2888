internal import Configuration
internal import Core
internal import Linux

/// The lines of one thread that wait for one target to take them.
///
/// Bounded: when the target takes nothing and the buffer is full, further lines are dropped and counted.
final class LogBatch {
    let target: LogTarget
    private let pool: BufferPool
    private var lines = Buffer()
    /// Bytes of each line in `lines`; the first may be the rest of one that was written in part.
    private var lengths: [UInt32] = []
    private var retryAt = Instant(nanoseconds: 0)

    /// Bytes that one write puts into a pipe whole or not at all (pipe(7), PIPE_BUF), so that lines of several
    /// threads cannot mix.
    private static let atomicWriteBytes = 4096
    /// How long a target that is full is left alone.
    private static let pause = Duration.milliseconds(5)

    init(_ target: LogTarget, pool: BufferPool) {
        self.target = target
        self.pool = pool
        lengths.reserveCapacity(512)
    }

    deinit {
        if !lengths.isEmpty { target.noteDropped(lengths.count) }
        pool.reclaim(&lines)
    }

    var isEmpty: Bool { lengths.isEmpty }

    /// Adds one line behind its header, cut to the target's `len`, which counts the line feed too.
    @inline(__always)
    func add(
        _ header: LogHeader, level: UInt8, line: RawSpan, data: RawSpan, realtime: Int64,
        now: Instant
    ) {
        header.refresh(realtime)
        let limit = min(target.settings.maxLength, BufferPool.bulkBytes &- header.limit)
        let extra = header.hasData ? min(data.byteCount, limit) : 0
        let needed = header.limit &+ min(line.byteCount &+ extra, limit)
        if !lines.isLent { pool.lend(.bulk, to: &lines) }
        if lines.room < needed && !makeRoom(needed, now: now) {
            target.noteDropped(1)
            return
        }
        let before = lines.count
        header.append(
            level: max(level, target.settings.minLevel), realtime: realtime, data: data,
            room: extra, to: &lines)
        let room = limit &- 1 &- (lines.count &- before)
        if room < 0 {
            lines.truncate(by: -room)
        } else {
            lines.append(line.extracting(first: min(room, line.byteCount)))
        }
        lines.append(0x0a)
        lengths.append(UInt32(truncatingIfNeeded: lines.count &- before))
    }

    @inline(never)
    private func makeRoom(_ needed: Int, now: Instant) -> Bool {
        flush(now: now)
        if !lines.isLent { pool.lend(.bulk, to: &lines) }
        lines.compact()
        return lines.room >= needed
    }

    /// Hands over what the target takes now.
    func flush(now: Instant) {
        if !target.streams.isEmpty {
            handOver(now: now)
            return
        }
        while !lengths.isEmpty, now >= retryAt {
            // Lines outlast the restart of a syslog daemon as long as the buffer has room.
            guard target.isReady(now: now) else { break }
            guard target.isDatagram ? sendDatagrams(now: now) : writeLines(now: now) else { break }
        }
        if lengths.isEmpty { pool.reclaim(&lines) }
    }

    /// Lines that travel over TCP wait in the target, for all threads together.
    private func handOver(now: Instant) {
        for stream in target.streams {
            let dropped = stream.append(lines.bytes, lengths)
            if dropped > 0 { target.noteDropped(dropped) }
        }
        lengths.removeAll(keepingCapacity: true)
        lines.removeAll()
        pool.reclaim(&lines)
        for stream in target.streams { stream.send(now: now) }
    }

    /// Each returns whether going on makes sense.
    private func sendDatagrams(now: Instant) -> Bool {
        switch Sockets.sendMany(
            target.descriptor, lines.bytes, lengths: lengths, to: target.prepared)
        {
        case .success(let count):
            remove(count)
            return count > 0
        case .failure(.wouldBlock), .failure(.noBuffers):
            retryAt = now + LogBatch.pause
            return false
        case .failure(let error) where error.rawValue == LogBatch.messageTooLong:
            target.noteDropped(1)
            remove(1)
            return true
        case .failure where target.isConnectionless:
            dropAll()
            return false
        case .failure:
            target.noteLost()
            return true
        }
    }

    private static let messageTooLong: Int32 = 90  // EMSGSIZE

    private func writeLines(now: Instant) -> Bool {
        var bytes = 0
        for length in lengths {
            if bytes > 0 && bytes &+ Int(length) > LogBatch.atomicWriteBytes { break }
            bytes &+= Int(length)
        }
        switch Descriptors.write(target.descriptor, lines.bytes.extracting(first: bytes)) {
        case .moved(let count):
            removeBytes(count)
            return true
        case .wouldBlock, .ended:
            retryAt = now + LogBatch.pause
            return false
        case .failed:
            dropAll()
            return false
        }
    }

    private func remove(_ count: Int) {
        var bytes = 0
        for length in lengths.prefix(count) { bytes &+= Int(length) }
        lines.consume(bytes)
        lengths.removeFirst(count)
    }

    private func removeBytes(_ count: Int) {
        lines.consume(count)
        var rest = UInt32(truncatingIfNeeded: count)
        var whole = 0
        while whole < lengths.count, lengths[whole] <= rest {
            rest &-= lengths[whole]
            whole &+= 1
        }
        lengths.removeFirst(whole)
        if rest > 0 { lengths[0] &-= rest }
    }

    private func dropAll() {
        target.noteDropped(lengths.count)
        lengths.removeAll(keepingCapacity: true)
        lines.removeAll()
    }
}
