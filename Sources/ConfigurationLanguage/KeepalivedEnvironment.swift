/// What reading keepalived sections needs from outside.
package struct KeepalivedEnvironment: Sendable {
    /// What `@host` is compared with: `-i`, else the host name up to its first dot.
    package var hostID: String
    /// A whole file, or why it could not be read.
    package var readFile: @Sendable (String) -> FileContent
    /// The names of the regular files of a directory, sorted; nil when it is not one.
    package var listDirectory: @Sendable (String) -> [String]?
    package var variable: @Sendable (String) -> String?

    package enum FileContent: Sendable {
        case bytes([UInt8])
        /// The system's sentence.
        case unreadable(String)
    }

    package init(
        hostID: String,
        readFile: @escaping @Sendable (String) -> FileContent = { _ in .unreadable("no such file")
        },
        listDirectory: @escaping @Sendable (String) -> [String]? = { _ in nil },
        variable: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.hostID = hostID
        self.readFile = readFile
        self.listDirectory = listDirectory
        self.variable = variable
    }
}
