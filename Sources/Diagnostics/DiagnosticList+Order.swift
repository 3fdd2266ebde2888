extension DiagnosticList {
    /// The diagnostics by place: in the order of `files`, then by line and column; those without a place come
    /// last, in the order in which they were found. Those that share a cause directly follow the first of it.
    package func sorted(files: [String]) -> [Diagnostic] {
        var rank: [String: Int] = [:]
        for (index, file) in files.enumerated() where rank[file] == nil { rank[file] = index }
        func key(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
            guard let range = diagnostic.range else { return (.max, 0, 0) }
            return (rank[range.file] ?? files.count, range.line, range.columns.lowerBound)
        }
        let byPlace = all.enumerated().sorted { left, right in
            let (leftKey, rightKey) = (key(left.element), key(right.element))
            return leftKey == rightKey ? left.offset < right.offset : leftKey < rightKey
        }.map(\.element)

        var members: [String: [Diagnostic]] = [:]
        for diagnostic in byPlace {
            if let cause = diagnostic.cause { members[cause, default: []].append(diagnostic) }
        }
        var result: [Diagnostic] = []
        for diagnostic in byPlace {
            guard let cause = diagnostic.cause else {
                result.append(diagnostic)
                continue
            }
            result += members.removeValue(forKey: cause) ?? []
        }
        return result
    }
}
