import ConfigurationLanguage
import Core
import Diagnostics
import HTTP

/// `errorfile`
enum ErrorFiles {
    /// Statuses that have an error page.
    static let statuses: Set<Int> = [
        200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422, 425, 429, 431, 500, 501,
        502, 503, 504,
    ]

    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let status = statement.next(), let path = statement.next() else {
            return statement.alert("errorfile : expects <status_code> and <file> as arguments.")
        }
        statement.name = "errorfile"
        statement.finish()
        guard let code = Int(status.text), statuses.contains(code) else {
            return statement.alert(
                "errorfile : status code '\(status.text)' not handled.", at: status,
                fix: "one of \(statuses.sorted().map(String.init).joined(separator: ", "))")
        }
        if path.text == "/dev/null" {
            proxy.settings.errorFiles[code] = []
            return
        }
        switch statement.context.file(path.text) {
        case .failure(let failure):
            statement.alert(
                "errorfile : error opening file '\(path.text)'.", at: path, fix: failure.reason)
        case .success(let bytes):
            do throws(ErrorFile.Problem) {
                _ = try ErrorFile.page(bytes, limit: statement.context.process.bufferBytes)
            } catch {
                return statement.alert("errorfile : '\(path.text)' : \(error.message).", at: path)
            }
            proxy.settings.errorFiles[code] = bytes
        }
    }
}
