import Core
import Testing

@testable import HTTP

/// Comparison of names, which looks at eight bytes at a time.
@Suite struct CharactersTests {
    /// Every length around one and two words, every place, every byte: the same verdict as byte for byte.
    @Test(arguments: 1...18)
    func comparisonWithoutCaseIsExact(_ length: Int) {
        var wrong: [String] = []
        for place in 0..<length {
            for original in [0x41, 0x5a, 0x61, 0x2d, 0x40, 0x5b, 0x60, 0xc1] as [UInt8] {
                var name = [UInt8](repeating: 0x78, count: length)
                name[place] = original
                var other = [UInt8](repeating: 0x58, count: length)
                for byte in UInt8.min...UInt8.max {
                    other[place] = byte
                    let isEqual = name.withBytes { a in
                        other.withBytes { b in a.equalsIgnoringCase(b) }
                    }
                    if isEqual != (byte.asciiLowercased == original.asciiLowercased) {
                        wrong.append("\(original) and \(byte) at \(place)")
                    }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func lengthsDiffer() {
        let names: [[UInt8]] = [[], [0x61], [UInt8](repeating: 0x61, count: 8)]
        for name in names {
            let longer = name + [0x61]
            let isEqual = name.withBytes { a in longer.withBytes { b in a.equalsIgnoringCase(b) } }
            #expect(!isEqual)
        }
    }

    @Test(arguments: 0...18)
    func listMarksAreFoundAtEachPlace(place: Int) {
        for mark in [UInt8(ascii: ","), UInt8(ascii: "\"")] {
            var text = [UInt8](repeating: UInt8(ascii: "a"), count: 19)
            text[place] = mark
            for start in 0...19 {
                let found = text.withBytes { $0.listMark(start..<19) }
                #expect(found == (start <= place ? place : 19))
            }
            #expect(text.withBytes { $0.listMark(0..<place) } == place)
        }
    }
}
