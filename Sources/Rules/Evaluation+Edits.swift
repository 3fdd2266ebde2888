import Core
import Expressions
import HTTP

/// Changes of header fields. A value that does not fit leaves the message as it was.
extension Evaluation {
    mutating func apply(_ edit: FieldEdit) -> Bool {
        switch edit.step {
        case .add:
            guard let value = write(edit.value) else { return false }
            return add(edit, value)
        case .set:
            // Made before the old ones go: it may be made of them.
            guard let value = write(edit.value) else { return false }
            return replaceAll(edit, with: value)
        case .delete:
            drop(edit)
            return true
        case .other: return applyOther(edit)
        }
    }

    private mutating func applyOther(_ edit: FieldEdit) -> Bool {
        switch edit.kind {
        case .add, .set, .delete: return true
        case .deleteMatching(let names):
            for index in 0..<fields.count where !fields[index].isRemoved {
                if matches(names, Bytes(fields[index].nameRange)) { drop(index) }
            }
            return true
        case .replace(let substitution, let eachElement):
            return replace(edit, substitution, eachElement: eachElement)
        }
    }

    private mutating func add(_ edit: FieldEdit, _ value: Bytes) -> Bool {
        let start = arena.count
        guard fields.hasPlace, arena.append(edit.bytes(0..<edit.byteCount)),
            takeRoom(edit.byteCount + value.count + Evaluation.fieldOverhead)
        else { return false }
        let name = start..<arena.count
        return fields.add(name: name, edit.facts, value: value.range)
    }

    /// `set-header`: the old lines go when it is sure that the new one has room, theirs included.
    private mutating func replaceAll(_ edit: FieldEdit, with value: Bytes) -> Bool {
        guard let first = find(edit, from: 0) else { return add(edit, value) }
        var freed = 0
        var next: Int? = first
        var last = first
        while let index = next {
            freed += writtenBytes(index)
            last = index
            next = find(edit, from: index &+ 1)
        }
        let before = growth
        growth -= freed
        // A field that is added does not take a dropped one's place in the table.
        guard add(edit, value) else {
            growth = before
            return false
        }
        var index = first
        fields.drop(index)
        while index < last, let following = find(edit, from: index &+ 1) {
            index = following
            fields.drop(index)
        }
        return true
    }

    private mutating func drop(_ edit: FieldEdit) {
        var start = 0
        while let index = find(edit, from: start) {
            drop(index)
            start = index &+ 1
        }
    }

    /// Bytes of a line besides its name and its value.
    private static let fieldOverhead = 4

    private mutating func drop(_ index: Int) {
        growth -= writtenBytes(index)
        fields.drop(index)
    }

    /// Bytes of a field's line. Those that the writer makes anew are written whatever becomes of the received ones: to
    /// drop them makes no room.
    @inline(__always)
    private mutating func writtenBytes(_ index: Int) -> Int {
        let field = fields[index]
        if field.isDropped { return 0 }
        return field.nameRange.count + field.valueRange.count + Evaluation.fieldOverhead
    }

    /// Mutating only because lending all of `self` may copy it.
    @inline(__always)
    private mutating func find(_ edit: FieldEdit, from start: Int) -> Int? {
        fields.first(
            named: edit.bytes(0..<edit.byteCount), edit.facts, from: start, in: arena.bytes,
            edits: arena.bytes)
    }

    private mutating func replace(
        _ edit: FieldEdit, _ substitution: Substitution, eachElement: Bool
    ) -> Bool {
        guard var index = find(edit, from: 0) else { return true }
        guard let replacement = write(substitution.replacement) else { return false }
        while true {
            let value = fields[index].valueRange
            let made =
                eachElement
                ? replacedElements(value, substitution, replacement)
                : replaced(Bytes(value), substitution, replacement)
            switch made {
            case .unchanged: break
            case .changed(let range):
                guard takeRoom(range.count - value.count) else { return false }
                fields.replaceValue(index, with: range.range)
            case .failed: return false
            }
            guard let next = find(edit, from: index &+ 1) else { return true }
            index = next
        }
    }

    /// What replacing came to.
    enum Replaced { case unchanged, changed(Bytes), failed }

    /// The replacement with its groups filled in, where the whole subject matches.
    mutating func replaced(
        _ subject: Bytes, _ substitution: Substitution, _ replacement: Bytes
    ) -> Replaced {
        guard matches(substitution.regex, subject) else { return .unchanged }
        let start = arena.count
        return appendReplacement(replacement, subject)
            ? .changed(Bytes(start..<arena.count)) : .failed
    }

    private mutating func replacedElements(
        _ value: Range<Int>, _ substitution: Substitution, _ replacement: Bytes
    ) -> Replaced {
        let start = arena.count
        var copied = value.lowerBound
        var at = value.lowerBound
        var hasChanged = false
        while at <= value.upperBound {
            let (element, next) = ListElements.element(arena.bytes, at..<value.upperBound)
            if !element.isEmpty, matches(substitution.regex, Bytes(element)) {
                // As HAProxy: the blanks around an element go with it.
                guard arena.append(copyOf: copied..<at),
                    appendReplacement(replacement, Bytes(element))
                else { return .failed }
                copied = next &- 1
                hasChanged = true
            }
            at = next
        }
        guard hasChanged else { return .unchanged }
        guard arena.append(copyOf: copied..<value.upperBound) else { return .failed }
        return .changed(Bytes(start..<arena.count))
    }
}
