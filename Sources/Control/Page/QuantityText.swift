/// Large numbers for people.
enum QuantityText {
    /// `512 B`, `1.5 MiB`
    static func bytes(_ number: UInt64) -> String {
        scaled(number, step: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
    }

    /// `999`, `12.3 k`, `4.5 M`
    static func count(_ number: UInt64) -> String {
        number < 10_000
            ? String(number)
            : scaled(number, step: 1000, units: ["", "k", "M", "G", "T", "P", "E"])
    }

    private static func scaled(_ number: UInt64, step: UInt64, units: [String]) -> String {
        var unit = 0
        var whole = number
        var rest: UInt64 = 0
        while whole >= step && unit + 1 < units.count {
            rest = whole % step
            whole /= step
            unit += 1
        }
        if unit == 0 { return "\(whole) \(units[0])" }
        return whole < 100
            ? "\(whole).\(rest * 10 / step) \(units[unit])" : "\(whole) \(units[unit])"
    }
}
