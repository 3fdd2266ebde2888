import ConfigurationLanguage
import Diagnostics
import Expressions

/// `userlist` sections (HAProxy manual, section 12.1).
enum UserListSection {
    static let keywords: [KeywordEntry] = [
        Keyword<Void>("group", in: .other, "<name> [ users <user>,… ]", "A group of users.") {
            _, _ in
        }.entry,
        Keyword<Void>(
            "user", in: .other,
            "<name> [ password | insecure-password <password> ] [ groups <group>,… ]",
            "A user with a hash as crypt(3) makes it, or with a password in clear."
        ) { _, _ in }.entry,
    ]

    private struct Group {
        let users: [Word]
    }

    /// Reads a section and makes it known to expressions.
    static func read(_ section: Section, _ context: ReadingContext) {
        guard section.header.words.count > 1 else {
            return context.diagnostics.alert(
                section.header.range, "'userlist' expects <name> as arguments.")
        }
        let name = section.header.words[1].text
        guard context.expressions.userLists[name] == nil else {
            return context.diagnostics.warn(
                section.header.range, "ignoring duplicated userlist '\(name)'.")
        }
        var groups: [String: Group] = [:]
        var users: [(word: Word, user: UserList.User, groups: [Word])] = []
        for line in section.lines {
            var statement = Statement(
                line, sectionWord: "userlist", section: .other, context: context)
            switch statement.keyword.text {
            case "group": group(&statement, name, &groups)
            case "user": user(&statement, name, &users)
            default:
                statement.alert(
                    "unknown keyword '\(statement.keyword.text)' in 'userlist' section")
            }
        }
        let list = UserList(name: name, users: resolve(name, groups, users, context))
        context.expressions.userLists[name] = list
    }

    private static func group(
        _ statement: inout Statement, _ list: String, _ groups: inout [String: Group]
    ) {
        guard let name = statement.argument(or: "'group' expects <name> as arguments.") else {
            return
        }
        guard groups[name.text] == nil else {
            statement.warn(
                "ignoring duplicated group '\(name.text)' in userlist '\(list)'.", at: name)
            return statement.skipRest()
        }
        var users: [Word] = []
        while let word = statement.next() {
            guard word.text == "users", let names = statement.next() else {
                return statement.alert(
                    "'group' only supports 'users' option.", at: word)
            }
            users += parts(of: names)
        }
        groups[name.text] = Group(users: users)
    }

    private static func user(
        _ statement: inout Statement, _ list: String,
        _ users: inout [(word: Word, user: UserList.User, groups: [Word])]
    ) {
        guard let name = statement.argument(or: "'user' expects <name> as arguments.") else {
            return
        }
        guard !users.contains(where: { $0.word.text == name.text }) else {
            statement.warn(
                "ignoring duplicated user '\(name.text)' in userlist '\(list)'.", at: name)
            return statement.skipRest()
        }
        var password = UserList.Password.none
        var groups: [Word] = []
        while let word = statement.next() {
            guard ["password", "insecure-password", "groups"].contains(word.text) else {
                statement.alert(
                    "'user' only supports 'password', 'insecure-password' and 'groups' options.",
                    at: word)
                return statement.skipRest()
            }
            guard let value = statement.argument(or: "'\(word.text)' expects an argument.") else {
                return
            }
            switch word.text {
            case "password":
                guard isHash(value.text) else {
                    return statement.alert(
                        "the encrypted password used for user '\(name.text)' is not supported by crypt(3).",
                        at: word, fix: "make one with: openssl passwd -6")
                }
                password = .hashed(value.text)
            case "insecure-password": password = .plain(value.bytes)
            default: groups = parts(of: value)
            }
        }
        users.append((name, UserList.User(name: name.text, password: password), groups))
    }

    /// `a,b,c`
    private static func parts(of word: Word) -> [Word] {
        word.text.split(separator: ",").map {
            Word(bytes: Array($0.utf8), range: word.range)
        }
    }

    /// crypt(5): `$id$…`, or 13 characters of the traditional one.
    private static func isHash(_ text: String) -> Bool {
        let isText = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        return isText
            && (text.hasPrefix("$") && text.dropFirst().contains("$") || text.utf8.count == 13)
    }

    private static func resolve(
        _ list: String, _ groups: [String: Group],
        _ users: [(word: Word, user: UserList.User, groups: [Word])], _ context: ReadingContext
    ) -> [UserList.User] {
        var members: [String: [[UInt8]]] = [:]
        for (name, group) in groups.sorted(by: { $0.key < $1.key }) {
            for user in group.users {
                if users.contains(where: { $0.word.text == user.text }) {
                    members[user.text, default: []].append(Array(name.utf8))
                } else {
                    context.diagnostics.alert(
                        user.range,
                        "userlist '\(list)': no such user '\(user.text)' specified in group '\(name)'.",
                        fix: "add a 'user' line for it")
                }
            }
        }
        return users.map { entry in
            var user = entry.user
            for group in entry.groups {
                if groups[group.text] == nil {
                    context.diagnostics.alert(
                        group.range,
                        "userlist '\(list)': no such group '\(group.text)' specified in user '\(entry.word.text)'.",
                        fix: "add a 'group' line for it")
                } else {
                    members[entry.word.text, default: []].append(group.bytes)
                }
            }
            user.groups = members[entry.word.text] ?? []
            return user
        }
    }
}
