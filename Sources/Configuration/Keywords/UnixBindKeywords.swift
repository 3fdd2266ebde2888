import ConfigurationLanguage
import Core

/// `unix-bind` of `global`: what all socket files have in common (HAProxy manual, section 3.1).
enum UnixBindKeywords {
    static func apply(_ process: inout ProcessSettings, _ statement: inout Statement) {
        statement.name = "unix-bind"
        while let word = statement.nextKeyword() {
            switch word.text {
            case "prefix":
                guard let prefix = statement.argument(or: "'unix-bind prefix' expects a prefix.")
                else { return }
                process.socketFiles.prefix = prefix.text
            case "mode":
                process.socketFiles.mode = statement.fileMode() ?? process.socketFiles.mode
            case "user":
                process.socketFiles.user = statement.userID() ?? process.socketFiles.user
            case "group":
                process.socketFiles.group = statement.groupID() ?? process.socketFiles.group
            case "uid":
                process.socketFiles.user = statement.identifier() ?? process.socketFiles.user
            case "gid":
                process.socketFiles.group = statement.identifier() ?? process.socketFiles.group
            default:
                statement.alert(
                    "'unix-bind' only supports the 'prefix', 'mode', 'user', 'group', 'uid' and 'gid' options.",
                    at: word)
                statement.skipRest()
            }
        }
    }
}
