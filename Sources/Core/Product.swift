/// What this program is called and which release it is: the one place for both.
public enum Product {
    public static let name = "Dyad"
    public static let version = "0.1.0"
    /// Of the release, as HAProxy writes it.
    public static let date = "2026/11/22"
}
