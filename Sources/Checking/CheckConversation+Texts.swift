internal import Core

/// What a conversation makes of samples, and how its messages name the step.
extension CheckConversation {
    // MARK: Samples

    var circumstances: CheckSamples.Circumstances? {
        variables.map {
            CheckSamples.Circumstances(
                answer: answer, isHTTP: script.style == .http, variables: $0,
                processVariables: processVariables, realtime: realtime)
        }
    }

    /// What a format gives now.
    func bytes(of format: CheckFormat) -> [UInt8]? {
        guard let samples, let circumstances else { return nil }
        return samples.bytes(of: format, circumstances)
    }

    /// What is reported of an answer.
    func text(_ text: CheckText?, _ answer: RawSpan) -> String {
        guard let text else { return "" }
        guard case .format(let format) = text else { return text.text(of: answer) }
        return bytes(of: format).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    // MARK: TLS

    /// TLS between server and check failed, or took too long.
    public func securingFailed(_ reason: String) -> CheckVerdict {
        CheckVerdict(.layer6Invalid, text: reason + place)
    }

    public func securingTimedOut() -> CheckVerdict { CheckVerdict(.layer6Timeout, text: place) }

    // MARK: Words

    /// The comment that stands nearest above or at the current step.
    var comment: String? {
        guard index >= 0 else { return nil }
        return script.steps.prefix(index + 1).last { $0.comment != nil }?.comment
    }

    /// Where a `tcp-check` stands; empty for the others.
    var place: String {
        guard script.style == .tcp else { return "" }
        guard script.steps.indices.contains(index) else {
            return " at initial connection step of tcp-check"
        }
        let name = script.steps[index].action.name
        let comment = comment.map { " comment: '\($0)'" } ?? ""
        return " at step \(index + 1) of tcp-check (\(name))\(comment)"
    }
}
