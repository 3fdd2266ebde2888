/// The request of an HTTP check with parts that are log formats: `uri-lf`, `body-lf` and the values of fields.
public struct CheckRequestFormat: Sendable {
    /// A part of a request.
    public enum Part: Sendable {
        case literal([UInt8])
        case format(CheckFormat)
    }

    public var method = "OPTIONS"
    public var uri = Part.literal(Array("/".utf8))
    public var version = "HTTP/1.0"
    public var fields: [(name: String, value: Part)] = []
    public var body = Part.literal([])

    public init() {}

    /// Whether every part stands for itself.
    var isConstant: Bool {
        ([uri, body] + fields.map(\.value)).allSatisfy {
            if case .literal = $0 { true } else { false }
        }
    }

    /// The request as it is now. A format that gives nothing leaves its part empty, and an empty target is `/`.
    func request(_ bytes: (CheckFormat) -> [UInt8]?) -> CheckRequest {
        func value(_ part: Part) -> [UInt8] {
            switch part {
            case .literal(let text): text
            case .format(let format): bytes(format) ?? []
            }
        }
        func text(_ part: Part) -> String { String(decoding: value(part), as: UTF8.self) }
        let target = text(uri)
        return CheckRequest(
            method: method, uri: target.isEmpty ? "/" : target, version: version,
            fields: fields.map { ($0.name, text($0.value)) }, body: value(body))
    }

    /// The step that sends it: put together once where nothing in it changes.
    public var action: CheckStep.Action {
        isConstant ? .request(request { _ in nil }) : .requestFormat(self)
    }
}
