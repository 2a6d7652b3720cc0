import Glibc

/// Every fuzz target by its name: bytes in; a crash, a trap, an overflow or a broken promise is a find.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "tiff": walkTIFF, "png": walkPNG, "decode-tiff": decodeTIFF, "decode-png": decodePNG,
  "scan-lines": readLines, "labels": readLabels, "grammar": readGrammar, "pattern": readPattern,
  "sidecar": readSidecar, "configuration": readConfiguration, "csv": readCSV,
  "hl7": readHL7, "fhir": readFHIR,
  "manifest": readManifest, "plan": readPlan, "answer": readAnswer, "inventory": readInventory, "text": readText,
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = getenv("CHARTROOM_FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    fatalError("CHARTROOM_FUZZ_TARGET must be one of: \(targets.keys.sorted().joined(separator: " "))")
  }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

/// A promise that must hold for any bytes.
func must(_ condition: Bool, _ promise: @autoclosure () -> String) {
  if !condition { fatalError("broken promise: \(promise())") }
}
