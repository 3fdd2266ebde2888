import Testing

@testable import TLS

@Suite struct CertificateNamesTests {
    @Test(
        arguments: [
            ("www.example.com", [0, 2]), ("example.com", [1]), ("shop.example.com", [2]),
            ("a.shop.example.com", []), ("private.example.com", [4]), ("other.org", [4]),
            ("both.test", [0, 3]), (".example.com", [4]), ("", [4]),
        ] as [(String, [Int])]) func chooses(name: String, expected: [Int])
    {
        var names = CertificateNames()
        names.add(["www.example.com", "both.test"], entry: 0)
        names.add(["example.com"], entry: 1)
        names.add(["*.example.com", "!private.example.com"], entry: 2)
        names.add(["both.test"], entry: 3)
        if !expected.isEmpty { names.add(["*"], entry: 4) }
        #expect(names.entries(for: name) == expected)
    }
}
