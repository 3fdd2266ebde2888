/// What a table keeps of a server's name: servers may get other numbers with a reload, their names stay.
public enum ServerKey {
    /// FNV-1a over the name; never 0, which means none.
    public static func of(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash == 0 ? 1 : hash
    }
}
