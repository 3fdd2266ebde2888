/// What the launcher read and opened before it became the guard.
internal struct FirstLoad {
    /// The bundle's memory file.
    let bundle: Int32
    let permissions: GuardPermissions
    let listeners: ListenerStore
    /// Sockets of each bind line.
    let workers: Int
}
