internal import CLinux
internal import Core

/// Passwords as the system's user database keeps them.
public enum Passwords {
    /// Longest password that is tried, in bytes.
    public static let bytesLimit = 512

    /// Whether crypt(3) makes the hash of the password. Takes as long as the method of the hash wants: milliseconds.
    public static func fits(_ password: RawSpan, _ hash: String) -> Bool {
        guard password.byteCount <= bytesLimit else { return false }
        var text = password.array()
        // A byte 0 would end the text that C sees.
        guard !text.contains(0) else { return false }
        text.append(0)
        return unsafe text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            let text = unsafe base.assumingMemoryBound(to: CChar.self)
            return unsafe linux_password_fits(text, hash) == 1
        }
    }
}
