/// What the guard tells the process. Descriptors that go along are named in the comments.
internal enum GuardMessage: Sendable, Equatable {
    /// A configuration: one descriptor, the bundle's memory file. Its listeners came before.
    case configuration(generation: Int)
    /// Listening sockets: `counts[i]` descriptors for `keys[i]`, in order.
    case listeners(keys: [String], counts: [Int])
    /// The configuration of this generation is complete: start with it, or swap to it.
    /// `resuming`: virtual routers that were master when the process before this one died.
    /// `wishes`: what operators had asked of virtual routers, `rests VI_1`.
    /// `sequences`: above which numbers their signed packets go on, `4711 VI_1`.
    case apply(
        generation: Int, resuming: [String], wishes: [String] = [], sequences: [String] = [])
    /// A reload that the process asked for ended before it reached the process.
    case reloadFailed(String)
    /// A graceful stop (`TERM`), or one without waiting for streams (`INT`).
    case stop(immediately: Bool)
    /// `USR1`
    case drain
    /// A script that the process asked for ended: exit status, or 128 + signal.
    case scriptEnded(id: Int, status: Int)
    /// A datagram socket to a log target, as asked for: one descriptor, or none when it could not be had.
    case logSocket(path: String)
    /// A file that `crt-watch` looks at was changed: one descriptor, to read from.
    case file(path: String)
    /// A dump of keepalived's, `KeepalivedDumpKind` by number: one descriptor, the file to write to.
    case dump(kind: Int)
    /// The service is in the background: standard output and error lead nowhere from now on.
    case detach
}

/// What the process tells the guard.
internal enum ProcessMessage: Sendable, Equatable {
    /// The configuration of this generation runs.
    case ready(generation: Int)
    /// It does not; the one before goes on.
    case refused(generation: Int, reason: String)
    /// The workers have taken the last connection from these sockets.
    case released(keys: [String])
    /// A sign of life, with the threads that make no progress.
    case progress(stalled: [String])
    /// `reload` on the runtime socket.
    case reloadRequested
    /// A script of the configuration; whom it runs as is not for the process to say.
    /// `environment`: for programs of checks.
    case runScript(id: Int, command: [String], environment: [String] = [])
    /// A script took too long.
    case killScript(id: Int, signal: Int)
    /// `/dev/log` was closed, or a new configuration names another one.
    case openLog(path: String)
    /// What a virtual router sends and owns now, for the time when the process is dead.
    case virtualRouter(VirtualRouterRecord)
    /// The virtual routers of the configuration in force.
    case virtualRouterNames([String])
    /// A piece of a message that is longer than the channel takes, from this offset of so many bytes.
    case part([UInt8], offset: Int, total: Int)
    /// The process ends by its own will with this status.
    case stopping(status: Int)
}

/// What the guard must know of a virtual router to answer for it while there is no process.
internal struct VirtualRouterRecord: Sendable, Equatable {
    var name: String
    var isMaster: Bool
    var interfaceIndex: Int
    /// Whole IP packets: the last normal advertisement, or, where it is signed, `rounds` of them, each to be sent once.
    var advertisement: [UInt8]
    /// The same with priority 0.
    var resignation: [UInt8]
    /// `address/length interface`, as they are on interfaces.
    var addresses: [String]
    var intervalMilliseconds: Int
    /// What an operator asked of it; empty: nothing.
    var wish = ""
    var isSigned = false
    var rounds = 1
    /// The highest number that something in here is signed under; 0: none.
    var lastSequence: UInt64 = 0
    /// Requests to the kernel that take its routes and rules away.
    var removals: [[UInt8]] = []
    /// Its macvlan, which goes, too; empty: none.
    var virtualLink = ""

    init(
        name: String, isMaster: Bool, interfaceIndex: Int, advertisement: [UInt8],
        resignation: [UInt8], addresses: [String], intervalMilliseconds: Int
    ) {
        self.name = name
        self.isMaster = isMaster
        self.interfaceIndex = interfaceIndex
        self.advertisement = advertisement
        self.resignation = resignation
        self.addresses = addresses
        self.intervalMilliseconds = intervalMilliseconds
    }
}
