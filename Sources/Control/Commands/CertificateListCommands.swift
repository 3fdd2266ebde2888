internal import Configuration
internal import ConfigurationLanguage
internal import Proxy
internal import TLS

extension CommandTable {
    /// `crt-list` files that change while the service runs.
    static let certificateListCommands: [Command] = [
        Command(
            "show ssl crt-list", .admin, arguments: "[-n] [<list>]",
            does: "show the lists of certificates, or the lines of one", showLists),
        Command(
            "add ssl crt-list", .admin, arguments: "<list> <file> | <list> <payload>",
            does: "add a line to a list of certificates", addToList),
        Command(
            "del ssl crt-list", .admin, arguments: "<list> <file[:line]>",
            does: "remove a line from a list of certificates", removeFromList),
        Command(
            "show ssl sni", .admin, arguments: "[-f <frontend>] [-A] [-t <offset>]",
            does: "show which name gets which certificate, and until when", showNames),
    ]

    private static func showLists(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let configuration = call.snapshot.configuration
        let numbers = call.arguments.contains("-n")
        guard let list = call.arguments.first(where: { $0 != "-n" }) else {
            return .text(configuration.certificateLists.map { "\($0)\n" }.joined())
        }
        guard let lines = configuration.lines(ofList: list) else {
            return .error("didn't find the specified filename")
        }
        var text = "# \(list)\n"
        for entry in lines {
            text += entry.certificate
            if numbers { text += ":\(entry.line.number)" }
            if !entry.line.options.isEmpty { text += " [\(entry.line.options)]" }
            text += entry.filters.map { " \($0)" }.joined() + "\n"
        }
        return .text(text)
    }

