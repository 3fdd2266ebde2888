/// A `userlist` section: who may come in, and with what password (HAProxy manual, section 12.1).
public final class UserList: Sendable {
    public enum Password: Sendable, Equatable {
        /// `insecure-password`
        case plain([UInt8])
        /// `password`: what crypt(3) makes of it.
        case hashed(String)
        /// No password fits.
        case none
    }

    public struct User: Sendable {
        public let name: [UInt8]
        public let password: Password
        public var groups: [[UInt8]]

        public init(name: String, password: Password, groups: [String] = []) {
            self.name = Array(name.utf8)
            self.password = password
            self.groups = groups.map { Array($0.utf8) }
        }
    }

    public let name: String
    public let users: [User]

    public init(name: String, users: [User]) {
        self.name = name
        self.users = users
    }
}
