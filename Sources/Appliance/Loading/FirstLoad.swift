internal import Logging

/// What the launcher read and opened before it became the guard.
internal struct FirstLoad {
    /// The bundle's memory file.
    let bundle: Int32
    let permissions: GuardPermissions
    let listeners: ListenerStore
    /// The guard's own lines: to the targets of `global`, or to the system's log.
    let log: SystemLog
    /// Sockets of each bind line.
    let workers: Int
}
