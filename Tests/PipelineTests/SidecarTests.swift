import Model
import System
import Testing
import TestSupport

@testable import Pipeline

@Suite struct SidecarTests {
  @Test(
    arguments: [
      ("{\"schema\": \"chartroom.sidecar/1\"}", true),
      ("{\"schema\": \"chartroom.sidecar/1\", \"expectedPages\": 3, \"birthDate\": \"1970-01-02\"}", true),
      ("{\"schema\": \"chartroom.sidecar/1\", \"expectedPagse\": 3}", false),
      ("{\"schema\": \"chartroom.sidecar/1\", \"birthDate\": \"02.01.1970\"}", false),
      ("{\"schema\": \"chartroom.sidecar/1\", \"expectedPages\": -1}", false),
      (
        "{\"schema\": \"chartroom.sidecar/1\", \"labels\": [{\"page\": 0, \"symbology\": \"qr\", \"text\": \"x\"}]}",
        false
      ),
      ("{\"schema\": \"chartroom.sidecar/2\"}", false),
      ("{\"duplex\": true}", false), ("[]", false), ("{", false), ("", false),
    ] as [(String, Bool)])
  func `a sidecar is understood whole or is an exception, never half`(text: String, isGood: Bool) throws {
    let folder = TemporaryFolder()
    let path = folder.path.appending("a.json")
    try Files.write(path, Array(text.utf8))
    let sidecar = try GivenSidecar(reading: path, name: EscapedText("a.json"))
    #expect((sidecar.value != nil) == isGood)
    #expect((sidecar.problem == nil) == isGood)
    #expect(sidecar.bytes == Array(text.utf8))
  }
}
