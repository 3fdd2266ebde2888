import Glibc

/// A UDP socket that log lines are sent to.
final class LogSink: @unchecked Sendable {
    let number: Int32
    let port: UInt16

    init() {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.number = number
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, size) + getsockname(number, $0, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(
            number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(number) }

    /// The text of the next line, behind the header `<134>date tag[pid]: `; empty when none comes.
    func line() -> String {
        let text = whole()
        guard let end = text.firstRange(of: "]: ") else { return text }
        return String(text[end.upperBound...])
    }

    /// The next line with its header; empty when none comes.
    func whole() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(number, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else { return "" }
        var text = String(decoding: bytes[0..<count], as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
