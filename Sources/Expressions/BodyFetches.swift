/// Fetches of bodies, as far as they are in the buffer, and what is close to them.
enum BodyFetches {
    static let entries: [FetchEntry] = [
        FetchEntry("req.body", .binary, [.requestHead, .content], is: .body(.request)),
        FetchEntry("req.body_param", .string, [.requestHead, .content], 0...1) {
            a throws(ExpressionProblem) in .bodyParameter(name: a.bytes(0, or: ""))
        },
        FetchEntry("res.body", .binary, .responseHead, is: .body(.response)),
        FetchEntry("res.body_len", .integer, .responseHead, is: .answerBodyBytes(isWhole: false)),
        FetchEntry("res.body_size", .integer, .responseHead, is: .answerBodyBytes(isWhole: true)),
        FetchEntry("req.cook_names", .string, .requestHead, 0...1) {
            a throws(ExpressionProblem) in
            .cookieNames(delimiter: a.bytes(0, or: ","), side: .request)
        },
        FetchEntry("res.cook_names", .string, .responseHead, 0...1) {
            a throws(ExpressionProblem) in
            .cookieNames(delimiter: a.bytes(0, or: ","), side: .response)
        },
        FetchEntry(
            "base32", .integer, .requestHead, is: .targetHash(isBase: true, withSource: false)),
        FetchEntry(
            "url32", .integer, .requestHead, is: .targetHash(isBase: false, withSource: false)),
        FetchEntry(
            "base32+src", .binary, .requestHead, is: .targetHash(isBase: true, withSource: true)),
        FetchEntry(
            "url32+src", .binary, .requestHead, is: .targetHash(isBase: false, withSource: true)),
        FetchEntry("baseq", .string, .requestHead, is: .baseWithQuery),
    ]
}
