internal import Configuration
internal import Expressions

/// What one frontend keeps of each request and answer for its log lines; one for each worker.
final class ProxyCaptures {
    /// A field by its name, and its place.
    struct Field {
        let name: [UInt8]
        let length: Int
        let slot: Int32
    }

    let requestFields: [Field]
    let responseFields: [Field]
    /// `capture cookie`: what the cookie's text begins with; empty: none.
    let cookieName: [UInt8]
    let cookieLength: Int
    let layout: CaptureLayout
    /// `unique-id-format`; nil: none.
    let uniqueIDFormat: LogFormat?

    /// nil where nothing is kept.
    init?(_ settings: LogLineSettings) {
        let captures = settings.captures
        guard !captures.isEmpty || settings.uniqueIDFormat != nil else { return nil }
        requestFields = ProxyCaptures.fields(captures.request)
        responseFields = ProxyCaptures.fields(captures.response)
        cookieName = Array((captures.cookie?.name ?? "").utf8)
        cookieLength = captures.cookie?.length ?? 0
        layout = CaptureLayout(
            request: captures.request.map(\.length), response: captures.response.map(\.length))
        uniqueIDFormat = settings.uniqueIDFormat?.copy()
    }

    private static func fields(_ slots: [CaptureSettings.Slot]) -> [Field] {
        slots.indices.compactMap { index in
            slots[index].header.map {
                Field(
                    name: Array($0.utf8), length: slots[index].length, slot: Int32(clamping: index))
            }
        }
    }
}
