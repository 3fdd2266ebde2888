import Core
import Testing

@Suite struct SHA256Tests {
    func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// FIPS 180-4's examples, and every length around a block's end against Python's hashlib.
    @Test(arguments: [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (55, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
        (56, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
        (63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
        (64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
        (65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"),
        (119, "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"),
        (120, "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"),
        (1000, "a8af099bf2e878609558dbf69d8f88f4a31040a8cf84b549a0cfa912f12ffc3f"),
    ])
    func digests(length: Int, digest: String) {
        let message = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        #expect(hex(SHA256.digest(message)) == digest)
    }

    @Test func short() {
        #expect(
            hex(SHA256.digest(Array("abc".utf8), bits: 224))
                == "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")
    }

    /// RFC 4231, and keys around a block's length against Python's hmac.
    @Test(arguments: [
        (0, "76d9e7194e7dbc3aa00bbe8ffb9f6fcb5a932170f971f948bb2ab61607d2b9d6"),
        (32, "6c0fff9d6cdb6868124172001d40c668eea4f8b7ff5603f380dab813737e3d39"),
        (63, "47bfc15c48a33b7f8343a27a825e58bad1bddd78af14a2b0770ed54805ce50f2"),
        (64, "1d2c3ff0c156231d9ff2423943b7fa2db1b239f7a65cf98d5398108526d1bc3b"),
        (65, "59260b334927c00b78fc690ebed530a98360e4f1ec343d03c7d4c38a3828d702"),
        (200, "a19dceead32a17069cf23a1a283c371db4fb7e17b5fef8fba6221acaee2aa665"),
    ])
    func authentication(keyLength: Int, code: String) {
        let key = (0..<keyLength).map { UInt8(truncatingIfNeeded: $0 &* 3) }
        #expect(
            hex(SHA256.authenticate(Array("what do ya want for nothing?".utf8), key: key)) == code)
    }
}
