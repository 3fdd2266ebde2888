/// Fetches about who asks: `http_auth` and its relatives.
enum UserFetches {
    static let entries: [FetchEntry] = [
        FetchEntry("http_auth", .bool, .requestHead, 1...1) { a throws(ExpressionProblem) in
            .authenticated(list: try a.userList(0))
        },
        FetchEntry("http_auth_group", .string, .requestHead, 1...1) {
            a throws(ExpressionProblem) in .group(list: try a.userList(0))
        },
        FetchEntry("http_auth_bearer", .string, .requestHead, 0...1) {
            a throws(ExpressionProblem) in .bearer(name: a.bytes(0, or: ""))
        },
        FetchEntry("http_auth_type", .string, .requestHead, is: .credential(.type)),
        FetchEntry("http_auth_user", .string, .requestHead, is: .credential(.user)),
        FetchEntry("http_auth_pass", .string, .requestHead, is: .credential(.password)),
    ]
}
