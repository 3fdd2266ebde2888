private import CPCRE2

/// A compiled regular expression: PCRE2 with its just-in-time compiler. The only file that knows
/// the library.
///
/// Immutable after `init`, so any number of threads may match with it, each with a `Scratch` of its
/// own.
@safe
public final class Regex: @unchecked Sendable {
    /// Why a pattern cannot be compiled.
    public struct Problem: Error, Equatable, Sendable {
        /// PCRE2's words.
        public let message: String
        /// Byte offset into the pattern.
        public let offset: Int
    }

    /// What matching came to.
    public enum Outcome: Sendable, BitwiseCopyable {
        case matches
        case differs
        /// A limit was reached before it was clear; rules treat this as no match.
        case tooCostly
    }

    /// Most steps of one match. A pattern that needs more backtracks without end.
    public static let stepsLimit: UInt32 = 1_000_000
    /// Most memory of one match in KiB where there is no just-in-time code.
    public static let heapLimit: UInt32 = 1024
    /// Longest pattern in bytes.
    public static let patternLimit = 16 * 1024

    /// The pattern as it was written.
    public let pattern: String
    /// Groups in the pattern, without the whole match.
    public let groupCount: Int
    private let code: OpaquePointer
    private let required: RequiredText

    public init(_ pattern: String, ignoringCase: Bool = false) throws(Problem) {
        self.pattern = pattern
        let bytes = Array(pattern.utf8)
        guard bytes.count <= Regex.patternLimit else {
            throw Problem(message: "pattern is too long", offset: Regex.patternLimit)
        }
        var error: CInt = 0
        var offset = 0
        let options = ignoringCase ? PCRE2_CASELESS : 0
        let compiled = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe pcre2_compile_8(
                bytes.baseAddress, bytes.count, options, &error, &offset, nil)
        }
        guard let compiled = unsafe compiled else {
            throw Problem(message: Regex.text(of: error), offset: offset)
        }
        // Without the just-in-time compiler matching is slower and nothing else.
        _ = unsafe pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE)
        var groups: UInt32 = 0
        _ = unsafe pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
        unsafe code = compiled
        required = RequiredText(of: ignoringCase ? [] : bytes)
        groupCount = Int(groups)
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Looks for the pattern anywhere in the bytes. Groups are in the scratch afterwards. Allocates
    /// nothing where just-in-time code exists.
    public func match(_ subject: RawSpan, with scratch: borrowing Scratch) -> Outcome {
        if required.isMissing(in: subject) { return .differs }
        let count = unsafe subject.withUnsafeBytes { bytes in
            // An empty span may have no address, which PCRE2 takes for an error.
            let nothing: StaticString = ""
            let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe pcre2_match_8(
                code, base ?? nothing.utf8Start, bytes.count, 0, 0, scratch.data,
                scratch.context)
        }
        if count >= 0 {
            // PCRE2 leaves alone what the pattern has no groups for: places of an earlier match.
            if count > 0 { scratch.forgetGroups(from: Int(count)) }
            return .matches
        }
        return count == PCRE2_ERROR_NOMATCH ? .differs : .tooCostly
    }

    private static func text(of error: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe pcre2_get_error_message_8(error, buffer.baseAddress, buffer.count)
        }
        return count > 0
            ? String(decoding: buffer.prefix(Int(count)), as: UTF8.self) : "bad pattern"
    }

    /// What one thread needs to match: places for groups, and the limits.
    @safe
    public struct Scratch: ~Copyable {
        /// Most groups that are remembered; later ones match but are not told. HAProxy knows \0 to
        /// \9.
        public static let groupsLimit = 9

        fileprivate let data: OpaquePointer
        fileprivate let context: OpaquePointer

        public init() {
            let data = unsafe pcre2_match_data_create_8(UInt32(Scratch.groupsLimit + 1), nil)
            let context = unsafe pcre2_match_context_create_8(nil)
            guard let data = unsafe data, let context = unsafe context else {
                preconditionFailure("no memory for matching regular expressions")
            }
            _ = unsafe pcre2_set_match_limit_8(context, Regex.stepsLimit)
            _ = unsafe pcre2_set_heap_limit_8(context, Regex.heapLimit)
            unsafe self.data = data
            unsafe self.context = context
        }

        deinit {
            unsafe pcre2_match_data_free_8(data)
            unsafe pcre2_match_context_free_8(context)
        }

        fileprivate func forgetGroups(from first: Int) {
            guard first <= Scratch.groupsLimit,
                let places = unsafe pcre2_get_ovector_pointer_8(data)
            else { return }
            for place in 2 * first..<2 * (Scratch.groupsLimit + 1) {
                unsafe places[place] = Int(bitPattern: UInt.max)
            }
        }

        /// Where the group lay in the last match, 0 being the whole; nil for a group that took no
        /// part.
        public func group(_ index: Int) -> Range<Int>? {
            guard (0...Scratch.groupsLimit).contains(index),
                index < Int(unsafe pcre2_get_ovector_count_8(data)),
                let places = unsafe pcre2_get_ovector_pointer_8(data)
            else { return nil }
            let (start, end) = unsafe (places[2 * index], places[2 * index + 1])
            // PCRE2_UNSET is the largest size; \K may put the end before the start.
            guard start != Int(bitPattern: UInt.max), start <= end, end >= 0, start >= 0 else {
                return nil
            }
            return start..<end
        }
    }
}
