package import Core

/// What reading a configuration needs from the world, as values: files, environment, users, names.
/// The Appliance fills it with system calls, tests with tables.
package struct Loader: Sendable {
    /// Why a file or directory could not be read; `reason` is the system's sentence.
    package struct Failure: Error, Sendable, Equatable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// A user with its primary group.
    package struct User: Sendable, Equatable {
        package let userID: UInt32
        package let groupID: UInt32

        package init(userID: UInt32, groupID: UInt32) {
            self.userID = userID
            self.groupID = groupID
        }
    }

    /// What is known about a program before it is run.
    package enum Program: Sendable, Equatable {
        case usable
        /// There is no such file, not in the search path either.
        case missing
        case notExecutable
        /// Somebody but root may write to it, or to a directory on the way to it: the path of that.
        case changeable(String)
    }

    /// A whole file.
    package var readFile: @Sendable (String) -> Result<[UInt8], Failure>
    /// The names of the regular files in a directory, sorted; nil when it is not a directory.
    package var listDirectory: @Sendable (String) -> [String]?
    package var environment: @Sendable (String) -> String?
    package var user: @Sendable (String) -> User?
    package var group: @Sendable (String) -> UInt32?
    /// The addresses of a host name, in the resolver's order; empty when there is none.
    package var resolve: @Sendable (String) -> [IPAddress]
    /// Looks at a program by its path, or by its name in the search path; the way to it is taken as it is written.
    package var program: @Sendable (String) -> Program
    /// Whether a network interface of this name exists now.
    package var interfaceExists: @Sendable (String) -> Bool
    /// Whether this host has an address now; asked by `-c` alone.
    package var hasAddress: @Sendable (IPAddress) -> Bool
    /// The system's host name.
    package var hostName: String
    /// Builds what a line about TLS asks for and says what is wrong with it; reading alone cannot know.
    package var examineTLS: @Sendable (TLSExamination) -> [TLSFinding]

    package init(
        readFile: @escaping @Sendable (String) -> Result<[UInt8], Failure>,
        listDirectory: @escaping @Sendable (String) -> [String]? = { _ in nil },
        environment: @escaping @Sendable (String) -> String? = { _ in nil },
        user: @escaping @Sendable (String) -> User? = { _ in nil },
        group: @escaping @Sendable (String) -> UInt32? = { _ in nil },
        resolve: @escaping @Sendable (String) -> [IPAddress] = { _ in [] },
        program: @escaping @Sendable (String) -> Program = { _ in .usable },
        interfaceExists: @escaping @Sendable (String) -> Bool = { _ in true },
        hasAddress: @escaping @Sendable (IPAddress) -> Bool = { _ in true },
        hostName: String = "localhost",
        examineTLS: @escaping @Sendable (TLSExamination) -> [TLSFinding] = { _ in [] }
    ) {
        self.readFile = readFile
        self.listDirectory = listDirectory
        self.environment = environment
        self.user = user
        self.group = group
        self.resolve = resolve
        self.program = program
        self.interfaceExists = interfaceExists
        self.hasAddress = hasAddress
        self.hostName = hostName
        self.examineTLS = examineTLS
    }
}
