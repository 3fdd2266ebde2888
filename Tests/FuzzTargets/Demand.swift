/// A promise that must hold. Unlike `precondition`, which says nothing in a release build, it names itself.
func demand(
    _ condition: Bool, _ promise: @autoclosure () -> String = "", line: UInt = #line,
    file: StaticString = #fileID
) {
    if !condition { fatalError("broken promise: \(promise())", file: file, line: line) }
}
