import Expressions

extension ServiceConfiguration {
    /// A line for each file of patterns that has refused changes of rules since the last call: a rule has nobody to
    /// tell.
    package func refusedPatternChanges() -> [String] {
        patternFiles.compactMap { file in
            let (count, entries) = file.takeRefused()
            guard count > 0 else { return nil }
            return
                "\(file.isMap ? "map" : "acl") '\(file.path)' : \(count) change\(count == 1 ? "" : "s") by rules refused; "
                + "it has \(entries) entries, and rules may add \(PatternFile.ruleEntryLimit) that every use of the file can read."
        }
    }
}
