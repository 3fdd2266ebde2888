import Diagnostics

/// `$NAME=value` definitions, and their substitution in a line (keepalived.conf(5), Parameter substitution).
struct KeepalivedDefinitions: Sendable {
    /// Bytes that substitutions may move in one configuration: definitions that double each other stop here.
    static let workLimit = 16 << 20
    /// What a substitution costs besides, in bytes.
    static let workPerUse = 512
    /// Definitions of one configuration.
    static let countLimit = 10_000

    enum Outcome {
        case done
        /// A definition of several lines stood in it: these replace it.
        case lines([KeepalivedLine])
        /// `${_RANDOM}`: the columns of its use.
        case random(Range<Int>)
        /// The definitions need more than `workLimit`.
        case endless
    }

    /// A use of a definition in a line.
    private struct Use {
        var indices: Range<Int>
        var name: String
        /// Words behind the name, in `${_ENV NAME}`.
        var argument: String
    }

    private let environment: KeepalivedEnvironment
    /// The lines of each value; more than one where it was written with `\` at the ends of lines.
    private var values: [String: [[UInt8]]] = [:]
    private var work = 0
    /// What was put in since `takeSecrets` for names of secrets.
    private var secrets: [[UInt8]] = []

    init(environment: KeepalivedEnvironment) { self.environment = environment }

    /// False when there are too many.
    mutating func define(_ name: String, as lines: [[UInt8]]) -> Bool {
        guard values[name] != nil || values.count < KeepalivedDefinitions.countLimit else {
            return false
        }
        values[name] = lines
        return true
    }

    /// The name in `$NAME=…` at the start of a line, and the index behind the equals sign.
    static func definition(in line: KeepalivedLine) -> (name: String, end: Int)? {
        let marks = line.marks
        guard marks.first?.byte == UInt8(ascii: "$"), marks.count > 1,
            marks[1].byte.isNameByte, !marks[1].byte.isDecimalDigit
        else { return nil }
        let end = marks[1...].firstIndex { !$0.byte.isNameByte } ?? marks.count
        guard end < marks.count, marks[end].byte == UInt8(ascii: "=") else { return nil }
        return (String(decoding: marks[1..<end].map(\.byte), as: UTF8.self), end + 1)
    }

    /// Replaces every use; what is not defined stays as it is. `directory` is the one of the file.
    mutating func substitute(in line: inout KeepalivedLine, directory: String) -> Outcome {
        var index = 0
        while let use = nextUse(in: line, from: index) {
            if use.name == "_RANDOM" { return .random(use.indices) }
            guard let value = value(of: use, directory: directory) else {
                index = use.indices.upperBound
                continue
            }
            if SecretValues.isSecretName("\(use.name) \(use.argument)") { secrets += value }
            work += KeepalivedDefinitions.workPerUse + line.marks.count
            work += value.reduce(0) { $0 + $1.count + 1 }
            guard work <= KeepalivedDefinitions.workLimit else { return .endless }
            guard value.count == 1, let only = value.first else {
                return .lines(split(line, at: use.indices, value))
            }
            line.replace(use.indices, with: only)
            // From its start again: a value may use definitions itself.
            index = use.indices.lowerBound
        }
        return .done
    }

    /// Secrets that substitutions have put into the line by their names.
    mutating func takeSecrets() -> [[UInt8]] {
        defer { secrets = [] }
        return secrets
    }

    private func value(of use: Use, directory: String) -> [[UInt8]]? {
        switch use.name {
        case "_PWD": [Array(directory.utf8)]
        case "_INSTANCE": [Array(environment.hostID.utf8)]
        case "_HASH": [[UInt8(ascii: "#")]]
        case "_BANG": [[UInt8(ascii: "!")]]
        case "_ENV": [Array((environment.variable(use.argument) ?? "").utf8)]
        default: values[use.name]
        }
    }

    /// The lines of a value, what stood before and behind its use added at the ends.
    private func split(
        _ line: KeepalivedLine, at use: Range<Int>, _ value: [[UInt8]]
    ) -> [KeepalivedLine] {
        value.enumerated().map { position, bytes in
            var piece = line
            piece.replace(use, with: bytes)
            if position < value.count - 1 {
                piece.marks.removeSubrange((use.lowerBound + bytes.count)...)
            }
            if position > 0 { piece.marks.removeSubrange(..<use.lowerBound) }
            return piece
        }
    }

    /// `$NAME` in front of a blank or the end, `${NAME}` anywhere.
    private func nextUse(in line: KeepalivedLine, from start: Int) -> Use? {
        let marks = line.marks
        var index = start
        while index < marks.count {
            guard marks[index].byte == UInt8(ascii: "$") else {
                index += 1
                continue
            }
            if index + 1 < marks.count, marks[index + 1].byte == UInt8(ascii: "{") {
                let nameStart = index + 2
                let nameEnd = marks[nameStart...].firstIndex { !$0.byte.isNameByte } ?? marks.count
                if nameEnd > nameStart, !marks[nameStart].byte.isDecimalDigit,
                    let end = marks[nameEnd...].firstIndex(where: { $0.byte == UInt8(ascii: "}") }),
                    nameEnd == end || marks[nameEnd].byte.isBlank
                {
                    var argument = marks[nameEnd..<end].map(\.byte)[...]
                    while argument.first?.isBlank == true { argument.removeFirst() }
                    while argument.last?.isBlank == true { argument.removeLast() }
                    return Use(
                        indices: index..<end + 1,
                        name: text(marks[nameStart..<nameEnd]),
                        argument: String(decoding: argument, as: UTF8.self))
                }
            } else {
                let end = marks[(index + 1)...].firstIndex { !$0.byte.isNameByte } ?? marks.count
                if end > index + 1, !marks[index + 1].byte.isDecimalDigit,
                    end == marks.count || marks[end].byte.isBlank
                {
                    return Use(
                        indices: index..<end, name: text(marks[index + 1..<end]), argument: "")
                }
            }
            index += 1
        }
        return nil
    }

    private func text(_ marks: ArraySlice<KeepalivedLine.Mark>) -> String {
        String(decoding: marks.map(\.byte), as: UTF8.self)
    }
}
