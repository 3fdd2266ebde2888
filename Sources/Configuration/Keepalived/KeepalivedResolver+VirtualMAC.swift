import ConfigurationLanguage
import Core
import Diagnostics

/// `use_vmac` while its instance is read.
struct KeepalivedVirtualMAC {
    var isUsed = false
    var name: String?
    var hardware: MACAddress?
    var transmitsFromBase = false
    var range: SourceRange?
}

extension KeepalivedResolver {
    /// `use_vmac [NAME] [MAC]`
    mutating func useVirtualMAC(
        _ statement: KeepalivedStatement, in draft: inout KeepalivedInstanceDraft
    ) {
        var virtual = draft.virtualMAC ?? KeepalivedVirtualMAC()
        virtual.isUsed = true
        virtual.range = statement.range
        for word in statement.arguments.prefix(2) {
            if word.text.contains(":") {
                let parts = word.text.split(separator: ":", omittingEmptySubsequences: false)
                let octets = parts.compactMap { $0.count <= 2 ? UInt8($0, radix: 16) : nil }
                guard octets.count == parts.count, let hardware = MACAddress(octets: octets),
                    octets[0] & 1 == 0
                else {
                    findings.report(
                        word.range,
                        "(\(draft.name.text)) '\(word.text)' is no MAC address of a host - ignoring"
                    )
                    continue
                }
                virtual.hardware = hardware
            } else if let name = linkName(word) {
                virtual.name = name
            }
        }
        expectEnd(statement, after: 3)
        draft.virtualMAC = virtual
    }

    /// A name that the kernel takes for an interface (IFNAMSIZ, with its zero byte, is 16).
    mutating func linkName(_ word: Word, limit: Int = 15) -> String? {
        let isGood =
            (1...limit).contains(word.bytes.count) && word.text != "." && word.text != ".."
            && !word.text.contains { $0 == "/" || $0 == ":" || $0.isWhitespace }
        if !isGood {
            findings.report(
                word.range,
                "VMAC interface name '\(word.text)' too long or invalid characters - ignoring",
                fix: "at most \(limit) characters, none of them '/' or ':'")
        }
        return isGood ? word.text : nil
    }

    /// Name and address of the interface, when the family is known.
    mutating func finishVirtualMAC(
        of instance: inout VirtualRouterSettings, _ draft: KeepalivedInstanceDraft
    ) {
        guard let virtual = draft.virtualMAC else { return }
        let owner = "(\(instance.name))"
        guard virtual.isUsed else {
            findings.report(
                draft.name.range, "\(owner) vmac_xmit_base is set without use_vmac - ignoring",
                fix: "add 'use_vmac', or remove it")
            return
        }
        let family = instance.isIPv4 ? "" : "6"
        let name =
            virtual.name
            ?? "\(globals.virtualMACPrefix)\(family).\(instance.virtualRouterID)"
        guard !settings.instances.contains(where: { $0.virtualMAC?.name == name }) else {
            findings.refuse(
                virtual.range, "\(owner) VMAC interface name '\(name)' already in use",
                fix: "write another name behind 'use_vmac'")
            return
        }
        guard name != instance.interface else {
            findings.refuse(
                virtual.range, "\(owner) '\(name)' is the interface below, not a new one",
                fix: "write another name behind 'use_vmac'")
            return
        }
        var finished = VirtualMACSettings(
            name: name,
            hardware: virtual.hardware
                ?? VirtualMACSettings.address(
                    isIPv4: instance.isIPv4, virtualRouterID: instance.virtualRouterID))
        finished.transmitsFromBase = virtual.transmitsFromBase
        if !instance.unicastPeers.isEmpty, !finished.transmitsFromBase {
            findings.report(
                virtual.range, "\(owner) unicast with use_vmac requires vmac_xmit_base - setting",
                fix: "add 'vmac_xmit_base'")
            finished.transmitsFromBase = true
        }
        instance.virtualMAC = finished
    }
}
