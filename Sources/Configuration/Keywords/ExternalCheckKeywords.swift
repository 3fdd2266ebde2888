import ConfigurationLanguage
import Core
import Diagnostics

/// `external-check command` and `external-check path`
enum ExternalCheckKeywords {
    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.argument(or: "missing argument after 'external-check'.") else {
            return
        }
        guard word.text == "command" || word.text == "path" else {
            statement.alert(
                "'external-check' only supports 'command' and 'path'. but got '\(word.text)'.",
                at: word)
            return statement.skipRest()
        }
        guard let value = statement.argument(or: "missing argument after '\(word.text)'.") else {
            return
        }
        if word.text == "command" {
            proxy.check.command = value.text
        } else {
            proxy.check.searchPath = value.text
        }
        statement.finish()
    }
}
