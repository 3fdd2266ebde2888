import Core
import Expressions
import Testing

@testable import VRRP

/// `auth_hmac`. The two wire images are those of draft-cassen-vrrp-auth-hmac, the others were made with another
/// program's HMAC (Python's).
@Suite struct SignatureTests {
    static let key = makeKey(Array(0..<32))

    static func makeKey(_ bytes: [UInt8]) -> SignatureSettings.Key {
        SignatureSettings.Key(bytes, code: MessageCode.hmacSHA256)
    }

    static let sequence: UInt64 = 0x6800_0000_8000_0000
    /// The time that the images were signed at, in nanoseconds.
    static let realtime: Int64 = 0x6800_0000 * 1_000_000_000 + 500_000_000

    static func settings(
        window: Int64? = 5, mode: SignatureSettings.Mode = .enforce, active: UInt8 = 1,
        keys: [UInt8: SignatureSettings.Key] = [1: key]
    ) -> SignatureSettings {
        var settings = SignatureSettings()
        settings.keys = keys
        settings.activeKey = active
        settings.mode = mode
        settings.window = window
        return settings
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    struct Image: Sendable, CustomTestStringConvertible {
        var name: String
        var source: String
        var destination: String
        var version: ProtocolVersion
        var priority: UInt8
        var address: String
        var form: ChecksumForm
        var hex: String
        var testDescription: String { name }
    }

    static let images = [
        Image(
            name: "draft, IPv4", source: "198.51.100.10", destination: "192.0.2.10", version: .v3,
            priority: 200, address: "192.0.2.100", form: .messageOnly,
            hex: "3133c80100644402c0000264" + "010100006800000080000000"
                + "1b84bc4e8e43892dc6d98448f8ee2265"),
        Image(
            name: "draft, IPv6", source: "fe80::10", destination: "fe80::20", version: .v3,
            priority: 200, address: "fe80::100", form: .pseudoHeader,
            hex: "3133c8010064a2e9fe800000000000000000000000000100"
                + "010100006800000080000000" + "c8c56146ebfd66ee10ec4d8186461b78"),
        Image(
            name: "IPv4, pseudo header", source: "10.0.0.2", destination: "10.0.0.1", version: .v3,
            priority: 0, address: "10.0.0.50", form: .pseudoHeader,
            hex: "313300010064afb60a000032010100006800000080000000f95928cb43984a47904ef70b5691c467"),
        Image(
            name: "version 2", source: "10.0.0.2", destination: "10.0.0.1", version: .v2,
            priority: 100, address: "10.0.0.50", form: .messageOnly,
            hex:
                "21336401000170980a00003200000000000000000101000068000000800000009268920c7d43c4bdb051c2ba7e28aa8e"
        ),
    ]

    static func advertisement(_ image: Image) -> Advertisement {
        var advertisement = Advertisement(
            version: image.version, virtualRouterID: 51, priority: image.priority,
            interval: .seconds(1), addresses: [ip(image.address)], checksumForm: image.form)
        advertisement.sequence = sequence
        return advertisement
    }

    static func rules(_ image: Image, _ signature: SignatureSettings?) -> ReceiveRules {
        var rules = ReceiveRules(
            version: image.version, authentication: .none, interval: .seconds(1),
            maximumLearnedInterval: .seconds(10),
            transport: .unicast(peers: [ip(image.source)], checksSource: true))
        rules.signature = signature
        return rules
    }

    static func judge(
        _ message: [UInt8], _ image: Image, _ signature: SignatureSettings?,
        realtime: Int64 = realtime, source: String? = nil
    ) -> Result<Advertisement, Rejection> {
        var rules = rules(image, signature)
        if let source {
            rules.transport = .unicast(peers: [ip(source)], checksSource: true)
        }
        let facts = PacketFacts(
            source: ip(source ?? image.source), destination: ip(image.destination),
            timeToLive: 255, messageLength: message.count)
        do throws(Rejection) {
            return .success(try unsafe rules.accept(message.span.bytes, facts, realtime: realtime))
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: images) func wireImages(image: Image) {
        let made = SignatureTests.advertisement(image)
        let encoded = made.encoded(
            from: ip(image.source), to: ip(image.destination),
            signature: SignatureTests.settings())
        #expect(encoded == SignatureTests.bytes(image.hex))
        #expect(
            SignatureTests.judge(encoded, image, SignatureTests.settings()) == .success(made))
    }

    /// Every octet but those of the checksum is protected.
    @Test(arguments: images) func everyChangedBitIsNoticed(image: Image) {
        let good = SignatureTests.bytes(image.hex)
        for place in good.indices {
            for bit in 0..<8 {
                var bad = good
                bad[place] ^= 1 << bit
                #expect(
                    (try? SignatureTests.judge(bad, image, SignatureTests.settings()).get()) == nil)
            }
        }
    }

