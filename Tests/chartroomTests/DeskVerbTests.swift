import Foundation
import Testing
import TestSupport

/// The verbs of the desk, as a person types them.
@Suite(.serialized) struct DeskVerbTests {
  private func filedSite() throws -> SampleSite {
    let site = try SampleSite()
    try site.importPatients()
    for name in ["good-merged-mrn", "good-with-notes", "unreadable-label", "unknown-mrn"] {
      try site.drop("archive/front-desk/\(name).tif", into: "front-desk")
    }
    #expect(try site.program.run("run").status == 3)
    return site
  }

  private func remove(_ name: String, of site: SampleSite) throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(site.path)/var/\(name)\(suffix)")
    }
  }

  private func files(below folder: String) throws -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.map { folder + "/" + $0 }.filter {
      (try? FileHandle(forReadingFrom: URL(fileURLWithPath: $0)).read(upToCount: 1)) != nil
    }
  }

  // MARK: init

  @Test func `init is harmless when all is there and goes on after a crash`() throws {
    let site = try SampleSite()
    let again = try site.program.run("init", "--json")
    #expect(again.status == 0)
    #expect(again.objects.allSatisfy { $0["outcome"] as? String == "already-there" })
    try remove("journal.sqlite", of: site)
    #expect(try site.program.run("init").status == 0)
    #expect(try site.program.run("status").status == 0)
  }

  @Test func `init never makes a second half for a half that is there`() throws {
    let site = try filedSite()
    try remove("journal.sqlite", of: site)
    let withoutJournal = try site.program.run("init")
    #expect(withoutJournal.status == 78 && withoutJournal.errors.contains("chartroom rebuild"))
    #expect(!FileManager.default.fileExists(atPath: site.path + "/var/journal.sqlite"))
    #expect(try site.program.run("rebuild").status == 0)
    try FileManager.default.moveItem(atPath: site.path + "/var/manifests", toPath: site.path + "/var/elsewhere")
    #expect(try site.program.run("init").status == 78)
    #expect(!FileManager.default.fileExists(atPath: site.path + "/var/manifests"))
  }

  // MARK: verify and rebuild

  @Test func `one flipped bit in any kind of file is found and its file named`() throws {
    let site = try filedSite()
    var kinds: [String: String] = [:]
    for folder in ["archive", "manifests"] {
      for file in try files(below: site.path + "/var/" + folder) { kinds[(file as NSString).lastPathComponent] = file }
    }
    for file in kinds.values {
      let sound = try Data(contentsOf: URL(fileURLWithPath: file))
      if sound.isEmpty { continue }
      var broken = sound
      broken[sound.count / 2] ^= 0x04
      try broken.write(to: URL(fileURLWithPath: file))
      let result = try site.program.run("verify", "--json")
      #expect(result.status == 1, "\(file)")
      #expect(
        result.objects.contains { $0["severity"] as? String == "error" && $0["where"] as? String == file }, "\(file)")
      try sound.write(to: URL(fileURLWithPath: file))
    }
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `a lost manifest is found by verify and written again by rebuild`() throws {
    let site = try filedSite()
    let manifest = try #require(files(below: site.path + "/var/manifests").first)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: manifest))
    try FileManager.default.removeItem(atPath: manifest)
    #expect(try site.program.run("verify").status == 1)
    #expect(try site.program.run("rebuild", "--json").objects.first?["filesWritten"] as? Int == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: manifest)) == bytes)
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `rebuild never makes a journal from a chain with a hole, and leaves no half-made site behind`() throws {
    let site = try filedSite()
    try remove("journal.sqlite", of: site)
    let second = try #require(try site.records().dropFirst().first)
    let manifest = try #require(
      files(below: site.path + "/var/manifests").first { $0.contains(second["batch"] as! String) })
    try FileManager.default.moveItem(atPath: manifest, toPath: site.path + "/kept")
    let refused = try site.program.run("rebuild")
    #expect(refused.status == 1 && refused.errors.contains("missing"))
    #expect(try site.program.run("status").status == 78)
    try FileManager.default.moveItem(atPath: site.path + "/kept", toPath: manifest)
    #expect(try site.program.run("rebuild").status == 0)
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `what is not there is told with what to do`() throws {
    let site = try SampleSite()
    let tree = try site.program.run("backfill", "/nonexistent")
    #expect(tree.status == 64 && tree.errors.contains("is its share mounted?"), "\(tree)")
    try FileManager.default.moveItem(
      atPath: site.path + "/var/archive/archive.json", toPath: site.path + "/archive.json")
    for verb in ["status", "run", "rebuild"] {
      let refused = try site.program.run(verb)
      #expect(refused.status == 78 && refused.errors.contains("archiving.archive"), "\(refused)")
      #expect(!refused.errors.contains("chartroom init"), "which refuses too: \(refused)")
    }
  }

  // MARK: patients

  @Test func `one bad line means that nothing is taken, unless told to keep going`() throws {
    let site = try SampleSite()
    let csv = site.path + "/p.csv"
    let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into\n"
    try (header + "12345674,GENHOSP,A,B,,1970-01-01,F,\n1234567,GENHOSP,C,D,,1970-01-01,F,\n")
      .write(toFile: csv, atomically: true, encoding: .utf8)
    let refused = try site.program.run("patients", "import", csv, "--json")
    #expect(refused.status == 1)
    #expect(refused.objects.first?["line"] as? Int == 3)
    #expect(try site.program.run("chart", "12345674").status == 1)
    #expect(try site.program.run("patients", "import", csv, "--keep-going").status == 0)
    #expect(try site.program.run("chart", "12345674").status == 0)
  }

  // MARK: reading

  @Test func `a merged number leads to the survivor's chart, from standard input too`() throws {
    let site = try filedSite()
    let chart = try site.program.run("chart", "-", "--json", input: "GENHOSP:11000197\n")
    #expect(chart.status == 0 && chart.errors.contains("merged"))
    let line = try #require(chart.objects.first)
    #expect(line["mrn"] as? String == "10000198")
    let keys: Set<String> = [
      "id", "status", "authority", "mrn", "encounter", "type", "loinc", "serviceDate", "pages", "blanks", "object",
      "notes",
    ]
    #expect(keys.union(["receivedAt", "station", "batch"]).isSubset(of: Set(line.keys)))
  }

  @Test func `a number of several authorities is never guessed`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let result = try site.program.run("chart", "10000206")
    #expect(result.status == 1 && result.errors.contains("EASTCLINIC:10000206"))
    #expect(try site.program.run("chart", "EASTCLINIC:10000206").status == 0)
  }

  @Test func `the queue says what waits for whom, with the keys that scripts rely on`() throws {
    let site = try filedSite()
    let lines = try site.program.run("exceptions", "list", "--json").objects
    #expect(lines.count == 2)
    let keys: Set<String> = [
      "id", "reasons", "waiting", "station", "receivedAt", "batch", "source", "pages", "candidates",
    ]
    for line in lines { #expect(keys.isSubset(of: Set(line.keys))) }
    #expect(lines.filter { $0["waiting"] as? Bool == true }.map { $0["reasons"] as? [String] } == [["unknown-mrn"]])
    let id = try #require(lines.first { $0["waiting"] as? Bool == false }?["id"] as? String)
    let shown = try site.program.run("exceptions", "show", String(id.dropFirst(9).prefix(8)), "--json")
    #expect(shown.objects.first?["id"] as? String == id)
    let page = try #require((shown.objects.first?["pageDetails"] as? [[String: Any]])?.first)
    #expect(FileManager.default.fileExists(atPath: page["path"] as? String ?? ""))
    #expect(try site.program.run("exceptions", "list", "--reason", "nonsense").status == 64)
  }

  @Test func `status is one object and knows what is not ready`() throws {
    let site = try SampleSite()
    let data = try Data(
      contentsOf: URL(fileURLWithPath: ProjectFolder.fixtures + "/archive/front-desk/good-merged-mrn.tif"))
    try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: site.drop + "/front-desk/half.tif"))
    let objects = try site.program.run("status", "--json").objects
    #expect(objects.count == 1)
    let stations = try #require(objects.first?["stations"] as? [[String: Any]])
    let desk = try #require(stations.first { $0["station"] as? String == "front-desk" })
    #expect(desk["waiting"] as? Int == 1)
    #expect((desk["notReady"] as? [[String: Any]])?.first?["name"] as? String == "half.tif")
  }

  @Test func `status names the page whose end has not come, not another page's damage`() throws {
    let site = try SampleSite()
    var file = RawTIFF()
    let strip = file.append(RawTIFF.whiteRows(64))
    for strip in [strip, strip, 100_000] {
      var tags = RawTIFF.whitePage(width: 64, height: 64, strip: strip, stripBytes: 8)
      // Of the first page a tag that pixels depend on has a type that nobody knows: no waiting heals it.
      if file.bytes.count < 100 { tags.set(339, 99, [1]) }
      file.page(tags)
    }
    try Data(file.bytes).write(to: URL(fileURLWithPath: site.drop + "/front-desk/growing.tif"))
    let stations = try #require(try site.program.run("status", "--json").objects.first?["stations"] as? [[String: Any]])
    let desk = try #require(stations.first { $0["station"] as? String == "front-desk" })
    let why = try #require((desk["notReady"] as? [[String: Any]])?.first?["why"] as? String)
    #expect(why.hasPrefix("incomplete: page 3: strip 1 of 1 lies beyond the end"), "\(why)")
  }

  @Test func `labels are read without a site, and what is no image ends with 1`() throws {
    let folder = TemporaryFolder()
    let program = Program(folder: folder.text)
    let page = ProjectFolder.fixtures + "/archive/front-desk/good-gray-form.png"
    let read = try program.run("labels", "read", page, "--json", "--config", ProjectFolder.path + "/pipeline.json")
    #expect(read.status == 0)
    let line = try #require(read.objects.first)
    let keys: Set<String> = [
      "file", "frame", "width", "height", "dpi", "rotation", "labels", "unreadable", "milliseconds",
    ]
    #expect(keys.isSubset(of: Set(line.keys)))
    #expect((line["labels"] as? [[String: Any]])?.contains { $0["entry"] as? String == "patient" } == true)
    let text = try program.run("labels", "read", ProjectFolder.fixtures + "/README.md", "--json")
    #expect(text.status == 1 && text.objects.count == 1)
  }

  @Test func `labels read shows its evidence, whatever the grammar of the folder`() throws {
    let folder = TemporaryFolder()
    let program = Program(folder: folder.text)
    let page = ProjectFolder.fixtures + "/archive/front-desk/good-gray-form.png"
    try #"{"reading": {"labels": [{"name": "p", "meaning": "patient"}]}}"#
      .write(toFile: folder.text + "/pipeline.json", atomically: true, encoding: .utf8)
    let read = try program.run("labels", "read", page)
    #expect(read.status == 0 && read.errors.contains("pipeline.json"))
    #expect(read.output.hasPrefix("Reader: "))
    let line = try #require(read.output.split(separator: "\n").first { $0.contains("MRN10000115") })
    for evidence in ["code128", "no check", "agreed", "corners"] { #expect(line.contains(evidence), "\(evidence)") }
    #expect(try program.run("labels", "read", page, "--config", "pipeline.json").status == 78)
    // A grammar that no site could use may still be tried out.
    try
      #"{"reading": {"labels": [{"name": "n", "meaning": "patient", "symbologies": ["code128"], "pattern": "[A-Z]+(?<mrn>[0-9]+)"}]}}"#
      .write(toFile: folder.text + "/tried.json", atomically: true, encoding: .utf8)
    let tried = try program.run("labels", "read", page, "--config", "tried.json")
    #expect(tried.status == 0 && tried.output.contains("\"MRN10000115\" = n"))
    let object = try #require(try program.run("labels", "read", page, "--json").objects.first)
    #expect((object["reader"] as? String)?.contains("chartroom") == true)
  }

  @Test func `labels read draws what it saw, a picture a page, and replaces nothing`() throws {
    let folder = TemporaryFolder()
    let program = Program(folder: folder.text)
    func fixture(_ name: String) -> String { ProjectFolder.fixtures + "/archive/front-desk/" + name }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.text).sorted() }

    let one = try program.run("labels", "read", fixture("unreadable-label.tif"), "--picture", "one.png", "--json")
    #expect(one.status == 0 && (one.objects.first?["picture"] as? String)?.hasSuffix("/one.png") == true)
    #expect(try names() == ["one.png"])
    // Another program's eyes would be better; ours decodes it through libpng and finds the label under its outline.
    let drawn = try #require(try program.run("labels", "read", "one.png", "--json").objects.first)
    #expect(drawn["width"] as? Int == 2550 && drawn["height"] as? Int == 3300)

    let pages = try program.run("labels", "read", fixture("good-turned-pages.tif"), "--picture", "turned.png")
    #expect(pages.status == 0 && pages.output.contains("turned-002.png"))
    let files = try program.run(
      "labels", "read", fixture("good-gray-form.png"), fixture("unreadable-label.tif"), "--picture", "two")
    #expect(files.status == 0)
    #expect(try names() == ["one.png", "turned-001.png", "turned-002.png", "two-001", "two-002"])

    let before = try Data(contentsOf: URL(fileURLWithPath: folder.text + "/one.png"))
    let again = try program.run("labels", "read", fixture("good-gray-form.png"), "--picture", "one.png")
    #expect(again.status == 1 && again.errors.contains("never replaced") && again.output.isEmpty)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.text + "/one.png")) == before)
    let nowhere = try program.run("labels", "read", fixture("good-gray-form.png"), "--picture", "no/one.png")
    #expect(nowhere.status == 1 && nowhere.errors.contains("folder is not there"))
  }

  // MARK: config

  @Test func `config check warns and estimates in words and as JSON, and a warning leaves it 0`() throws {
    let folder = TemporaryFolder()
    let program = Program(folder: folder.text)
    func write(_ labels: String) throws {
      try #"{"reading": {"labels": [\#(labels)]}}"#
        .write(toFile: folder.text + "/pipeline.json", atomically: true, encoding: .utf8)
    }
    let type = #"{"name": "a", "meaning": "type", "symbologies": ["qr"], "pattern": "DOC(?<type>[A-Z]+)"}"#
    let header =
      #"{"name": "b", "meaning": "header", "symbologies": ["qr", "code128"], "pattern": "DOCB(?<header>[A-Z]+)"}"#
    try write(type + "," + header)
    let text = try program.run("config", "check")
    #expect(text.status == 0 && text.output.contains("good, with 1 warning"))
    #expect(text.errors.contains("warning: $.reading.labels[1]") && text.errors.contains("DOCBA"))
    #expect(text.output.contains("1 / (own check × check schemes × format)") && text.output.contains("1 in 1"))
    let json = try program.run("config", "check", "--json")
    #expect(json.status == 0)
    #expect(json.objects.map { $0["severity"] as? String } == ["warning", "note", "note"])
    let misreads = try #require(json.objects.last?["misreads"] as? [[String: Any]])
    #expect(misreads.map { $0["symbology"] as? String } == ["code128", "qr"])
    #expect((misreads.first?["oneIn"] as? Double ?? 0) > 103)

    try write(#"{"name": "p", "meaning": "patient", "symbologies": ["code39"], "pattern": "(?<mrn>[0-9]{8})"}"#)
    let refused = try program.run("config", "check", "--json")
    #expect(refused.status == 78 && refused.objects.map { $0["severity"] as? String } == ["error", "error"])
    #expect(try program.run("status").status == 78)
  }
}
