import Model
import Testing

@testable import Reading

/// The vectors are those of standards, of their keepers and of other people's programs, never of this one.
@Suite struct `Reading: check schemes` {
  private static let vectors: [(LabelCheck.Scheme, [String])] = [
    // HL7 v2.5.1 CX-3; ISO/IEC 7812-1; the NPI's number with its prefix 80840.
    (.luhn, ["123455", "4010", "99994", "999999998", "79927398713", "808401234567893"]),
    // HL7 v2.5.1 CX-3: m = 106.
    (.hl7mod11, ["12345674"]),
    // python-stdnum; the second by hand.
    (.nhsmod11, ["9434765919", "4010232137"]),
    // ANSI/HIBC 1.3 §2.2; bwipp; zint. The last ends in a space.
    (
      .hibc43,
      [
        "+/ACMRN123456/V2009121908334", "+A999123457", "+A123BJC5D6E71G", "+/ACM12345B", "+/AC1000017Q",
        "+/AC13000179 ",
      ]
    ),
    // zint; a GTIN.
    (.gs1mod10, ["376104250021234569", "6291041500213"]),
    // python-stdnum.
    (.iso7064mod97, ["79444", "435411161155111431"]),
    // UK blood services' Red Book, annex 2; python-stdnum.
    (.iso7064mod37, ["G123498654321H", "G123489654321Y"]),
    // python-stdnum.
    (.iso7064mod11, ["07940", "079X"]),
  ]

  @Test(arguments: vectors)
  func `a scheme holds for the examples of others`(scheme: LabelCheck.Scheme, texts: [String]) {
    for text in texts { #expect(scheme.holds(for: text), "\(text)") }
  }

  @Test func `each scheme has examples, and the name that pipeline.json gives it`() {
    #expect(Set(Self.vectors.map(\.0)) == Set(LabelCheck.Scheme.allCases))
    #expect(
      LabelCheck.Scheme.allCases.map(\.rawValue) == [
        "luhn", "hl7mod11", "nhsmod11", "hibc43", "gs1mod10", "iso7064mod97_10", "iso7064mod37_2", "iso7064mod11_2",
      ])
  }

  @Test(arguments: vectors)
  func `any other last character fails`(scheme: LabelCheck.Scheme, texts: [String]) {
    for text in texts {
      for code in UInt8(0)...255 where code != text.utf8.last {
        let bad = String(decoding: Array(text.utf8.dropLast()) + [code], as: UTF8.self)
        #expect(!scheme.holds(for: bad), "\(text) with \(code)")
      }
    }
  }

  /// HL7's M11 has one digit for the remainders 0 and 1, so it is the only one that may miss a wrong digit.
  @Test(arguments: vectors.filter { $0.0 != .hl7mod11 })
  func `every single wrong digit is found`(scheme: LabelCheck.Scheme, texts: [String]) {
    for text in texts {
      let good = Array(text.utf8)
      for place in good.indices where (48...57).contains(good[place]) {
        for digit in UInt8(48)...57 where digit != good[place] {
          var bad = good
          bad[place] = digit
          #expect(!scheme.holds(for: String(decoding: bad, as: UTF8.self)), "\(text) at \(place)")
        }
      }
    }
  }

  @Test(arguments: LabelCheck.Scheme.allCases, ["", "0", "A", "٣٣", "a4", "12a4", "+/äC", "*1", "X1", "1*1"])
  func `what is no such text never holds`(scheme: LabelCheck.Scheme, text: String) {
    #expect(!scheme.holds(for: text))
  }

  @Test func `a number for which the NHS has no check digit never holds`() {
    // Weights 10…2 over 00000000d give 2d: 11 − 2d mod 11 is 10 for d = 6.
    for digit in 0...9 { #expect(!LabelCheck.Scheme.nhsmod11.holds(for: "000000006\(digit)")) }
  }
}
