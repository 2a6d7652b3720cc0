import Foundation
import Glibc
import TestSupport
import Testing

/// Texts that attack whoever passes them on: on labels, in sidecars, in file names, in patient data.
@Suite(.serialized) struct HostileTextTests {
  private static let good = "archive/front-desk/good-merged-mrn.tif"

  /// What no terminal may get: C0 and C1 controls but line breaks, DEL, bidirectional controls.
  private func expectHarmless(_ output: String, _ what: String) {
    let bad = output.unicodeScalars.filter { scalar in
      switch scalar.value {
      case 0x0A: false
      case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
      default: false
      }
    }
    #expect(bad.isEmpty, "\(what): \(bad.map(\.value)) in \(output.debugDescription)")
  }

  /// Each line one object, and nothing raw in it.
  private func expectHarmlessJSON(_ result: Program.Result, _ what: String) {
    expectHarmless(result.output, what)
    #expect(result.objects.count == result.output.split(separator: "\n").count, "\(what): \(result.output)")
  }

  private func site(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> SampleSite {
    let site = try SampleSite(change: change)
    try site.importPatients()
    return site
  }

  /// Where one page is dropped under many names, which otherwise is the same paper twice.
  private func siteWithoutDuplicates() throws -> SampleSite {
    try site {
      var indexing = $0["indexing"] as! [String: Any]
      indexing["duplicateDays"] = 0
      $0["indexing"] = indexing
    }
  }

  private func expectNothingFiled(_ site: SampleSite) throws {
    for manifest in try site.manifests() {
      #expect(manifest.counts["filed"] == 0, "\(manifest["sources"]!)")
      #expect(manifest.counts["exception"]! > 0)
    }
  }

  private func expectEveryVerbHarmless(_ site: SampleSite) throws {
    for words in [["status"], ["exceptions", "list"], ["verify"]] {
      for options in [[], ["--json"]] {
        let result = try site.program.start(words + options).wait()
        #expect(result.status == 0, "\(words): \(result)")
        expectHarmless(result.errors, "\(words)")
        if options.isEmpty { expectHarmless(result.output, "\(words)") } else { expectHarmlessJSON(result, "\(words)") }
      }
    }
    for line in try site.program.run("exceptions", "list", "--json").objects {
      let id = line["id"] as! String
      expectHarmless(try site.program.run("exceptions", "show", id).output, id)
      expectHarmlessJSON(try site.program.run("exceptions", "show", id, "--json"), id)
    }
  }

  // MARK: Labels

  private static let texts: [String: [UInt8]] = {
    let data = try! fixture("hostile/texts.json")
    let hex = try! JSONDecoder().decode([String: String].self, from: data)
    return hex.mapValues { text in
      let digits = Array(text)
      return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    }
  }()

  @Test func `a label that attacks is read byte for byte, and harms nobody who looks at it`() throws {
    let site = try site()
    #expect(Self.texts.count >= 17)
    for (name, text) in Self.texts.sorted(by: { $0.key < $1.key }) {
      let page = ProjectFolder.fixtures + "/hostile/\(name).png"
      let told = try site.program.run("labels", "read", page, "--json")
      expectHarmlessJSON(told, name)
      expectHarmless(try site.program.run("labels", "read", page).output, name)
      let labels = try #require(told.objects.first?["labels"] as? [[String: Any]], "\(name): \(told)")
      #expect(labels.count == 1, "\(name)")
      let escaped = labels.first?["text"] as? String
      #expect(escaped.map { unescaped($0) } == text, "\(name): \(escaped ?? "nothing")")
      #expect(labels.first?["entry"] is NSNull, "\(name) fits no entry of the grammar")
    }
  }

  @Test(arguments: ["hash", "keep"]) func `a label that attacks files nothing`(_ foreignText: String) throws {
    let site = try site { object in
      object["reading"] = (object["reading"] as! [String: Any]).merging(["foreignText": foreignText]) { $1 }
    }
    for name in Self.texts.keys { try site.drop("hostile/\(name).png", into: "front-desk") }
    #expect(try site.program.run("run").status == 3)
    #expect(try site.manifests().count == Self.texts.count)
    try expectNothingFiled(site)
    try expectEveryVerbHarmless(site)
    let all = try site.manifests().flatMap { $0["pages"] as! [[String: Any]] }.flatMap {
      $0["labels"] as! [[String: Any]]
    }
    let kept = Set(all.compactMap { $0["text"] as? String }.map { unescaped($0) })
    #expect(kept == (foreignText == "keep" ? Set(Self.texts.values) : []))
    try expectOnlyOurNames(site)
  }

  private func unescaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else {
        result.append(byte)
        continue
      }
      result.append(value)
      rest = rest.dropFirst(2)
    }
    return result
  }

  /// Nothing that came from outside became a name: in the archive, the manifests or anywhere else.
  private func expectOnlyOurNames(_ site: SampleSite) throws {
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-_.=%/")
    for tree in ["archive", "manifests", "originals", "claimed"] {
      for name in FileManager.default.subpaths(atPath: site.path + "/var/" + tree) ?? [] {
        let plain = name.replacingOccurrences(of: "extensions/0003-hash-and-id-n-tuple-storage-layout", with: "")
        #expect(plain.hasSuffix("README") || plain.allSatisfy(allowed.contains), "\(tree)/\(name)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: "/tmp/owned"))
  }

  // MARK: Sidecars

  @Test func `a sidecar that attacks is data, whatever it says`() throws {
    let site = try site()
    let texts =
      Self.texts.values.map { String(decoding: $0, as: UTF8.self) } + [
        String(repeating: "M", count: 4096), "%1B[31m%00",
      ]
    for (place, text) in texts.enumerated() {
      let label: [String: Any] = ["page": 1, "symbology": "qr", "text": text]
      try write(
        ["labels": [label], "operator": text, "box": text, "family": text], image: "plain-\(place)", into: site)
    }
    #expect(try site.program.run("run").status == 3)
    #expect(try site.manifests().count == texts.count)
    try expectNothingFiled(site)
    try expectEveryVerbHarmless(site)
    try expectOnlyOurNames(site)
  }

  @Test(arguments: [
    #"{"schema": "chartroom.sidecar/1", "labels": [{"page": 1, "symbology": "qr", "text": "@"}]}"#,
    #"{"schema": "chartroom.sidecar/1", "labels": [{"page": 99999999999999999999, "symbology": "qr", "text": "x"}]}"#,
    #"{"schema": "chartroom.sidecar/1", "labels": [{"page": -1, "symbology": "qr", "text": "x"}]}"#,
    #"{"schema": "chartroom.sidecar/1", "operator": {"$gt": ""}}"#,
    #"{"schema": "chartroom.sidecar/1", "__proto__": 1}"#,
    #"{"schema": "chartroom.sidecar/1", "birthDate": "1961-04-12' OR '1'='1"}"#,
    #"{"schema": "chartroom.sidecar/999999999999999999999999"}"#,
    "[[[[", "nan", "\u{FEFF}{}",
  ])
  func `a sidecar that is none is an exception with a sentence`(_ text: String) throws {
    let site = try site()
    let long = String(repeating: "M", count: 4097)
    try Data(text.replacingOccurrences(of: "@", with: long).utf8).write(
      to: URL(fileURLWithPath: site.drop + "/front-desk/a.json"))
    try site.drop(Self.good, into: "front-desk", as: "a.tif")
    #expect(try site.program.run("run").status == 3)
    let documents = try #require(try site.manifests().first).documents
    #expect(documents.allSatisfy { ($0["reasons"] as! [String]).contains("bad-sidecar") })
    try expectEveryVerbHarmless(site)
  }

  @Test func `a sidecar of a million brackets is refused, not followed`() throws {
    let site = try site()
    let deep = #"{"schema": "chartroom.sidecar/1", "labels": "# + String(repeating: "[", count: 900_000)
    try Data(deep.utf8).write(to: URL(fileURLWithPath: site.drop + "/front-desk/a.json"))
    try site.drop(Self.good, into: "front-desk", as: "a.tif")
    #expect(try site.program.run("run").status == 3)
    try expectNothingFiled(site)
  }

  private func write(_ sidecar: [String: Any], image: String, into site: SampleSite) throws {
    let object = sidecar.merging(["schema": "chartroom.sidecar/1"]) { $1 }
    let folder = site.drop + "/front-desk/"
    try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: folder + image + ".json"))
    var png = RawPNG.black(width: 300, height: 400)
    // Of content of its own, so that none is a duplicate.
    png.chunk("tEXt", Array("Comment\0\(image)".utf8))
    png.end()
    try Data(png.bytes).write(to: URL(fileURLWithPath: folder + image + ".png"))
  }

  // MARK: File names

  static let names: [[UInt8]] = [
    Array("a\nb.tif".utf8), Array("\u{1B}[2J\u{1B}]0;owned\u{07}.tif".utf8), [0xFF, 0xFE] + Array(".tif".utf8),
    Array("\u{202E}fit.gnp".utf8) + Array(".tif".utf8), Array("-rf.tif".utf8), Array("--config=x.tif".utf8),
    Array("$(touch owned)`id`;.tif".utf8), Array("'; DROP TABLE claims;--.tif".utf8), Array("=cmd|' C'!A0.tif".utf8),
    Array("<script>alert(1)<\u{9B}31m.tif".utf8), Array("%2E%2E%2Fetc.tif".utf8), Array("a\\..\\..\\x.tif".utf8),
    Array(repeating: UInt8(ascii: "n"), count: 251) + Array(".tif".utf8), Array("😀 é.tif".utf8),
    Array("\".tif".utf8), Array("\u{2028}\u{FEFF}.tif".utf8), [0xC3] + Array(".tif".utf8), Array(" .tif".utf8),
  ]

  @Test func `file names of any bytes are kept exactly, and harm nobody who reads them`() throws {
    let site = try siteWithoutDuplicates()
    let sound = try fixture(Self.good)
    for (place, name) in Self.names.enumerated() {
      write(sound + Data("padding \(place)".utf8), name: name, in: site.drop + "/front-desk")
    }
    // Names of stations and of things that are never taken come out in `status`, too.
    write(Data(), name: Array("empty\u{1B}[31m.tif".utf8), in: site.drop + "/front-desk")
    mkfifo(site.drop + "/front-desk/pipe\u{1B}[31m.tif", 0o600)
    mkdir(site.drop + "/station\u{1B}[31m\u{202E}", 0o700)
    write(sound + Data("one more".utf8), name: Array("x.tif".utf8), in: site.drop + "/station\u{1B}[31m\u{202E}")
    let run = try site.program.run("run")
    #expect(run.status == 0, "\(run)")
    expectHarmless(run.output + run.errors, "run")
    let sources = try site.manifests().map { ($0["sources"] as! [[String: Any]])[0]["name"] as! String }
    #expect(Set(sources.map { unescaped($0) }) == Set(Self.names + [Array("x.tif".utf8)]))
    for name in sources { expectHarmless(name, "manifest") }
    try expectEveryVerbHarmless(site)
    try expectOnlyOurNames(site)
    let chart = try site.program.run("chart", "12345674")
    expectHarmless(chart.output + chart.errors, "chart")
  }

  @Test func `a backfilled tree may be named as it likes`() throws {
    let site = try siteWithoutDuplicates()
    let tree = site.path + "/tree\u{1B}[31m/-rf\n"
    try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
    for (place, name) in Self.names.enumerated() {
      write(try fixture(Self.good) + Data("padding \(place)".utf8), name: name, in: tree)
    }
    let result = try site.program.run("backfill", site.path + "/tree\u{1B}[31m")
    #expect(result.status == 0, "\(result)")
    expectHarmless(result.output + result.errors, "backfill")
    #expect(try site.manifests().count == Self.names.count)
    try expectEveryVerbHarmless(site)
  }

  private func write(_ data: Data, name: [UInt8], in folder: String) {
    let path = Array((folder + "/").utf8) + name + [0]
    let descriptor = path.withUnsafeBufferPointer {
      open(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o600)
    }
    #expect(descriptor >= 0)
    _ = data.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }

  // MARK: Patient data

  @Test func `patient data that attacks is shown as data`() throws {
    let site = try SampleSite()
    let csv = site.path + "/hostile.csv"
    let rows = [
      "12345674,GENHOSP,\"=cmd|'/C calc'!A0\",<script>alert(1)</script>,,1961-04-12,F,",
      "10000016,GENHOSP,\"Robert'); DROP TABLE patients;--\",\u{9B}31m\u{202E}nohj,,,M,",
      "10000024,GENHOSP,\"Two\nLines\",\u{FEFF}Moira\u{2028},,,F,",
    ]
    try Data((["mrn,authority,family,given,middle,birth_date,sex,merged_into"] + rows).joined(separator: "\n").utf8)
      .write(to: URL(fileURLWithPath: csv))
    let taken = try site.program.run("patients", "import", csv)
    #expect(taken.status == 0, "\(taken)")
    try site.drop("archive/good-morning-mail.tif", into: "front-desk")
    #expect(try [0, 3].contains(site.program.run("run").status))
    for number in ["12345674", "10000016", "10000024", "10000016' OR '1'='1", "%", "*", "../../etc"] {
      let chart = try site.program.run("chart", number)
      expectHarmless(chart.output + chart.errors, number)
      expectHarmlessJSON(try site.program.run("chart", number, "--json"), number)
      #expect(chart.status == (number.count == 8 && number.allSatisfy(\.isNumber) ? 0 : 1), "\(number): \(chart)")
    }
    let first = try site.program.run("chart", "10000016").output.split(separator: "\n").first.map(String.init)
    #expect(first?.contains("Robert'); DROP TABLE patients;--, %C2%9B31m%E2%80%AEnohj") == true, "\(first ?? "")")
    try expectEveryVerbHarmless(site)
  }

  @Test func `control characters in patient data are refused by line`() throws {
    let site = try SampleSite()
    let csv = site.path + "/hostile.csv"
    try Data("mrn,authority,family,given,middle,birth_date,sex,merged_into\n12345674,GENHOSP,\u{1B}[31mX,,,,,\n".utf8)
      .write(to: URL(fileURLWithPath: csv))
    let refused = try site.program.run("patients", "import", csv)
    #expect(refused.status == 1 && refused.errors.contains("line 2"), "\(refused)")
    expectHarmless(refused.errors, "import")
  }

  @Test func `what is typed is data, too`() throws {
    let site = try site()
    for words in [
      ["exceptions", "show", "' OR 1=1 --"], ["exceptions", "show", "\u{1B}[31m"],
      ["exceptions", "list", "--station", "\u{1B}[31m'"],
      ["exceptions", "list", "--reason", "\u{1B}[31m"], ["status", "\u{1B}[31m"], ["chart", "\u{1B}[31m\u{202E}"],
      ["labels", "read", "/nonexistent\u{1B}[31m"], ["backfill", "/nonexistent\u{1B}[31m"],
      ["config", "explain", "\u{1B}[31m"], ["verify", "--config", "/nonexistent\u{1B}[31m"],
    ] {
      let result = try site.program.start(words).wait()
      expectHarmless(result.output + result.errors, "\(words)")
    }
  }
}
