import Configuration
import Diagnostics
import Foundation
import Testing

@testable import TLS

/// Certificates made by `openssl` for one test.
final class Keys {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    func file(_ names: String...) throws -> TLSFile {
        var bytes: [UInt8] = []
        for name in names { bytes += try Data(contentsOf: directory.appendingPathComponent(name)) }
        return TLSFile(path: names.joined(separator: "+"), bytes: bytes)
    }

    /// `NAME.crt` and `NAME.key`.
    func make(_ name: String, host: String, key: String = "ec -pkeyopt ec_paramgen_curve:P-256")
        throws
    {
        try openssl(
            "req -x509 -newkey \(key) -nodes -keyout \(name).key -out \(name).crt -days 9 -subj /CN=\(host) -addext subjectAltName=DNS:\(host)"
        )
    }
}

@Suite struct CertificateTests {
    @Test func takesItsPartsInAnyOrder() throws {
        let keys = try Keys()
        try keys.make("site", host: "Site.test")
        try keys.make("above", host: "above.test")
        for files in [
            [try keys.file("site.crt", "above.crt", "site.key")],
            [try keys.file("site.key", "above.crt", "site.crt")],
            [try keys.file("above.crt", "site.crt"), try keys.file("site.key")],
        ] {
            let certificate = try TLSCertificate(TLSCertificateSettings(files: files))
            #expect(certificate.names == ["site.test"])
            #expect(unsafe certificate.chain.count == 1)
            #expect(certificate.keyKind == .ecdsa)
        }
    }

    @Test func saysInOneLineWhatIsWrong() throws {
        let keys = try Keys()
        try keys.make("one", host: "one.test")
        try keys.make("two", host: "two.test")
        try keys.openssl("ec -in one.key -aes128 -passout pass:secret -out locked.key")
        let table: [(TLSFile, String)] = [
            (try keys.file("one.crt"), "No Private Key found"),
            (try keys.file("one.key"), "no PEM certificate found"),
            (try keys.file("one.crt", "two.key"), "inconsistencies between private key"),
            (try keys.file("one.crt", "locked.key"), "passphrase"),
            (TLSFile(path: "empty", bytes: []), "no PEM certificate found"),
        ]
        for (file, words) in table {
            let problem = #expect(throws: TLSProblem.self) {
                try TLSCertificate(TLSCertificateSettings(files: [file]))
            }
            #expect(problem?.message.contains(words) == true, "\(String(describing: problem))")
            #expect(problem?.message.contains("\n") == false)
        }
    }

    @Test func hostileFilesAreOnlyRefused() throws {
        let keys = try Keys()
        try keys.make("site", host: "site.test")
        let bytes = try keys.file("site.key", "site.crt").bytes
        for count in stride(from: 0, to: bytes.count, by: 17) {
            let cut = TLSFile(path: "cut", bytes: Array(bytes.prefix(count)))
            _ = try? TLSCertificate(TLSCertificateSettings(files: [cut]))
        }
        for index in stride(from: 0, to: bytes.count, by: 11) {
            var changed = bytes
            changed[index] ^= 0x15
            let file = TLSFile(path: "changed", bytes: changed)
            _ = try? TLSCertificate(TLSCertificateSettings(files: [file]))
        }
    }

    /// A later context takes over what did not change: its clients may go on to resume their sessions.
    @Test func unchangedCertificatesAreKept() throws {
        let keys = try Keys()
        for name in ["one", "two", "new"] { try keys.make(name, host: "\(name).test") }
        var settings = TLSBindSettings()
        settings.certificates = [
            TLSCertificateSettings(files: [try keys.file("one.crt", "one.key")]),
            TLSCertificateSettings(files: [try keys.file("two.crt", "two.key")]),
        ]
        let first = try TLSServerContext(settings)
        let renewed = try keys.file("new.crt", "new.key").bytes
        settings.certificates[0].files[0] = TLSFile(
            path: settings.certificates[0].path, bytes: renewed)
        let second = try TLSServerContext(settings, keeping: first)
        #expect(second.certificates[0] !== first.certificates[0])
        #expect(second.certificates[1] === first.certificates[1])
        #expect(second.certificates[0].report.subject == "/CN=new.test")
    }

    @Test func responsesAreVerifiedToBeOnes() throws {
        for text in ["", "0", "MIICxwoBAKCCAsAwggK8BgkrBgEFBQcwAQEEggKt"] {
            let bytes = Array(text.utf8)
            for count in 0...bytes.count {
                #expect(throws: TLSProblem.self) { try OCSPResponse(Array(bytes.prefix(count))) }
            }
        }
        #expect(Base64.decode("AAEC".utf8) == [0, 1, 2])
        #expect(Base64.decode("AA\nEC\n".utf8) == [0, 1, 2])
        #expect(Base64.decode("AAE=".utf8) == [0, 1])
        for text in ["", "A", "AAE", "A*E=", "===="] { #expect(Base64.decode(text.utf8) == nil) }
    }

    @Test func ticketKeysAreThreeOfOneLength() throws {
        let short = String(repeating: "A", count: 64) + "\n"
        let long = String(repeating: "B", count: 106) + "A=\n"
        func keys(_ text: String) throws -> TicketKeys {
            try TicketKeys(TLSFile(path: "keys", bytes: Array(text.utf8)))
        }
        _ = try keys(short + short + short)
        _ = try keys(short + long + long + long)
        for text in ["", short, short + short, short + long + long, "x\n" + short + short] {
            #expect(throws: TLSProblem.self) { try keys(text) }
        }
    }

    /// Whoever prints a configuration, for instance in a report about an error, must not print keys.
    @Test func secretsAreNeverShown() throws {
        let file = TLSFile(path: "site.pem", bytes: Array("SECRET".utf8))
        var settings = TLSBindSettings()
        settings.certificates = [TLSCertificateSettings(files: [file])]
        var text = ""
        dump(settings, to: &text)
        text += "\(settings)" + String(reflecting: settings)
        #expect(text.contains("site.pem"))
        #expect(!text.contains("SECRET") && !text.contains("83, 69, 67"))
    }

    @Test func expiredOnesAreToldOf() throws {
        let keys = try Keys()
        try keys.make("site", host: "site.test")
        try keys.openssl("req -new -key site.key -subj /CN=old.test -out old.csr")
        try keys.openssl("x509 -req -in old.csr -signkey site.key -days -1 -out old.crt")
        var settings = TLSBindSettings()
        settings.certificates = [
            TLSCertificateSettings(files: [try keys.file("old.crt", "site.key")])
        ]
        let findings = TLSExaminer.examine(.bind(settings))
        #expect(findings.map(\.severity) == [.notice])
        #expect(findings.first?.message.contains("expired") == true)
    }
}
