import Configuration
import Core
import Diagnostics
import Expressions

/// Writes a configuration as lines of `path = value`, leaving out what is as it would be by itself.
enum ModelText {
    static func text(of configuration: ServiceConfiguration) -> String {
        var lines: [String] = []
        let process = flatten(configuration.process, "process")
        lines += difference(process, flatten(ProcessSettings(), "process"))
        let nowhere = SourceRange(file: "", line: 0)
        for proxy in configuration.proxies {
            lines.append("\(proxy.kind) \(proxy.name)")
            var plain = ProxySettings(
                name: proxy.name, id: 0, isFrontend: proxy.isFrontend, isBackend: proxy.isBackend,
                range: nowhere)
            plain.stats = proxy.stats == nil ? nil : StatsSettings()
            var copy = proxy
            copy.binds = []
            copy.servers = []
            copy.errorFiles = [:]
            lines += difference(flatten(copy, ""), flatten(plain, "")).map { "    " + $0 }
            if !proxy.errorFiles.isEmpty {
                let pages = proxy.errorFiles.sorted { $0.key < $1.key }.map {
                    "\($0.key):\($0.value.count)"
                }
                lines.append("    errorFiles = \(pages.joined(separator: " "))")
            }
            for bind in proxy.binds {
                let plain = BindSettings(address: bind.address, id: 0, range: nowhere)
                lines.append("    bind \(bind.address)")
                lines += difference(flatten(bind, ""), flatten(plain, "")).map { "        " + $0 }
            }
            for server in proxy.servers {
                var plain = ServerSettings(name: server.name, id: 0, range: nowhere)
                plain.check = server.check == nil ? nil : ServerCheckSettings()
                lines.append("    server \(server.name)")
                lines += difference(flatten(server, ""), flatten(plain, "")).map { "        " + $0 }
                if server.check == plain.check, server.check != nil {
                    lines.append("        check")
                }
            }
        }
        for use in configuration.keywordsWithoutEffect {
            lines.append("without effect: \(use.keyword) (line \(use.range.line)): \(use.reason)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func difference(_ left: [(String, String)], _ right: [(String, String)])
        -> [String]
    {
        let usual = Dictionary(right, uniquingKeysWith: { first, _ in first })
        return left.compactMap { path, value in
            usual[path, default: "nil"] == value ? nil : "\(path) = \(value)"
        }
    }

    private static func flatten(_ value: Any, _ path: String) -> [(String, String)] {
        if let range = value as? SourceRange {
            // Places are shown where they say something a reader of the golden file can check.
            return range.line == 0 ? [] : [(path, "line \(range.line)")]
        }
        if let text = value as? any CustomStringConvertible, !(value is any Collection) {
            return [(path, text.description)]
        }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let child = mirror.children.first else { return [(path, "nil")] }
            return flatten(child.value, path)
        }
        if case .compiled(let format)? = value as? LogFormatSettings {
            let known = [(LogFormat.tcp, "tcp"), (.http, "http"), (.clf, "clf")]
            return [(path, known.first { $0.0 == format }?.1 ?? "\(format.items)")]
        }
        if let bytes = value as? [UInt8] {
            return [(path, String(decoding: bytes, as: UTF8.self).debugDescription)]
        }
        if mirror.displayStyle == .enum, let child = mirror.children.first, let label = child.label
        {
            return flatten(child.value, "\(path).\(label)")
        }
        if mirror.children.isEmpty { return [(path, "\(value)")] }
        return mirror.children.enumerated().flatMap { index, child in
            let name = child.label ?? "[\(index)]"
            return flatten(child.value, path.isEmpty ? name : "\(path).\(name)")
        }
    }
}
