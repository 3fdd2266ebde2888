package import Core
internal import Synchronization

/// A question to all workers: each adds its report between two events, and whoever is last hands them over.
package final class Inspection: Sendable {
    package enum Question: Sendable, Equatable {
        /// Numbers only.
        case numbers
        /// The bytes of its buffers only: asked each second.
        case memory
        case sessions
        case session(SessionID)
        /// Ends a stream.
        case end(SessionID)
        case descriptors
        /// How many clients came in by one of these addresses.
        case clients(of: Set<IPAddress>)
    }

    /// Reports of one kind that a worker makes at most: it serves nobody meanwhile, about 1 µs for each.
    package static let reportLimit = 20_000

    let question: Question
    private let reports: Mutex<[WorkerReport]>
    private let workers: Int
    private let completion: @Sendable ([WorkerReport]) -> Void

    init(
        _ question: Question, workers: Int,
        completion: @escaping @Sendable ([WorkerReport]) -> Void
    ) {
        self.question = question
        self.workers = workers
        self.completion = completion
        reports = Mutex([])
    }

    func add(_ report: WorkerReport) {
        let all = reports.withLock { reports in
            reports.append(report)
            return reports.count == workers ? reports : nil
        }
        if let all { completion(all.sorted { $0.worker < $1.worker }) }
    }
}
