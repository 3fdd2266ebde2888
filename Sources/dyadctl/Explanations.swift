/// What the short words of logs and statistics mean.
enum Explanations {
    /// The explanation of a word, as lines; nil: nobody knows it.
    static func text(for word: String) -> String? {
        if let sentence = checkCodes.first(where: { $0.0 == word.uppercased() })?.1 {
            return "\(word.uppercased()): \(sentence).\n"
        }
        let bare = word.uppercased().filter { $0 != "<" && $0 != ">" }
        if let sentence = logWords.first(where: { $0.0 == "<\(bare)>" })?.1 {
            return "<\(bare)>: \(sentence).\n"
        }
        if let sentence = states.first(where: { word.uppercased().hasPrefix($0.0) })?.1 {
            return "\(word): \(sentence).\n"
        }
        return flags(word)
    }

    /// Flags that differ from a word only in upper and lower case, which matters there.
    static func meant(by word: String) -> String? {
        let rest = word.dropFirst().uppercased()
        let found = [word.prefix(1).uppercased(), word.prefix(1).lowercased()]
            .map { $0 + rest }.filter { $0 != word && flags($0) != nil }
        guard !found.isEmpty else { return nil }
        return "did you mean " + found.map { "'\($0)'" }.joined(separator: " or ") + "?"
    }

    /// Everything, as a list.
    static var overview: String {
        func lines(_ title: String, _ entries: [(String, String)]) -> String {
            let width = entries.map(\.0.count).max() ?? 0
            return title + "\n"
                + entries.map { name, text in
                    "  \(name)\(String(repeating: " ", count: width - name.count))  \(text)\n"
                }.joined()
        }
        return lines("First termination flag: what ended the stream", named(causes))
            + lines("Second: where it was", named(phases))
            + lines("Third: the cookie that the client sent", named(requestCookies))
            + lines("Fourth: what was done to the cookie of the answer", named(responseCookies))
            + lines("Codes of health checks", checkCodes)
            + lines("States of servers", states)
            + lines("Words of the log", logWords)
    }

    private static func named(_ entries: [(Character, String)]) -> [(String, String)] {
        entries.map { (String($0.0), $0.1) }
    }

    // MARK: Termination flags

