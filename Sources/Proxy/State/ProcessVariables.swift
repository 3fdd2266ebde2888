internal import Checking
internal import Configuration
internal import Core
package import Expressions
internal import Linux
internal import Synchronization

/// The variables of the process (`proc.…`), which all workers share. A lock is held for one load or one store; who uses no
/// such variable never takes it.
package final class ProcessVariables: CheckVariables, Sendable {
    /// Most bytes of all values.
    package static let bytesLimit = 1 << 20

    private struct State {
        var names: VariableNames
        var values: [KeptValue?]
        var byteCount = 0

        mutating func set(_ slot: Int, _ value: KeptValue?) -> Bool {
            let count =
                byteCount - (values[slot]?.byteCount ?? 0) + (value?.byteCount ?? 0)
            guard count <= ProcessVariables.bytesLimit else { return false }
            byteCount = count
            values[slot] = value
            return true
        }
    }

    private let state: Mutex<State>

    /// `previous`: values that no line sets anew are taken over, by their names.
    init(_ configuration: ServiceConfiguration, keeping previous: ProcessVariables?) {
        let names = configuration.variableNames
        let lines = configuration.processVariables
        let known = names.names(in: .process)
        state = Mutex(State(names: names, values: Array(repeating: nil, count: known.count)))
        for (slot, name) in known.enumerated() {
            guard let value = previous?.value(named: name) else { continue }
            _ = set(Int32(clamping: slot), to: value)
        }
        guard !lines.isEmpty else { return }
        let runner = ProcessVariableRunner(self)
        for line in lines { runner.run(line) }
    }

    package func value(of slot: Int32) -> KeptValue? {
        state.withLock { state in
            state.values.indices.contains(Int(slot)) ? state.values[Int(slot)] : nil
        }
    }

    /// False: there is no room.
    package func set(_ slot: Int32, to value: KeptValue?) -> Bool {
        state.withLock { state in
            state.values.indices.contains(Int(slot)) && state.set(Int(slot), value)
        }
    }

    // MARK: Commands

    package func value(named name: String) -> KeptValue? {
        state.withLock { state in
            guard let variable = state.names.known(name), variable.scope == .process else {
                return nil
            }
            return state.values[Int(variable.slot)]
        }
    }

    /// Carries out `set var`; the text is read now.
    package func set(
        _ name: String, _ text: String, isFormat: Bool
    ) throws(ExpressionProblem) {
        let world = ExpressionWorld(readFile: { _ in
            .failure(ExpressionProblem("files are not read here"))
        })
        world.variables = state.withLock { $0.names }
        let line = try ProcessVariable(name, text, isFormat: isFormat, in: world)
        let names = world.variables
        state.withLock { state in
            state.names = names
            while state.values.count < names.count(.process) { state.values.append(nil) }
        }
        ProcessVariableRunner(self).run(line)
    }
}

/// Evaluates lines that set variables of the process where no worker runs.
private final class ProcessVariableRunner: EvaluationHost {
    private let variables: ProcessVariables
    private let pool = BufferPool(headBytes: 64 * 1024)

    init(_ variables: ProcessVariables) { self.variables = variables }

    /// A line without a value leaves the variable as it was.
    func run(_ line: ProcessVariable) {
        var evaluation = Evaluation(seed: .random(in: .min ... .max))
        evaluation.realtime = Clock.realtime()
        evaluation.host = self
        pool.lend(.head, to: &evaluation.arena)
        if let value = evaluation.value(of: line) {
            _ = variables.set(line.variable.slot, to: value)
        }
        pool.reclaim(&evaluation.arena)
    }

    var hasRequestLine: Bool { false }
    var destination: PeerAddress { .unnamed }

    func number(_ number: EngineNumber, reference: Int32) -> Int64? { nil }

    func append(_ text: EngineText, to arena: inout Buffer) -> Bool {
        guard text == .hostName else { return false }
        return arena.append(contentsOf: Array(Host.name.utf8))
    }

    func append(_ field: LogField, _ flags: LogFlags, to arena: inout Buffer) -> Bool { true }

    func value(of processVariable: Int32) -> KeptValue? { variables.value(of: processVariable) }

    func keep(_ value: KeptValue?, as processVariable: Int32) -> Bool {
        variables.set(processVariable, to: value)
    }
}
