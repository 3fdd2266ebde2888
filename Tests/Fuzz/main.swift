// libFuzzer with our targets: fuzz TARGET [libFuzzer's arguments]. Built by scripts/fuzz, which links libFuzzer in.
import FuzzTargets

/// libFuzzer's own loop, without its `main`: the package gives every program one.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) private var target = FuzzTarget.packet

guard CommandLine.argc > 1, let chosen = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    fatalError("fuzz TARGET, one of \(FuzzTarget.allCases.map(\.rawValue))")
}
unsafe target = chosen

// The name of the target takes the place of the program's.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
    unsafe CommandLine.unsafeArgv + 1
let status = unsafe runDriver(&count, &arguments) { bytes, count in
    unsafe target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
precondition(status == 0, "libFuzzer ended with \(status)")