    private static func addToList(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let list = call.argument(0)
        let configuration = call.snapshot.configuration
        let prefix = "Can't edit the crt-list: "
        guard !list.isEmpty, call.arguments.count > 1 || call.payload != nil else {
            return .error("'add ssl crtlist' expects a filename and a certificate name")
        }
        guard configuration.certificateLists.contains(list) else {
            return .error("\(prefix)crt-list '\(list)' does not exist!")
        }
        let line =
            call.payload.map { String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self) }
            ?? call.argument(1)
        let name = String(line.prefix { $0 != " " && $0 != "\t" })
        let desk = call.control.certificates
        let known =
            configuration.certificatesInUse.first { $0.path == name }
            ?? desk.with { $0.certificates[name] }
        guard let known else {
            return .error("\(prefix)certificate '\(name)' does not exist!")
        }
        guard !known.files.isEmpty else {
            return .error("\(prefix)certificate '\(name)' is empty!")
        }
        let unused = desk.with { state in
            (state.authorities.map { $0 } + state.revocations.map { $0 }).filter {
                !$0.value.isEmpty
            }.map { TLSFile(path: $0.key, bytes: $0.value) }
        }
        call.control.change(
            CertificateChange("crt-list '\(list)'") {
                desk.with { _ = $0.certificates.removeValue(forKey: name) }
            } _: { configuration in
                if let problem = configuration.addToList(
                    list, line: line, known: known, unused: unused)
                {
                    return prefix + problem
                }
                return nil
            },
            reply: "Inserting certificate '\(name)' in crt-list '\(list)'.\nSuccess!\n",
            context.ticket)
        return .later
    }

    private static func removeFromList(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard call.arguments.count > 1 else {
            return .error("'del ssl crtlist' expects a filename and a certificate name")
        }
        let (list, prefix) = (call.argument(0), "Can't delete the entry: ")
        var name = call.argument(1)
        var number: Int?
        if let colon = name.lastIndex(of: ":"), let value = Int(name[colon...].dropFirst()) {
            number = value
            name = String(name[..<colon])
        }
        let configuration = call.snapshot.configuration
        guard let lines = configuration.lines(ofList: list) else {
            return .error("\(prefix)crt-list '\(list)' does not exist!")
        }
        let desk = call.control.certificates
        guard let known = configuration.certificatesInUse.first(where: { $0.path == name }) else {
            let exists = desk.with { $0.certificates[name] != nil }
            return .error(
                exists
                    ? "\(prefix)certificate '\(name)' can't be found in crt-list '\(list)'!"
                    : "\(prefix)certificate '\(name)' does not exist!")
        }
        let found = lines.filter { $0.certificate == name }
        if number == nil, found.count > 1 {
            return .error(
                "\(prefix)certificate '\(name)' is in the list several times: add ':<line>'")
        }
        guard found.contains(where: { number == nil || $0.line.number == number }) else {
            return .error("\(prefix)certificate '\(name)' can't be found in crt-list '\(list)'!")
        }
        let frontends = configuration.frontends(
            beginningWith: name, number ?? found.last?.line.number, of: list)
        guard frontends.isEmpty else {
            return .error(
                "\(prefix)certificate '\(name)' cannot be deleted, it is used as default certificate by the following frontends:\n"
                    + frontends.map { "\t- \($0)\n" }.joined())
        }
        let wanted = number
        let isLast = configuration.uses(ofCertificate: name) == 1
        let path = name
        call.control.change(
            CertificateChange("crt-list '\(list)'") {
                // Still there for another line, until it is deleted.
                if isLast { desk.with { $0.certificates[path] = known } }
            } _: { configuration in
                guard configuration.removeFromList(list, certificate: path, number: wanted) else {
                    return "\(prefix)certificate '\(path)' can't be found in crt-list '\(list)'!"
                }
                return nil
            }, reply: "Entry '\(name)' deleted in crtlist '\(list)'!\n", context.ticket)
        return .later
    }

    /// As HAProxy 3.2: names and what they get, a line each, tab-separated.
    private static func showNames(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        var frontend: String?
        var onlyEnded = false
        // Seconds to look ahead: `-A -t 30d` shows what ends within a month.
        var offset: Int64 = 0
        var rest = call.arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "-A": onlyEnded = true
            case "-f": frontend = rest.popFirst()
            case "-t":
                guard
                    case .success(let time) = TimeFormat.parse(
                        rest.popFirst() ?? "", unit: .seconds, resolution: .seconds)
                else { return .error("'-t' expects a time, for instance '30d'.") }
                offset = time.components.seconds
            default:
                return .error(
                    "Invalid parameters, 'show ssl sni' only supports '-f', '-A' and '-t'")
            }
        }
        if let frontend, !call.snapshot.proxies.contains(where: { $0.settings.name == frontend }) {
            return .error("Couldn't find the specified frontend!")
        }
        let now = CertificateReport.now
        var text =
            "# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore\tDays left\n"
        for proxy in call.snapshot.proxies {
            if let frontend, proxy.settings.name != frontend { continue }
            for (index, context) in proxy.bindContexts.enumerated() {
                guard let context else { continue }
                let place = "\(proxy.settings.name)/\(proxy.settings.binds[index].place)"
                text += names(of: context, place, onlyEnded ? now + offset : nil, now)
            }
        }
        return .text(text)
    }

    /// `ended`: only certificates that have ended by then.
    private static func names(
        of context: TLSServerContext, _ place: String, _ ended: Int64?, _ now: Int64
    ) -> String {
        var text = ""
        for (index, settings) in context.settings.certificates.enumerated() {
            let certificate = context.certificates[index]
            let report = certificate.report
            if let ended, report.end > ended { continue }
            var names = settings.filters.isEmpty ? certificate.hostNames : settings.filters
            // Who is served with it without asking for any of its names.
            if index == 0, !context.settings.isStrictSNI { names.insert("*", at: 0) }
            let negated = names.filter { $0.hasPrefix("!") }.joined(separator: " ")
            for name in names where !name.hasPrefix("!") {
                let columns = [
                    place, name, negated.isEmpty ? "-" : negated, certificate.kindWord,
                    settings.path, report.notAfter, report.notBefore,
                    "\(report.daysLeft(now: now))",
                ]
                text += columns.joined(separator: "\t") + "\n"
            }
        }
        return text
    }
}
