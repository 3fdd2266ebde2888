internal import Configuration
internal import Core
internal import Expressions
internal import Proxy

extension CommandTable {
    /// Commands on variables of the process. HAProxy lets them be changed only by who has said `experimental-mode on`.
    static let variableCommands: [Command] = [
        Command(
            "get var", arguments: "<name>", does: "retrieve contents of a process-wide variable"
        ) { call, _ in
            let name = call.argument(0)
            guard !name.isEmpty else {
                return .error("Missing process-wide variable identifier.")
            }
            guard let value = call.snapshot.variables.value(named: name) else {
                return .error("Variable not found.")
            }
            return .text("\(name): type=\(value.typeName) value=<\(text(of: value))>")
        },
        Command(
            "set var", .op, arguments: "<name> [fmt|expr] {<format>|<expr>}",
            does: "set variable from an expression or a format"
        ) { call, context in
            guard context.isExperimental else {
                return .error("This command is restricted to experimental mode only.")
            }
            return set(call)
        },
        Command(
            "experimental-mode", .admin, arguments: "[on|off]",
            does: "allow commands that HAProxy calls experimental"
        ) { call, context in
            switch call.argument(0) {
            case "": return .text("experimental-mode is \(context.isExperimental ? "ON" : "OFF")\n")
            case "on": context.isExperimental = true
            case "off": context.isExperimental = false
            default: break
            }
            return .done
        },
    ]

    private static func set(_ call: CommandCall) -> CommandReply {
        let name = call.argument(0)
        guard !name.isEmpty else { return .error("Missing process-wide variable identifier.") }
        guard name.hasPrefix("\(VariableScope.process.rawValue).") else {
            return .error(
                "'set var': cannot set variable '\(name)', only scope 'proc' is permitted here.")
        }
        guard call.arguments.count > 1 else {
            return .error("Missing either 'expr', 'fmt' or expression.")
        }
        let kind = call.argument(1)
        guard call.arguments.count == 2 || kind == "expr" || kind == "fmt" else {
            return .error(
                "'set var': arg type must be either 'expr' or 'fmt' but got '\(kind)'.")
        }
        let hasKind = call.arguments.count > 2
        // A format may have blanks.
        let text = call.arguments[(hasKind ? 2 : 1)...].joined(separator: " ")
        do throws(ExpressionProblem) {
            try call.snapshot.variables.set(name, text, isFormat: hasKind && kind == "fmt")
        } catch {
            return .error(error.message)
        }
        return .done
    }

    /// As HAProxy shows a value: what is no text is not shown.
    private static func text(of value: KeptValue) -> String {
        switch value {
        case .bool(let value): value ? "1" : "0"
        case .integer(let value): "\(value)"
        case .address(let value): "\(value)"
        case .string(let bytes), .method(let bytes): String(decoding: bytes, as: UTF8.self)
        case .binary: "..."
        }
    }
}
