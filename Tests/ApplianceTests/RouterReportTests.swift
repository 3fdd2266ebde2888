import Testing

@testable import Appliance

/// What the guard is told of virtual routers: nothing is lost because it was busy, or because it is too long.
struct RouterReportTests {
    private func record(_ name: String, _ interval: Int = 100) -> VirtualRouterRecord {
        VirtualRouterRecord(
            name: name, isMaster: true, interfaceIndex: 2, advertisement: [1, 2], resignation: [3],
            addresses: ["10.0.0.50/24 eth0"], intervalMilliseconds: interval)
    }

    @Test func whatWasRefusedIsToldAgain() {
        let messages: [ProcessMessage] = [
            .virtualRouterNames(["a", "b", "c"]), .virtualRouter(record("a")),
            .virtualRouter(record("b")), .virtualRouter(record("c")),
        ]
        for taken in 0...messages.count {
            var report = RouterReport()
            report.add(all: ["a", "b", "c"], [record("c"), record("a"), record("b")])
            var told: [ProcessMessage] = []
            var attempts = 0
            report.deliver { message in
                attempts += 1
                guard told.count < taken else { return false }
                told.append(message)
                return true
            }
            // Each attempt may last a second: there is none behind the first that fails.
            #expect(attempts == min(taken + 1, messages.count))
            #expect(report.isTaken == (taken == messages.count))
            report.deliver { message in
                told.append(message)
                return true
            }
            #expect(told == messages)
            #expect(report.isTaken)
        }
    }

    @Test func onlyTheNewestWaits() {
        var report = RouterReport()
        report.add(all: ["a", "b"], [record("a"), record("b")])
        report.deliver { _ in false }
        report.add(all: nil, [record("a", 200)])
        report.add(all: ["a"], [])
        var told: [ProcessMessage] = []
        report.deliver { message in
            told.append(message)
            return true
        }
        #expect(told == [.virtualRouterNames(["a"]), .virtualRouter(record("a", 200))])
        report.deliver { _ in
            Issue.record("nothing is told twice")
            return true
        }
    }

    @Test func aRecordThatIsTooLongDoesWithoutTheLeast() {
        var full = record("VI_1")
        full.resignation = [UInt8](repeating: 1, count: 1000)
        full.advertisement = [UInt8](repeating: 2, count: 2000)
        full.addresses = (0..<100).map { "10.0.0.\($0 + 100)/24 eth0" }
        full.removals = (0..<50).map { _ in [UInt8](repeating: 3, count: 100) }
        full.wish = "rests"
        full.lastSequence = 4711
        let whole = ProcessMessage.virtualRouter(full).encoded().count
        var seen = Set<VirtualRouterRecord.Omission>()
        for limit in stride(from: whole, through: 300, by: -1) {
            let (record, without) = full.fitting(limit: limit)
            #expect(ProcessMessage.virtualRouter(record).encoded().count <= limit)
            #expect(without.isEmpty == (record == full))
            #expect(record.lastSequence == 4711 && record.wish == "rests" && record.isMaster)
            #expect(without.contains(.routes) == record.removals.isEmpty)
            #expect(without.contains(.advertisement) == record.advertisement.isEmpty)
            #expect(without.contains(.resignation) == record.resignation.isEmpty)
            #expect(without.contains(.addresses) == (record.addresses.count < 100))
            #expect(record.addresses == Array(full.addresses.prefix(record.addresses.count)))
            seen.formUnion(without)
        }
        #expect(seen == Set(VirtualRouterRecord.Omission.allCases))
    }
}
