import Checking
import Diagnostics

/// Makes check settings of what the lines said.
enum CheckConversion {
    static func settings(
        of draft: CheckDraft, _ diagnostics: inout DiagnosticList
    ) -> CheckSettings {
        var settings = CheckSettings()
        settings.kind = draft.kind
        settings.disablesOn404 = draft.disablesOn404
        settings.sendsState = draft.sendsState
        return settings
    }
}
