import Model
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"),
      (1_709_210_096_789_012, "2024-02-29T12:34:56.789012Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
      (4_102_444_799_000_000, "2099-12-31T23:59:59.000000Z"),
    ] as [(Int64, String)])
  func `a moment is written as RFC 3339 in UTC with microseconds and read back`(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).description == text)
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z",
    "2024-01-01 00:00:00Z",
    "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00.123Z", "",
  ])
  func `what is no moment is refused`(text: String) { #expect(Timestamp(text) == nil) }

  @Test func `the day of receipt is the manifest's folder`() {
    #expect(Timestamp("2026-11-22T23:59:59Z")?.dayPath == "2026/11/22")
  }

  @Test func `people read a moment to the second`() {
    #expect(Timestamp("2026-11-22T02:15:00.999999Z")?.forPeople == "2026-11-22 02:15:00 UTC")
  }
}
