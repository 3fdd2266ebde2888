internal import Configuration
internal import Core
internal import Linux

/// Counts processes for `vrrp_track_process` by looking through `/proc` in bounded steps. The kernel's process
/// connector, which keepalived uses, does not work in network namespaces and containers.
internal final class ProcessScan {
    private(set) var quorums: [String: ProcessQuorum] = [:]
    private let directory: Directory?
    private var counts: [String: Int] = [:]
    private var isUnderWay = false
    private var began: Instant
    /// When the next step, or the next pass, is due.
    private var next: Instant

    /// Time between two passes, at least.
    static let interval = Duration.milliseconds(250)
    /// A pass may take one part in so many of the time, however many processes there are.
    private static let share = 20
    /// Between two steps of a pass.
    private static let pause = Duration.milliseconds(1)

    /// Opens `/proc`, which is not there after a change of the root directory.
    init(now: Instant) {
        directory = try? Directory("/proc")
        next = now
        began = now
    }

    /// Takes new settings; what did not change keeps its state.
    func configure(_ settings: [TrackProcessSettings]) {
        var fresh: [String: ProcessQuorum] = [:]
        for process in settings {
            let known = quorums[process.name]
            fresh[process.name] = known?.settings == process ? known : ProcessQuorum(process)
        }
        quorums = fresh
    }

    var deadline: Instant? {
        guard !quorums.isEmpty else { return nil }
        return quorums.values.compactMap(\.deadline).reduce(next) { min($0, $1) }
    }

    /// Does what is due; lines for the log.
    func expire(now: Instant) -> [String] {
        var lines: [String] = []
        for name in quorums.keys {
            if let line = quorums[name]?.expire(now: now) { lines.append(line) }
        }
        if !quorums.isEmpty, next <= now { lines += step(now: now) }
        return lines
    }

    private func step(now: Instant) -> [String] {
        if !isUnderWay {
            isUnderWay = true
            began = now
            counts = [:]
            directory?.rewind()
        }
        let names = (try? directory?.nextNames()) ?? []
        for name in names where name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            look(at: name)
        }
        guard names.isEmpty else {
            next = now + ProcessScan.pause
            return []
        }
        isUnderWay = false
        next = max(began + ProcessScan.interval, now + (now - began) * ProcessScan.share)
        var lines: [String] = []
        for name in quorums.keys {
            if let line = quorums[name]?.counted(counts[name] ?? 0, now: now) {
                lines.append(line)
            }
        }
        return lines
    }

    /// One process. It may end at any moment: then it does not count.
    private func look(at pid: String) {
        // proc_pid_stat(5): `PID (NAME) STATE …`; the name may hold anything, brackets too.
        guard let line = try? directory?.read("\(pid)/stat"),
            let open = line.firstIndex(of: 0x28), let close = line.lastIndex(of: 0x29),
            open < close,
            close + 2 < line.endIndex
        else { return }
        let state = line[close + 2]
        // Zombies and the dead are not running.
        guard state != 0x5a, state != 0x58 else { return }
        let name = Array(line[(open + 1)..<close])[...]
        var words: [ArraySlice<UInt8>]?
        for (key, quorum) in quorums {
            let matches = quorum.matches(name: name) {
                if let words { return words }
                let read = commandLine(of: pid)
                words = read
                return read
            }
            if matches { counts[key, default: 0] += 1 }
        }
    }

    private func commandLine(of pid: String) -> [ArraySlice<UInt8>] {
        guard var bytes = try? directory?.read("\(pid)/cmdline"), !bytes.isEmpty else { return [] }
        if bytes.last == 0 { bytes = bytes.dropLast() }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).map { Array($0)[...] }
    }
}