    @Test func refusals() {
        let image = SignatureTests.images[0]
        let good = SignatureTests.bytes(image.hex)
        func kind(
            _ message: [UInt8], _ signature: SignatureSettings?,
            _ realtime: Int64 = SignatureTests.realtime, source: String? = nil
        ) -> Rejection.Kind? {
            if case .failure(let rejection) = SignatureTests.judge(
                message, image, signature, realtime: realtime, source: source)
            {
                return rejection.kind
            }
            return nil
        }
        let settings = SignatureTests.settings()
        // Cut anywhere, it is no packet; whole but for the trailer it is unsigned.
        for count in good.indices {
            #expect(
                kind(Array(good.prefix(count)), settings) == (count == 12 ? .unsigned : .length))
        }
        #expect(kind(good + [0], settings) == .length)
        #expect(kind(good, nil) == .length)
        for mode in [SignatureSettings.Mode.permissive, .receiveOnly] {
            #expect(kind(Array(good.prefix(12)), SignatureTests.settings(mode: mode)) == nil)
            #expect(kind(good, SignatureTests.settings(mode: mode)) == nil)
        }
        var changed = good
        changed[12] = 2
        #expect(kind(changed, settings) == .malformedSignature)
        changed = good
        changed[15] = 1
        #expect(kind(changed, settings) == .malformedSignature)
        changed = good
        changed[13] = 2
        #expect(kind(changed, settings) == .unknownKey)
        #expect(
            kind(
                good,
                SignatureTests.settings(keys: [
                    1: SignatureTests.makeKey([UInt8](repeating: 9, count: 32))
                ]))
                == .wrongSignature)
        // Bound to its sender.
        #expect(kind(good, settings, source: "198.51.100.11") == .wrongSignature)
        let second: Int64 = 1_000_000_000
        for (seconds, expected) in [
            (-6, .staleSignature), (-5, nil), (5, nil), (6, .staleSignature),
        ]
            as [(Int64, Rejection.Kind?)]
        {
            #expect(kind(good, settings, SignatureTests.realtime + seconds * second) == expected)
        }
        #expect(kind(good, SignatureTests.settings(window: nil), 0) == nil)
    }

    /// A new key is known everywhere before anybody signs with it.
    @Test func rotation() throws {
        let second = SignatureTests.makeKey([UInt8](repeating: 7, count: 64))
        let both: [UInt8: SignatureSettings.Key] = [1: SignatureTests.key, 9: second]
        let image = SignatureTests.images[0]
        let message = SignatureTests.advertisement(image).encoded(
            from: ip(image.source), to: ip(image.destination),
            signature: SignatureTests.settings(active: 9, keys: both))
        #expect(message[13] == 9)
        _ = try SignatureTests.judge(message, image, SignatureTests.settings(keys: both)).get()
    }

    @Test func receiveOnlySignsNothing() {
        let image = SignatureTests.images[0]
        let message = SignatureTests.advertisement(image).encoded(
            from: ip(image.source), to: ip(image.destination),
            signature: SignatureTests.settings(mode: .receiveOnly))
        #expect(message.count == 12)
    }

    // MARK: Numbers

    @Test func numbersGrow() {
        var sequence = SignatureSequence()
        func next(_ realtime: Int64) -> UInt64 { sequence.next(realtime: realtime, window: 5) }
        let first = next(SignatureTests.realtime)
        #expect(first == SignatureTests.sequence)
        // The clock stands, or goes back a little.
        #expect(next(SignatureTests.realtime) == first + 1)
        #expect(next(SignatureTests.realtime - 4_000_000_000) == first + 2)
        // It goes back by more than others would bear.
        let early = SignatureTests.realtime - 3_600_000_000_000
        #expect(next(early) == SignatureSequence.number(at: early))
        var monotonic = SignatureSequence()
        let last = monotonic.next(realtime: SignatureTests.realtime, window: nil)
        let later = monotonic.next(realtime: early, window: nil)
        #expect(later == last + 1)
    }

    @Test func numbersWrap() {
        #expect(SignatureSequence.isAfter(3, .max - 3))
        #expect(!SignatureSequence.isAfter(.max - 3, 3))
        #expect(SignatureTrailer.age(0xffff_ffff_0000_0000, 0x0000_0002_0000_0000) == 3)
    }

    @Test func replays() {
        var marks = ReplayMarks()
        func admit(_ number: UInt64, _ source: String = "10.0.0.2", window: Int64? = 5) -> Bool {
            marks.admit(number, from: ip(source), window: window, realtime: SignatureTests.realtime)
        }
        let number = SignatureTests.sequence
        #expect(admit(number))
        #expect(!admit(number))
        #expect(!admit(number - 1))
        #expect(admit(number + 1))
        #expect(admit(number, "10.0.0.3"))
        // A mark from a clock that was an hour ahead is forgotten, unless numbers are all that counts.
        let wrong = number + UInt64(3600) << 32
        #expect(admit(wrong, "10.0.0.4"))
        #expect(admit(number, "10.0.0.4"))
        #expect(!admit(number, "10.0.0.4"))
        #expect(admit(wrong, "10.0.0.5", window: nil))
        #expect(!admit(number, "10.0.0.5", window: nil))
    }

    @Test func marksAreFew() {
        var marks = ReplayMarks()
        func admit(_ host: Int) -> Bool {
            marks.admit(5, from: ip("10.0.1.\(host)"), window: nil, realtime: 0)
        }
        for host in 1...40 { #expect(admit(host)) }
        #expect(!admit(40))
        #expect(admit(1))
    }

    /// What is held ready counts while we go on sending, and the process after us is above it.
    @Test(arguments: [1, 2, 5, 6, 300, nil] as [Int64?])
    func numbersAheadOutliveWhatIsSentMeanwhile(window: Int64?) {
        let signature = SignatureTests.settings(window: window)
        let start = SignatureTests.realtime
        var sequence = SignatureSequence()
        _ = sequence.next(realtime: start, window: window)
        let held = sequence.ahead(by: signature.lead, realtime: start)
        // Made anew after `renewal`; a hang is noticed a second later, where the window lets us be so far ahead.
        let noticed: Duration = (window ?? 300) >= 4 ? .seconds(1) : .zero
        let last = start + (signature.renewal + noticed).nanoseconds
        let sent = sequence.next(realtime: last, window: window)
        #expect(SignatureSequence.isAfter(held, sent))
        if let window {
            #expect(abs(SignatureTrailer.age(held, SignatureSequence.number(at: start))) <= window)
        }
        var next = SignatureSequence(last: held + 20)
        let first = next.next(realtime: last, window: window)
        #expect(SignatureSequence.isAfter(first, held + 20))
        #expect(SignatureSequence.isAfter(next.ahead(by: signature.lead, realtime: last), first))
    }

    /// Process and guard died: the next start is told nothing, and is heard with its first packet all the same.
    @Test(arguments: [1, 2, 5, 6, 300, nil] as [Int64?])
    func numbersAfterACrashAreAboveThoseHeldReady(window: Int64?) {
        let signature = SignatureTests.settings(window: window)
        var time = SignatureTests.realtime
        var marks = ReplayMarks()
        func isHeard(_ number: UInt64) -> Bool {
            marks.admit(number, from: ip("10.0.0.2"), window: window, realtime: time)
        }
        for _ in 0..<20 {
            var sequence = SignatureSequence(after: 0, lead: signature.lead, realtime: time)
            let first = sequence.next(realtime: time, window: window)
            #expect(isHeard(first))
            if let window {
                let clock = SignatureSequence.number(at: time)
                #expect(abs(SignatureTrailer.age(first, clock)) <= window)
            }
            // The guard sends all rounds that it has, and dies, too; a start takes a moment.
            let held = sequence.ahead(by: signature.lead, realtime: time) &+ 22
            #expect(isHeard(held))
            time += 5_000_000
        }
        // What a guard tells counts where the clock was set back meanwhile.
        let known = SignatureTests.sequence
        let early = SignatureTests.realtime - 3_600_000_000_000
        let told = SignatureSequence(after: known, lead: signature.lead, realtime: early)
        #expect(told.last == known)
    }

    /// The clock was set back, so that numbers count up from the last one.
    @Test func numbersAheadOutliveAClockSetBack() {
        var sequence = SignatureSequence()
        let start = SignatureTests.realtime
        _ = sequence.next(realtime: start, window: nil)
        let back = start - Duration.seconds(3600).nanoseconds
        let held = sequence.ahead(by: .seconds(3), realtime: back)
        for _ in 0..<100 {
            #expect(SignatureSequence.isAfter(held, sequence.next(realtime: back, window: nil)))
        }
    }

    /// A code that could not be made proves nothing.
    @Test func noCodeIsNoProof() {
        let broken = SignatureSettings.Key(Array(0..<32)) { _, _ in [] }
        let image = SignatureTests.images[0]
        for message in [
            SignatureTests.bytes(image.hex),
            SignatureTests.advertisement(image).encoded(
                from: ip(image.source), to: ip(image.destination),
                signature: SignatureTests.settings(keys: [1: broken])),
        ] {
            #expect(
                throws: Rejection.self,
                performing: {
                    try SignatureTests.judge(
                        message, image, SignatureTests.settings(keys: [1: broken])
                    ).get()
                })
        }
    }

    @Test func keysAreNotPrinted() {
        let key = SignatureTests.makeKey(Array("secret".utf8))
        #expect("\(key)" == "********")
    }
}
