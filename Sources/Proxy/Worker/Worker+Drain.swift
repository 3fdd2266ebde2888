internal import Core
internal import EventLoop
internal import Linux

/// Listeners whose bind lines have gone, and whose owner may close them when their queues are empty.
struct ListenerDrain {
    var listeners: [WorkerListener]
    let progress: ReloadProgress
    /// What is queued then is given up: a process that stays full must not keep a listener that was to go.
    let deadline: Instant
}

/// Accepts what the kernel has completed on listeners that are going, so that closing them resets nobody.
extension Worker {
    private static let drainTime = Duration.seconds(5)

    /// Most connections of one turn that come from listeners that are going.
    private static let drainShare = 256

    /// How long a drain rests when descriptors or memory have run out.
    private static let restAfterExhaustion: Int64 = 100_000_000

    private enum DrainStep {
        case empty
        /// There may be more; others come first.
        case shareUsed
        /// The process is full.
        case full
        case exhausted
    }

    /// Takes nothing new from the listeners but what is queued; says so when that is done.
    func drain(_ gone: [WorkerListener], _ progress: ReloadProgress) {
        for listener in gone {
            stopAccepting(listener)
            note(listener, isLost: false)
            listeners.remove(listener.handle)
        }
        guard !gone.isEmpty else {
            progress.workerIsDone()
            return
        }
        drains.append(
            ListenerDrain(
                listeners: gone, progress: progress, deadline: loop.now + Worker.drainTime))
        continueDrains()
    }

    func continueDrains() {
        var share = Worker.drainShare
        while let drain = drains.first {
            guard let listener = drain.listeners.last, loop.now < drain.deadline else {
                drains.removeFirst()
                drain.progress.workerIsDone()
                continue
            }
            switch acceptQueued(listener, &share) {
            case .empty: drains[0].listeners.removeLast()
            case .shareUsed:
                unfinished.append(Token(kind: TokenKind.accept))
                return
            case .full:
                shared.pauseAccepting()
                // What ended between the look at the limit and the mark above would wake nobody.
                if shared.activeConnections < shared.maxConnections { continue }
                arm(acceptTimer, after: (drain.deadline - loop.now).nanoseconds)
                return
            case .exhausted:
                arm(acceptTimer, after: Worker.restAfterExhaustion)
                return
            }
        }
    }

    private func acceptQueued(_ listener: WorkerListener, _ share: inout Int) -> DrainStep {
        while share > 0 {
            guard shared.takeConnection() else { return .full }
            share -= 1
            switch Sockets.acceptStream(listener.descriptor) {
            case .connection(let number, let peer): open(number, from: peer, listener)
            case .wouldBlock:
                shared.releaseConnection()
                return .empty
            case .failed(let error):
                shared.releaseConnection()
                switch Errno(rawValue: error) {
                case .tooManyDescriptors, .tooManyDescriptorsInSystem, .noBuffers, .noMemory:
                    return .exhausted
                case .invalid: return .empty  // It listens no more.
                default: break  // That one connection failed before we had it.
                }
            }
        }
        return .shareUsed
    }
}
