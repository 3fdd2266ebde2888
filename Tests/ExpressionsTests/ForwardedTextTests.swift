import Core
import Testing

@testable import Expressions

/// RFC 7239 sections 4 and 6.
@Suite struct ForwardedTextTests {
    private func isList(_ text: String) -> Bool {
        Array(text.utf8).withBytes { ForwardedText.isList($0) }
    }

    @Test(arguments: [
        "for=192.0.2.60;proto=http;by=203.0.113.43", "for=unknown", "for=_hidden",
        "for=\"_SEVKISEK:_port.1\"", "for=\"[2001:db8:cafe::17]:4711\"", "by=\"[::1]\"",
        "for=\"192.0.2.43:47011\"", "for=\"192.0.2.43\"", "host=a.test", "host=\"a.test:8080\"",
        "host=\"[::1]:65535\"", "host=\"\"", "host=\"my-site_1.test\"", "proto=https",
        "for=192.0.2.43, for=198.51.100.17;by=_x , proto=http",
        "for=\"unknown:132\";host=\"[::1]:65535\";by=\"_obfs:_port\";proto=https",
    ])
    func goodLists(_ text: String) {
        #expect(isList(text))
        // Nothing that a list is cut to is taken for more than it is: no read behind the end, and no good element
        // that ends in the middle of a value with quotes.
        for count in 0..<text.utf8.count {
            let piece = String(text.prefix(count))
            if isList(piece) {
                #expect(piece.filter { $0 == "\"" }.count.isMultiple(of: 2), "\(piece)")
            }
        }
    }

    @Test(arguments: [
        "", ",", "for=1.2.3.4,", "for=1.2.3.4;", ";for=1.2.3.4", "for=1.2.3.4; by=1.2.3.4",
        "for", "for=", "for=\"", "for=\"\"", "fore=1.2.3.4", "For=1.2.3.4",
        "for=1.2.3.4;for=1.2.3.4",
        "for=1.2.3", "for=1.2.3.256", "for=1.2.3.4:80", "for=\"1.2.3.4:\"", "for=\"1.2.3.4:0\"",
        "for=\"1.2.3.4:65536\"", "for=\"1.2.3.4:99999999999999999999\"", "for=\"1.2.3.4:8a\"",
        "for=[::1]", "for=\"::1\"", "for=\"[1.2.3.4]\"", "for=\"[::1\"", "for=\"[]\"",
        "for=\"[::1]x\"", "for=_", "for=\"_a b\"", "for=\"_a:_\"", "for=name", "for=unknow",
        "for=\"1.2.3.4", "for=1.2.3.4\"", "for=\"_a\\\"b\"", "for=\"_a\"b", "proto=\"http\"",
        "proto=ftp", "proto=httpsx", "host=a:80", "host=\"a b\"", "host=\"a,b\"", "host=[::1]",
        "host=\"[::1]80\"", "ext=1", "for=1.2.3.4;proto=http;proto=http", "for=1.2.3.4 for=1.2.3.4",
        "for=é",
    ])
    func badLists(_ text: String) {
        #expect(!isList(text))
    }

    @Test func namesAndPorts() {
        func name(_ text: String) -> ForwardedText.NodeName? {
            Array(text.utf8).withBytes { ForwardedText.nodeName($0) }
        }
        #expect(name("192.0.2.1") == IPAddress("192.0.2.1").map { .address($0) })
        #expect(name("[2001:DB8::1]") == IPAddress("2001:db8::1").map { .address($0) })
        #expect(name("unknown") == .word)
        #expect(name("_a.b-c_1") == .word)
        for text in ["", "a", "unknowns", "2001:db8::1", "_", "_ä"] { #expect(name(text) == nil) }
        let isPort = { (text: String) in
            Array(text.utf8).withBytes { ForwardedText.isNodePort($0) }
        }
        #expect(["1", "65535", "080", "_x"].allSatisfy(isPort))
        #expect(!["", "0", "65536", "x", "_", "1 "].contains(where: isPort))
    }
}
