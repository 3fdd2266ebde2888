import Foundation
import Glibc
import Linux
import Synchronization

/// A network namespace of the test's own, entered by a thread of the test's own.
enum PrivateNetwork {
    /// Namespaces need root, as the VRRP router itself does.
    static var isPossible: Bool { geteuid() == 0 }

    private final class Work: Sendable {
        let body: @Sendable () throws -> Void
        let result = Mutex<(any Error)?>(nil)
        let done = DispatchSemaphore(value: 0)
        init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }
    }

    struct Refused: Error {}

    /// unshare(CLONE_NEWNET) for the calling thread; Glibc's module hides the function.
    private static func leaveNetwork() -> Bool {
        typealias Unshare = @convention(c) (Int32) -> Int32
        guard let symbol = unsafe dlsym(nil, "unshare") else { return false }
        return unsafe unsafeBitCast(symbol, to: Unshare.self)(0x4000_0000) == 0
    }

    /// Runs `body` in a new namespace; what it starts is in there, too.
    static func run(_ body: @escaping @Sendable () throws -> Void) throws {
        let work = Work(body)
        let thread = Thread {
            do {
                guard leaveNetwork() else { throw Refused() }
                try ip("link set lo up")
                try work.body()
            } catch {
                work.result.withLock { $0 = error }
            }
            work.done.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        work.done.wait()
        if let error = work.result.withLock({ $0 }) { throw error }
    }

    struct CommandFailed: Error { let output: String }

    /// The `ip` command, in the namespace of the calling thread.
    @discardableResult
    static func ip(_ arguments: String) throws -> String {
        var child = Processes.Child(
            path: "/sbin/ip", arguments: ["ip"] + arguments.split(separator: " ").map(String.init))
        let (reader, writer) = try Descriptor.pipe()
        child.standard = (-1, writer, writer)
        let pid = try Processes.spawn(child)
        Descriptors.close(writer)
        let ending = Processes.wait(pid)
        var output = ""
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case .moved(let count) = Descriptors.read(reader, into: &piece) {
            output += String(decoding: piece.prefix(count), as: UTF8.self)
        }
        Descriptors.close(reader)
        guard ending == .exited(0) else {
            throw CommandFailed(output: "ip \(arguments): \(output)")
        }
        return output
    }
}
