import Expressions

/// The formats behind `option tcplog` and its relatives, compiled once.
enum LogFormatConversion {
    static let tcp = LogFormatSettings.compiled(.tcp)
    static let http = LogFormatSettings.compiled(.http)
    static let clf = LogFormatSettings.compiled(.clf)
    static let json = LogFormatSettings.compiled(.json)
}
