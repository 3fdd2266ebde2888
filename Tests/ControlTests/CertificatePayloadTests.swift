import Configuration
import Testing

@testable import Control

@Suite struct CertificatePayloadTests {
    private static let key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"
    private static let certificate =
        "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n"

    @Test(arguments: [
        ("/a.pem", "/a.pem", nil), ("/a.pem.key", "/a.pem", CertificatePayload.Part.key),
        ("/a.pem.ocsp", "/a.pem", .ocsp), ("/a.pem.issuer", "/a.pem", .issuer),
        ("/b.key", "/b.key", nil), ("/c.key", "/c", .key),
    ])
    func theNameSaysThePart(name: String, path: String, part: CertificatePayload.Part?) {
        let split = CertificatePayload.split(name) { ["/a.pem", "/b.key"].contains($0) }
        #expect(split.path == path)
        #expect(split.part == part)
    }

    /// A payload may be cut anywhere: what is a key is never left with what is none.
    @Test func keysAreCutOut() {
        let (key, certificate) = (CertificatePayloadTests.key, CertificatePayloadTests.certificate)
        for text in [key + certificate, certificate + key, certificate + key + certificate] {
            let bytes = Array(text.utf8)
            #expect(PEMText.keys(in: bytes).starts(with: Array(key.utf8)))
            let rest = String(decoding: PEMText.withoutKeys(bytes), as: UTF8.self)
            #expect(rest.contains("BBBB") && !rest.contains("AAAA"))
            for count in bytes.indices {
                let cut = Array(bytes.prefix(count))
                let rest = String(decoding: PEMText.withoutKeys(cut), as: UTF8.self)
                #expect(!rest.contains("AAAA"))
            }
        }
        #expect(PEMText.keys(in: Array(certificate.utf8)).isEmpty)
    }

    @Test func nonsenseIsRefusedWithTheFilesName() {
        var wanted = TLSCertificateSettings(files: [TLSFile(path: "/a.pem", bytes: [])])
        for part in [nil, CertificatePayload.Part.key, .issuer, .ocsp, .sctl] {
            let before = wanted
            let complaint = CertificatePayload.put(
                Array("nonsense".utf8), part, of: "/a.pem", into: &wanted)
            #expect(complaint != nil)
            #expect(wanted == before)
        }
    }
}
