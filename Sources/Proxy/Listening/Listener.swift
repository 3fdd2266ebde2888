/// The open sockets of one bind line, for the engine to accept from. Whoever opened them closes them.
package struct Listener: Sendable, Hashable {
    /// Index of the proxy in the snapshot.
    package let proxy: Int
    /// Index of the bind line in the proxy.
    package let bind: Int
    /// One for each worker that listens; or a single one that all share.
    package let descriptors: [Int32]

    package init(proxy: Int, bind: Int, descriptors: [Int32]) {
        self.proxy = proxy
        self.bind = bind
        self.descriptors = descriptors
    }
}
