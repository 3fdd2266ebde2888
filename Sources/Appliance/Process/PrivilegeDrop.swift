internal import Configuration
internal import Core
internal import Linux

/// Giving up what root has, after everything that needs it was opened and before any other thread exists.
/// Ids belong to the process, capabilities to each thread: what the main thread has now, the threads that it starts
/// will have.
internal struct PrivilegeDrop {
    /// Why the drop failed: a sentence with the way out.
    struct Failure: Error {
        let message: String
    }

    private let settings: ProcessSettings
    private let keepsNetwork: Bool

    /// `keepsNetwork`: the vrrp thread will need raw sockets and netlink.
    init(_ settings: ProcessSettings, keepsNetwork: Bool) {
        self.settings = settings
        self.keepsNetwork = keepsNetwork
    }

    /// Changes root directory, groups, group and user, and leaves the calling thread the network capabilities, if
    /// they are wanted. Does nothing for a process that is not root.
    func perform() throws(Failure) {
        guard Processes.isRoot else { return }
        do throws(Errno) {
            if let directory = settings.chroot {
                try Privileges.changeRoot(to: directory)
            }
        } catch {
            throw Failure(
                message:
                    "cannot chroot to '\(settings.chroot ?? "")' : \(error). Make the directory, or remove 'chroot'."
            )
        }
        guard settings.userID != nil || settings.groupID != nil else { return }
        do throws(Errno) {
            if keepsNetwork { try Privileges.keepCapabilities() }
            try Privileges.become(user: settings.userID, group: settings.groupID)
            if keepsNetwork { try Privileges.setCapabilities([.netAdmin, .netRaw, .sysNice]) }
        } catch {
            throw Failure(
                message:
                    "cannot become user \(settings.user ?? "-"), group \(settings.group ?? "-") : \(error)"
            )
        }
    }

    /// After the vrrp thread was started: the main thread, and all that it starts from now on, keep nothing.
    func finish() {
        guard keepsNetwork, settings.userID ?? 0 != 0 else { return }
        try? Privileges.setCapabilities([])
    }
}
