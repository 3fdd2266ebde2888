internal import Configuration
internal import Core
internal import Linux

/// A named pipe that gets a line for every change of state. Nobody who reads slowly, or not at all, keeps the
/// vrrp thread waiting: what does not fit is dropped, and said.
internal final class NotifyFIFO {
    let settings: NotifyFIFOSettings
    private let descriptor: Descriptor
    private let isOurs: Bool
    /// Lines that were lost since the last one that was written.
    private var lost = 0

    /// Makes the pipe, unless it is there, and opens both of its ends: a reader may come and go.
    init(_ settings: NotifyFIFOSettings) throws(Errno) {
        self.settings = settings
        isOurs = try Files.makeFIFO(settings.path, mode: 0o600)
        descriptor = try Files.openFIFO(settings.path)
        // By the descriptor: what has the name may be somebody else's by now.
        if isOurs, let user = settings.user {
            try Files.setOwner(descriptor.number, user: user.userID, group: user.groupID)
        }
    }

    /// Removes the pipe if it was made here; without rights it stays.
    func remove() {
        if isOurs { try? Files.remove(settings.path) }
    }

    /// A line for the log when the pipe begins to be full, or has room again.
    func write(_ line: String) -> String? {
        let bytes = Array(line.utf8)
        let result = bytes.withBytes { Descriptors.write(descriptor.number, $0) }
        if case .moved(bytes.count) = result {
            defer { lost = 0 }
            return lost > 0 ? "notify FIFO \(settings.path): \(lost) lines were lost" : nil
        }
        lost += 1
        return lost == 1 ? "notify FIFO \(settings.path) is full: nobody reads it" : nil
    }
}
