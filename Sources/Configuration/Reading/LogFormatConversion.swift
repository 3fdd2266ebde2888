import Expressions

/// The formats behind `option tcplog` and its relatives, compiled once.
enum LogFormatConversion {
    static let tcp = LogFormatSettings.compiled(LogFormat())
    static let http = LogFormatSettings.compiled(LogFormat())
    static let clf = LogFormatSettings.compiled(LogFormat())
}
