import Testing

@testable import Pipeline

@Suite struct `Reading JSON` {
  @Test func `members stay in the order of the file and numbers as written`() throws {
    let value = try JSONParser.parse(Array(#" { "b": [1, -2.50, 3e2], "a": {"x": null, "y": true} } "#.utf8))
    #expect(value.text == #"{"b": [1, -2.50, 3e2], "a": {"x": null, "y": true}}"#)
  }

  @Test func `escapes mean what RFC 8259 says`() throws {
    let value = try JSONParser.parse(Array(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#.utf8))
    #expect(value == .string("\"\\/\u{08}\u{0C}\n\r\té😀é"))
    #expect(try JSONParser.parse(Array(value.text.utf8)) == value)
  }

  @Test func `a byte order mark at the start is skipped`() throws {
    #expect(try JSONParser.parse([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) == .object([]))
  }

  @Test(
    arguments: [
      ("", 1, 1), ("{", 1, 2), ("{\"a\": 1,}", 1, 9), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("01", 1, 1), ("-", 1, 1),
      ("1.", 1, 3),
      ("1e", 1, 3), ("tru", 1, 1), ("'a'", 1, 1), ("{} {}", 1, 4), ("\"a", 1, 1), ("\"a\nb\"", 1, 3), ("\"\\q\"", 1, 2),
      ("\"\\ud800\"", 1, 2), ("\"\\ude00\"", 1, 2), ("\"\\u12\"", 1, 4), ("\"\\", 1, 2), ("// no\n{}", 1, 1),
      ("{\n  \"a\": x\n}", 2, 8),
    ])
  func `what is not JSON is refused where it stops being JSON`(text: String, line: Int, column: Int) {
    #expect {
      try JSONParser.parse(Array(text.utf8))
    } throws: { error in
      let error = error as? JSONSyntaxError
      return error?.line == line && error?.column == column
    }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0xFF]) }
  }

  @Test func `a key that is given twice is refused, because one of the two would be lost`() {
    #expect(throws: JSONSyntaxError(line: 2, column: 2, message: #"the key "drop" is given twice"#)) {
      try JSONParser.parse(Array("{\"drop\": 1,\n \"drop\": 2}".utf8))
    }
  }

  @Test func `a hundred thousand brackets end in an error, not in a crash`() {
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(repeating: UInt8(ascii: "["), count: 100_000)) }
  }

  @Test func `no text cut off anywhere is taken for whole, and none crashes`() throws {
    let sample = try projectFile("pipeline.json")
    let whole = sample[...sample.lastIndex(of: UInt8(ascii: "}"))!]
    for end in stride(from: 0, to: whole.count, by: 37) {
      #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(whole[..<end])) }
    }
  }
}
