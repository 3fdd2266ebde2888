internal import CLinux
public import Core

/// The system's clocks.
public enum Clock {
    /// The monotonic clock, exact.
    @inline(__always)
    public static func now() -> Instant { Instant(nanoseconds: linux_monotonic()) }

    /// Nanoseconds since 1970.
    @inline(__always)
    public static func realtime() -> Int64 { linux_realtime() }

    /// Processor time that all threads of the process have taken.
    public static func processTime() -> Duration { .nanoseconds(linux_process_time()) }

    /// A time of day where the machine stands.
    public struct LocalTime: Sendable, Equatable {
        public let year, month, day, hour, minute, second: Int32
        /// East of Greenwich, in minutes.
        public let offset: Int32
    }

    /// `seconds` since 1970.
    public static func local(seconds: Int64) -> LocalTime {
        var parts: (Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0, 0, 0)
        unsafe withUnsafeMutablePointer(to: &parts) { parts in
            unsafe parts.withMemoryRebound(to: Int32.self, capacity: 7) {
                unsafe linux_local_time(seconds, $0)
            }
        }
        return LocalTime(
            year: parts.0, month: parts.1, day: parts.2, hour: parts.3, minute: parts.4,
            second: parts.5, offset: parts.6)
    }
}
