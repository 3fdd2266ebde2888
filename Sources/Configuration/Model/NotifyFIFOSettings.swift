/// `notify_fifo` or `vrrp_notify_fifo`: a named pipe that gets a line for every change.
package struct NotifyFIFOSettings: Sendable, Equatable {
    package var path: String
    /// Who owns it; nil: root.
    package var user: ScriptUser?
    /// `…_script`: started once, with the path behind its arguments.
    package var script: NotifySettings.Script?

    package init(path: String) { self.path = path }
}
