import Diagnostics
import Expressions
import Rules
import StickTables

/// Which stick tables there are, and which the names in rules and expressions mean.
enum StickTableResolution {
    /// The tables, and for each name its index among them.
    static func resolve(
        _ proxies: [ProxyDraft], _ context: ReadingContext
    ) -> ([StickTableSettings], [Int]) {
        var tables: [StickTableSettings] = []
        var indexes: [String: Int] = [:]
        for proxy in proxies {
            guard let table = proxy.stickTable else { continue }
            if indexes[table.name] != nil {
                context.diagnostics.alert(
                    proxy.settings.range,
                    "stick-table name '\(table.name)' conflicts with table of another section of that name.",
                    fix: "give the frontend and the backend names of their own")
                continue
            }
            indexes[table.name] = tables.count
            tables.append(table)
        }
        let references = context.expressions.tables.map { name in
            if let index = indexes[name] { return index }
            let owner = proxies.first { $0.settings.name == name }
            let isOfPeers = owner == nil && name.contains("/")
            var problem = Diagnostic(
                .alert, at: owner?.settings.range ?? proxies.first?.settings.range,
                owner == nil
                    ? "unable to find stick-table '\(name)'\(isOfPeers ? ": tables of 'peers' sections are not in this version" : "")."
                    : "\(owner?.title ?? "") : a rule or a sample means the section's own stick-table, and there is none.",
                fix: NearestWord.suggestion(for: name, among: indexes.keys.sorted()).map {
                    "did you mean '\($0)' ?"
                }
                    ?? (isOfPeers
                        ? "move the table into a backend of its own, as a 'stick-table' line, and name that"
                        : owner == nil ? nil : "add a 'stick-table' line, or name a table"))
            problem.namesPlace = false
            context.diagnostics.report(problem)
            return 0
        }
        // A table that keeps servers keeps them whether that was asked for or not.
        for rule in proxies.flatMap({ $0.rules?.rules.sticks ?? [] }) {
            let index = references[Int(rule.table)]
            if tables.indices.contains(index) {
                tables[index] = tables[index].adding([.serverID, .serverKey])
            }
        }
        return (tables, references)
    }
}
