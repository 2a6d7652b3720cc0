import Model
import Testing

@Suite struct EscapedTextTests {
  @Test(
    arguments: [
      (Array("scan 0001.tif".utf8), "scan 0001.tif"),
      (Array("50%.tif".utf8), "50%25.tif"),
      (Array("a\nb\tc".utf8), "a%0Ab%09c"),
      ([0xFF, 0xFE, 0x41], "%FF%FEA"),
      (Array("é中😀".utf8), "é中😀"),
      (Array("\u{202E}gpj.exe".utf8), "%E2%80%AEgpj.exe"),
      ([0xC0, 0xAF], "%C0%AF"),
      ([0xED, 0xA0, 0x80], "%ED%A0%80"),
      ([0xE2, 0x80], "%E2%80"),
      (Array("\u{85}".utf8), "%C2%85"),
    ] as [([UInt8], String)])
  func `any bytes become one printable line and come back exactly`(bytes: [UInt8], text: String) {
    #expect(EscapedText(bytes: bytes).description == text)
    #expect(EscapedText(escaped: text).bytes == bytes)
  }

  @Test func `every single byte and pair of bytes survives`() {
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max {
        #expect(EscapedText(escaped: EscapedText(bytes: [first, second]).description).bytes == [first, second])
      }
    }
  }
}
