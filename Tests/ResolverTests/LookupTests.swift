import Configuration
import Core
import Testing

@testable import Resolver

/// One lookup with a clock that the test moves.
private struct Rig {
    var lookup: Lookup
    var policy = ResolversSettings(name: "dns")
    var now = Instant(nanoseconds: 0)

    init(_ subject: Lookup.Subject) { lookup = Lookup(subject, startAt: now) }

    /// Moves the clock to the deadline; an `ask` goes out to so many servers.
    mutating func wait(servers: Int = 1) -> Lookup.Step {
        now = max(now, lookup.deadline)
        return carryOut(lookup.timerExpired(policy, now: now), servers)
    }

    mutating func answer(
        _ addresses: [String] = [], flags: UInt16 = 0x8180, servers: Int = 1
    ) throws -> Lookup.Step {
        let question = try #require(lookup.question)
        var message = MessageBuilder(question, flags: flags, answers: addresses.count)
        for text in addresses {
            let address = try #require(IPAddress(text))
            message.record(address.isIPv4 ? 1 : 28, address.octets)
        }
        let reply = try DNSReply(message.bytes, to: question)
        return carryOut(lookup.received(reply, policy, now: now), servers)
    }

    private mutating func carryOut(_ step: Lookup.Step, _ servers: Int) -> Lookup.Step {
        if step == .ask { lookup.asked(servers: servers, policy, now: now) }
        return step
    }
}

@Suite struct LookupTests {
    static let name = DNSName("app.example.org")!
    static let refused: UInt16 = 0x8185
    static let nameError: UInt16 = 0x8183

    @Test func asksForTheOtherFamilyWhenThereIsNoneOfTheFirst() throws {
        var rig = Rig(.addresses(Self.name, prefersIPv4: false))
        #expect(rig.wait() == .ask)
        #expect(rig.lookup.question?.kind == .ipv6)
        #expect(try rig.answer() == .ask)
        #expect(rig.lookup.question?.kind == .ipv4)
        #expect(try rig.answer(["192.0.2.1"]) == .ended)
        #expect(rig.lookup.status == .valid)
        #expect(rig.lookup.addresses.map(\.description) == ["192.0.2.1"])
        // `hold valid`
        #expect(rig.lookup.deadline - rig.now == .seconds(10))
    }

    /// A server that says no has not decided while another one may say yes.
    @Test func aComplaintWaitsForTheOtherServers() throws {
        var rig = Rig(.addresses(Self.name, prefersIPv4: true))
        #expect(rig.wait(servers: 2) == .ask)
        #expect(try rig.answer(flags: Self.refused) == .wait)
        #expect(try rig.answer(["192.0.2.1"]) == .ended)
        #expect(rig.lookup.status == .valid)
    }

    /// A server that never answers does not keep the other family from being asked for.
    @Test func aSilentServerBesideOneWithoutRecords() throws {
        var rig = Rig(.addresses(Self.name, prefersIPv4: false))
        #expect(rig.wait(servers: 2) == .ask)
        #expect(try rig.answer() == .wait)
        #expect(rig.wait(servers: 2) == .ask)
        #expect(rig.lookup.question?.kind == .ipv4)
    }

    @Test func silenceIsAskedAgainAndThenATimeout() {
        var rig = Rig(.services(Self.name))
        #expect(rig.wait() == .ask)
        #expect(rig.wait() == .ask)
        #expect(rig.wait() == .ask)
        #expect(rig.wait() == .ended)
        #expect(rig.lookup.status == .timeout)
        #expect(rig.now == Instant(nanoseconds: 3_000_000_000))
        #expect(!rig.lookup.holds(rig.policy, now: rig.now))
        // `timeout resolve`
        #expect(rig.lookup.deadline - rig.now == .seconds(1))
    }

    /// `hold nx`: what was found counts on for 30 s.
    @Test func aValidAnswerHolds() throws {
        var rig = Rig(.addresses(Self.name, prefersIPv4: true))
        #expect(rig.wait() == .ask)
        #expect(try rig.answer(["192.0.2.1"]) == .ended)
        for _ in 0..<21 {
            #expect(rig.wait() == .ask)
            #expect(try rig.answer(flags: Self.nameError) == .ask)
            #expect(try rig.answer(flags: Self.nameError) == .ended)
            #expect(rig.lookup.status == .nameError)
            let age = rig.now - Instant(nanoseconds: 0)
            #expect(rig.lookup.holds(rig.policy, now: rig.now) == (age < .seconds(30)))
        }
        #expect(rig.lookup.addresses.count == 1)
    }

    /// `hold obsolete`
    @Test func anAddressThatGoesAwayCountsForAWhile() throws {
        var rig = Rig(.addresses(Self.name, prefersIPv4: true))
        rig.policy.holds.obsolete = .seconds(15)
        let answers = [["192.0.2.1", "192.0.2.2"], ["192.0.2.2"], ["192.0.2.2"]]
        var counts: [Int] = []
        for answer in answers {
            #expect(rig.wait() == .ask)
            #expect(try rig.answer(answer) == .ended)
            counts.append(rig.lookup.addresses.count)
        }
        #expect(counts == [2, 2, 1])
    }
}
