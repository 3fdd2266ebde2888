internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Netlink
internal import VRRP

/// A master whose address another host claims announces it again, and says so: two hosts have the address, or a
/// master that does not hear us.
extension Engine {
    /// Listens on every link where a master holds addresses.
    func watchClaims(_ instance: Instance) {
        var wanted: Set<ClaimWatch.Subject> = []
        for isIPv4 in [true, false] {
            let held = instance.holder.held.filter { $0.key.prefix.address.isIPv4 == isIPv4 }
            for index in Set(held.values.map(\.linkIndex)) {
                let here = held.values.filter { $0.linkIndex == index }
                wanted.insert(
                    ClaimWatch.Subject(
                        index: index, isIPv4: isIPv4,
                        addresses: Set(here.map(\.prefix.address))))
            }
        }
        for (number, watch) in instance.claimWatches {
            if wanted.remove(watch.subject) != nil {
                watch.drain()
                listen(watch, number)
            } else {
                close(number, of: instance)
            }
        }
        for subject in wanted {
            do throws(Errno) {
                let watch = try ClaimWatch(subject)
                try loop.add(
                    watch.descriptor, .readable, TokenKind.claims.token(nextClaimWatch))
                instance.claimWatches[nextClaimWatch] = watch
                nextClaimWatch += 1
            } catch {
                log(.warning, "(\(instance.name)) cannot hear who claims its addresses: \(error)")
            }
        }
    }

    /// Listens no more. The sockets stay: closing one waits for all processors, and addresses are to go at once.
    func ignoreClaims(_ instance: Instance) {
        for (number, watch) in instance.claimWatches {
            watch.restsUntil = .distantFuture
            try? loop.modify(watch.descriptor, [], TokenKind.claims.token(number))
        }
    }

    /// For a router that goes for good.
    func endClaims(_ instance: Instance) {
        for number in instance.claimWatches.keys { close(number, of: instance) }
    }

    private func close(_ number: UInt32, of instance: Instance) {
        guard let watch = instance.claimWatches.removeValue(forKey: number) else { return }
        loop.remove(watch.descriptor)
    }

    private func listen(_ watch: ClaimWatch, _ number: UInt32) {
        watch.restsUntil = nil
        try? loop.modify(watch.descriptor, .readable, TokenKind.claims.token(number))
    }

    /// Packets wait that claim one of our addresses.
    func claimsAreReadable(_ number: UInt32) {
        // A router that takes over advertises first: its claim is no foreign one.
        for socket in sockets.keys { receive(socket) }
        guard let instance = instances.first(where: { $0.claimWatches[number] != nil }),
            let watch = instance.claimWatches[number]
        else { return }
        // A link that goes down is an error of the socket, which is told whether we listen or not, until it is read.
        guard instance.router.state == .master else { return watch.drain() }
        // Linux answers for all of its addresses by every interface on the link.
        guard
            let claim = watch.foreignClaim(
                own: Set(monitor.table.links.values.compactMap(\.hardwareAddress)))
        else { return }
        instance.doubts.claimed(by: claim.hardware)
        watch.restsUntil = loop.now + ClaimWatch.rest
        try? loop.modify(watch.descriptor, [], TokenKind.claims.token(number))
        log(
            .warning,
            "(\(instance.name)) \(claim.hardware) claims \(claim.address), which is ours: announcing it"
                + " again. Another host has the address, or another master does not hear us")
        feed(instance, .addressesDisturbed)
    }

    /// When the next rest ends.
    var claimDeadline: Instant? {
        instances.flatMap { $0.claimWatches.values.compactMap(\.restsUntil) }.min()
    }

    /// Looks again at what has rested long enough.
    func resumeClaims() {
        for instance in instances {
            for (number, watch) in instance.claimWatches {
                guard let end = watch.restsUntil, end <= loop.now else { continue }
                listen(watch, number)
            }
        }
    }
}