    /// Two or four flags, as `option tcplog` and `option httplog` write them.
    private static func flags(_ word: String) -> String? {
        let characters = Array(word)
        guard characters.count == 2 || characters.count == 4,
            let cause = causes.first(where: { $0.0 == characters[0] })?.1,
            let phase = phases.first(where: { $0.0 == characters[1] })?.1
        else { return nil }
        var lines = ["\(characters[0])  \(cause)", "\(characters[1])  \(phase)"]
        if characters.count == 4 {
            guard let request = requestCookies.first(where: { $0.0 == characters[2] })?.1,
                let response = responseCookies.first(where: { $0.0 == characters[3] })?.1
            else { return nil }
            lines += ["\(characters[2])  \(request)", "\(characters[3])  \(response)"]
        }
        if let pair = pairs.first(where: { $0.0 == String(characters[0...1]) })?.1 {
            lines.append("Together: \(pair)" + (pair.hasSuffix("?") ? "" : "."))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let causes: [(Character, String)] = [
        ("C", "the client ended the connection"),
        ("S", "the server ended the connection or refused it"),
        ("P", "the proxy ended it: a rule, a limit, an invalid message"),
        ("L", "the proxy answered by itself, without a server"),
        ("R", "something of the proxy was used up: memory, sockets, ports"),
        ("I", "the proxy found a fault of its own"),
        ("D", "the server went down, and its sessions were closed"),
        ("U", "a preferred server came back, and the backups' sessions were closed"),
        ("K", "an operator closed the session"),
        ("c", "the client was silent for too long"),
        ("s", "the server was silent for too long"),
        ("-", "a normal end"),
    ]

    private static let phases: [(Character, String)] = [
        ("R", "while the request was awaited"),
        ("Q", "while it waited in the queue for a server"),
        ("C", "while the connection to the server was made"),
        ("H", "while the headers of the answer were awaited"),
        ("D", "while data went through"),
        ("L", "while the last data went to the client, the server had finished"),
        ("T", "while the request was held back (tarpit)"),
        ("-", "after everything, or where a session was ended from outside"),
    ]

    private static let requestCookies: [(Character, String)] = [
        ("N", "the client sent no cookie"),
        ("I", "the cookie named no server that is known"),
        ("D", "the cookie named a server that is down"),
        ("V", "the cookie named the server that was used"),
        ("E", "the cookie was too old"),
        ("O", "the cookie came from too long ago"),
        ("U", "the cookie named a server, but another was used"),
        ("-", "cookies do not matter here"),
    ]

    private static let responseCookies: [(Character, String)] = [
        ("N", "the server sent none, and none was added"),
        ("I", "a cookie was inserted"),
        ("U", "the cookie was renewed"),
        ("P", "the server's cookie went through"),
        ("R", "the server's cookie was rewritten"),
        ("D", "the server's cookie was deleted"),
        ("-", "cookies do not matter here"),
    ]

    /// What pairs usually mean to an operator.
    private static let pairs: [(String, String)] = [
        ("CR", "the client left before its request was complete; scanners and preconnects do that"),
        ("cR", "no complete request within 'timeout http-request'"),
        ("CQ", "the client left while it waited for a free server; the queue is too long"),
        ("CC", "the client left before the server accepted"),
        ("CH", "the client left before the server answered; it may be too slow"),
        ("CD", "the client left in the middle; users do that"),
        ("cD", "the client took nothing for 'timeout client'"),
        ("SC", "the server refused the connection; is it running on this port?"),
        ("sC", "the server did not accept within 'timeout connect'; firewall, or overload"),
        ("SH", "the server closed before its answer was complete; it may have crashed"),
        ("sH", "no answer within 'timeout server'"),
        ("SD", "the server broke the transfer off"),
        ("sD", "the server was silent for 'timeout server' in the middle"),
        ("sQ", "no server became free within 'timeout queue'"),
        ("PR", "the request was refused: a rule, a limit, or it was invalid"),
        ("PH", "the answer was refused: invalid, or a rule"),
        ("PC", "the connection to the server could not be made by a limit of the proxy"),
        ("PD", "a chunk of the request was wrong after the answer had begun"),
        ("PT", "the request was held back and then refused (tarpit)"),
        ("LR", "the proxy answered: a redirect, the statistics, a service"),
        ("LH", "the proxy replaced the server's answer: a rule of the answer did"),
        ("RC", "no socket or port was left for a connection to the server"),
        ("DH", "the server was marked down ('on-marked-down shutdown-sessions')"),
        ("DD", "the server was marked down ('on-marked-down shutdown-sessions')"),
        ("D-", "the server was marked down ('on-marked-down shutdown-sessions')"),
        ("UH", "a preferred server came back ('on-marked-up shutdown-backup-sessions')"),
        ("KH", "an operator shut the session"),
        ("KD", "an operator shut the session"),
        ("K-", "an operator shut the session"),
        ("--", "all went well"),
    ]

    private static let logWords: [(String, String)] = [
        ("<NOSRV>", "no server was chosen: none works, or the proxy answered by itself"),
        ("<BADREQ>", "what came was no request, or was refused before it was read as one"),
        ("<STATS>", "the statistics page answered"),
        ("<PROMEX>", "the metrics for Prometheus answered"),
    ]

    // MARK: Checks and states

    private static let checkCodes: [(String, String)] = [
        ("UNK", "nothing is known yet"),
        ("INI", "the first check has not ended yet"),
        ("SOCKERR", "the check could not make a socket"),
        ("L4OK", "the port accepts connections; nothing more was asked"),
        ("L4TOUT", "no connection within the time: host down, firewall, or overload"),
        ("L4CON", "the connection was refused or unreachable: the program does not run there"),
        ("L6OK", "the TLS handshake succeeded"),
        ("L6TOUT", "the TLS handshake took too long"),
        ("L6RSP", "the TLS handshake failed"),
        ("L7OK", "the program answered as expected"),
        ("L7OKC", "it answered that it wants no new sessions ('disable-on-404')"),
        ("L7TOUT", "connected, but no answer within 'timeout check'"),
        ("L7RSP", "the answer is not what this protocol says"),
        ("L7STS", "the answer is valid, but not the expected one, like HTTP 500"),
        ("PROCERR", "the external check failed to run"),
        ("PROCTOUT", "the external check took too long"),
        ("PROCOK", "the external check was content"),
    ]

    private static let states: [(String, String)] = [
        ("NOLB", "up, but it gets no new sessions: its check asked for that"),
        (
            "MAINT",
            "an operator or the configuration keeps it out; 'via' names the server that it tracks"
        ),
        ("DRAIN", "no new sessions but those that belong to it"),
        ("NO CHECK", "in use; its health is not checked"),
        ("OPEN", "the frontend accepts connections"),
        ("PAUSED", "an operator disabled the frontend"),
        ("STOP", "the frontend was shut down"),
        ("UP", "in use; 'UP 1/3': failing, 1 more failed check takes it down"),
        ("DOWN", "not in use; 'DOWN 1/2': recovering, checks begin to succeed"),
        ("MASTER", "this node holds the virtual router's addresses"),
        ("BACKUP", "another node holds the addresses, this one is ready"),
        ("FAULT", "something that is tracked failed: this node may not become master"),
    ]
}
