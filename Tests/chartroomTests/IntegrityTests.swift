import Archiving
import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

@testable import chartroom

/// `verify` finds what is damaged and nothing that is only in motion; `rebuild` brings back what archive and manifests hold.
@Suite(.serialized) struct IntegrityTests {
  private static let scans = ["good-merged-mrn", "good-with-notes", "unreadable-label", "unknown-mrn"]

  private func filed() throws -> SampleSite {
    let site = try SampleSite()
    try site.importPatients()
    for name in Self.scans { try site.drop("archive/front-desk/\(name).tif", into: "front-desk") }
    #expect(try site.program.run("run").status == 3)
    return site
  }

  /// How many places are tried; a long run is asked for by the environment: `CHARTROOM_FLIPS=5000 swift test --filter
  /// Integrity`. Of archive and manifests `CHARTROOM_FLIPS=all` tries every bit of every file.
  private func flips(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["CHARTROOM_FLIPS"].flatMap { Int($0) } ?? usual
  }

  private func files(below folder: String) throws -> [String] {
    (FileManager.default.subpaths(atPath: folder) ?? []).map { folder + "/" + $0 }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  private func write(_ data: Data, at offset: Int, _ value: UInt8, to file: String) throws {
    var damaged = data
    damaged[offset] = value
    try damaged.write(to: URL(fileURLWithPath: file))
  }

  // MARK: Archive and manifests

  @Test func `any flipped bit of archive or manifests is an error that names the file`() async throws {
    let sample = try filed()
    let options = try SiteOptions.parse(["--config", sample.path + "/pipeline.json"])
    let opened = try await SiteFiles(options).open()
    let all = try files(below: sample.path + "/var/archive") + files(below: sample.path + "/var/manifests")
    let isWhole = ProcessInfo.processInfo.environment["CHARTROOM_FLIPS"] == "all"
    let perFile = max(4, flips(600) / all.count)
    var (tried, missed) = (0, [String]())
    for file in all {
      let sound = try Data(contentsOf: URL(fileURLWithPath: file))
      let step = isWhole ? 1 : max(1, sound.count * 8 / perFile) | 1
      for place in stride(from: isWhole ? 0 : tried % step, to: sound.count * 8, by: step) {
        let offset = place / 8
        try write(sound, at: offset, sound[offset] ^ 1 << UInt8(place % 8), to: file)
        tried += 1
        let found = await findings(of: opened)
        if !found.contains(where: { $0.severity == .error && $0.where == file }) {
          missed.append("\(file) byte \(offset), bit \(place % 8)")
        }
      }
      try sound.write(to: URL(fileURLWithPath: file))
    }
    #expect(missed.isEmpty, "\(missed.prefix(20))")
    #expect(tried >= 300)
    print("\(tried) bits flipped in \(all.count) files of archive and manifests, \(missed.count) missed")
    #expect(await findings(of: opened).isEmpty)
  }

  private func findings(of site: Site) async -> [VerifyFinding] {
    final class Found: @unchecked Sendable {  // because one task adds to it and is waited for
      var all: [VerifyFinding] = []
    }
    let found = Found()
    do {
      try await SiteVerify(site: site, report: { found.all.append($0) }, progress: { _ in }).run()
    } catch { found.all.append(VerifyFinding(.error, "\(error)", where: "\(error)", remedy: "")) }
    return found.all
  }

  @Test func `manifests that are removed, exchanged, copied, moved or put in are named`() throws {
    let site = try filed()
    let all = try files(below: site.path + "/var/manifests").filter { $0.hasSuffix(".json") }
    #expect(all.count == 4)
    let bytes = try all.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    let day = (all[0] as NSString).deletingLastPathComponent
    func restore() throws {
      for file in try files(below: site.path + "/var/manifests") { try FileManager.default.removeItem(atPath: file) }
      for (file, data) in zip(all, bytes) { try data.write(to: URL(fileURLWithPath: file)) }
    }
    func named(_ places: [String]) throws {
      let result = try site.program.run("verify", "--json")
      #expect(result.status == 1)
      #expect(!result.output.contains("`chartroom run`"), "it writes nothing again: \(result.output)")
      let found = result.objects.filter { $0["severity"] as? String == "error" }.compactMap { $0["where"] as? String }
      for place in places { #expect(found.contains { $0.contains(place) }, "\(place): \(result.output)") }
      try restore()
      #expect(try site.program.run("verify").status == 0)
    }
    // Removed. What verify itself writes is only what was never attested.
    for file in all {
      try FileManager.default.removeItem(atPath: file)
      try named([file])
    }
    // Exchanged.
    try bytes[1].write(to: URL(fileURLWithPath: all[2]))
    try bytes[2].write(to: URL(fileURLWithPath: all[1]))
    try named([all[1], all[2]])
    // Forked: another record of the same place in the chain.
    let fork = day + "/00000000-0000-4000-8000-000000000000.json"
    let first = String(decoding: bytes[0], as: UTF8.self)
    let id = ((all[0] as NSString).lastPathComponent as NSString).deletingPathExtension
    try Data(first.replacingOccurrences(of: id, with: "00000000-0000-4000-8000-000000000000").utf8).write(
      to: URL(fileURLWithPath: fork))
    try named([fork])
    // In another day's folder, and a stranger.
    let elsewhere = site.path + "/var/manifests/2001/01/01"
    try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: all[0], toPath: elsewhere + "/\(id).json")
    try named([elsewhere + "/\(id).json"])
    try Data("x".utf8).write(to: URL(fileURLWithPath: day + "/notes.txt"))
    try named([day + "/notes.txt"])
  }

  @Test(arguments: [
    "archive.json", "root/0=ocfl_1.1", "root/ocfl_layout.json",
    "root/extensions/0003-hash-and-id-n-tuple-storage-layout/config.json",
  ])
  func `a damaged fixed file of the archive is named, and all the rest is read too`(_ name: String) throws {
    let site = try filed()
    let manifest = try #require(try files(below: site.path + "/var/manifests").first)
    let record = try Data(contentsOf: URL(fileURLWithPath: manifest))
    try write(record, at: record.count / 2, record[record.count / 2] ^ 1, to: manifest)
    let file = site.path + "/var/archive/" + name
    let sound = try Data(contentsOf: URL(fileURLWithPath: file))
    // At the end of archive.json stands the uuid: it is then another archive's.
    for offset in [2, sound.count - 5] {
      try write(sound, at: offset, sound[offset] ^ 1, to: file)
      let verified = try site.program.run("verify", "--json")
      #expect(verified.status == 1, "\(verified)")
      let errors = verified.objects.filter { $0["severity"] as? String == "error" }
      for place in [file, manifest] { #expect(errors.contains { $0["where"] as? String == place }, "\(verified)") }
      #expect(!errors.contains { ($0["what"] as? String ?? "").contains(file) }, "told twice: \(errors)")
      #expect(!verified.errors.contains("chartroom verify") && !verified.output.contains("run `chartroom verify`"))
      // Every other verb refuses, with what to do.
      let refused = try site.program.run("run")
      #expect(refused.status == 78 && !refused.errors.contains("chartroom init"), "\(refused)")
    }
    try sound.write(to: URL(fileURLWithPath: file))
    try record.write(to: URL(fileURLWithPath: manifest))
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `another archive in the place of ours is refused and not read through`() throws {
    let (site, other) = (try filed(), try SampleSite())
    let archive = site.path + "/var/archive"
    try FileManager.default.moveItem(atPath: archive, toPath: site.path + "/ours")
    try FileManager.default.copyItem(atPath: other.path + "/var/archive", toPath: archive)
    let verified = try site.program.run("verify", "--json")
    #expect(verified.status == 78 && verified.objects.count == 1, "\(verified)")
  }

  // MARK: Databases

  /// Puts bytes of damage over a part of the journal; no verb left a log beside it.
  private func damageJournal(of site: SampleSite) throws -> String {
    let journal = site.path + "/var/journal.sqlite"
    for log in ["-wal", "-shm"] { #expect(!FileManager.default.fileExists(atPath: journal + log)) }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: journal))
    for at in 8200..<8500 { bytes[at] = 0xFF }
    try bytes.write(to: URL(fileURLWithPath: journal))
    return journal
  }

  @Test func `a malformed journal is a finding, and archive and manifests are read without it`() throws {
    let site = try filed()
    let journal = try damageJournal(of: site)
    // The chain alone accuses every record but the newest.
    let manifest = try #require(
      try files(below: site.path + "/var/manifests").first {
        try String(contentsOfFile: $0, encoding: .utf8).contains("\"sequence\":1,")
      })
    let record = try Data(contentsOf: URL(fileURLWithPath: manifest))
    try write(record, at: record.count / 2, record[record.count / 2] ^ 1, to: manifest)
    let verified = try site.program.run("verify", "--json")
    #expect(verified.status == 1, "\(verified)")
    let errors = verified.objects.filter { $0["severity"] as? String == "error" }
    for place in [journal, manifest] { #expect(errors.contains { $0["where"] as? String == place }, "\(verified)") }
    let ofJournal = errors.filter { $0["where"] as? String == journal }
    for finding in ofJournal { #expect((finding["remedy"] as? String ?? "").contains("rebuild --audit-from")) }
    try record.write(to: URL(fileURLWithPath: manifest))
    // With everything else sound the journal alone is accused.
    let places = Set(try site.program.run("verify", "--json").objects.compactMap { $0["where"] as? String })
    #expect(places.allSatisfy { $0.hasPrefix(journal) }, "\(places)")
  }

  @Test func `rebuild never calls a malformed journal sound; put aside, it is made anew`() throws {
    let site = try filed()
    let journal = try damageJournal(of: site)
    let refused = try site.program.run("rebuild")
    #expect(refused.status == 78 && refused.errors.contains("rebuild --audit-from"), "\(refused)")
    #expect(!refused.output.contains("sound"))
    try FileManager.default.moveItem(atPath: journal, toPath: site.path + "/old.sqlite")
    for log in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: journal + log) }
    #expect(try site.program.run("rebuild").status == 0)
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `a journal that lost its newest patient import is named, refused and brought up to date`() throws {
    let site = try filed()
    let journal = site.path + "/var/journal.sqlite"
    let older = try Data(contentsOf: URL(fileURLWithPath: journal))
    let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into\n"
    try Data((header + "12345674,GENHOSP,Renamed,Testa,,1961-04-12,F,\n").utf8).write(
      to: URL(fileURLWithPath: site.path + "/newer.csv"))
    #expect(try site.program.run("patients", "import", "newer.csv").status == 0)
    #expect(try site.program.run("verify").status == 0)
    // The end of the log is gone, as one flipped bit in it would have it.
    for log in ["-wal", "-shm"] { #expect(!FileManager.default.fileExists(atPath: journal + log)) }
    try older.write(to: URL(fileURLWithPath: journal))
    for verb in ["run", "status"] {
      let refused = try site.program.run(verb)
      #expect(refused.status == 78 && refused.errors.contains("Run `chartroom rebuild`"), "\(refused)")
    }
    let verified = try site.program.run("verify", "--json")
    #expect(verified.status == 1 && verified.objects.count == 1, "\(verified)")
    #expect(verified.objects.first?["where"] as? String == journal)
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 0 && rebuilt.output.contains("behind the archive"), "\(rebuilt)")
    #expect(try site.program.run("patients", "show", "12345674").output.contains("Renamed"))
    #expect(try site.program.run("verify").status == 0)
    #expect(try [0, 3].contains(site.program.run("run").status))
  }

  @Test func `an import that was stopped before it was in force holds up nobody`() async throws {
    let site = try filed()
    let options = try SiteOptions.parse(["--config", site.path + "/pipeline.json"])
    let opened = try await SiteFiles(options).open()
    let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into\n"
    let csv = Array((header + "12345674,GENHOSP,Renamed,Testa,,1961-04-12,F,\n").utf8)
    try opened.archive.storeRecord(.patients, bytes: csv, at: opened.clock.now())
    #expect(try [0, 3].contains(site.program.run("run").status))
    let verified = try site.program.run("verify", "--json")
    #expect(verified.status == 0 && verified.objects.isEmpty, "\(verified)")
    #expect(try site.program.run("rebuild").output.contains("The journal is sound"))
    // Where an older release made the archive nothing tells it from one that was lost.
    try FileManager.default.removeItem(atPath: site.path + "/var/archive/imports")
    #expect(try site.program.run("verify").status == 1)
    #expect(try site.program.run("rebuild").output.contains("behind the archive"))
    #expect(try site.program.run("verify").status == 0)
  }

  /// What the verbs answer that people act on; nil: one of them refused to answer, and said so.
  private func answers(_ site: SampleSite) throws -> String? {
    var text = ""
    for words in [["chart", "12345674"], ["chart", "10000198"], ["chart", "10000016"], ["exceptions", "list"]] {
      let json = try site.program.start(words + ["--json"]).wait()
      if json.status != 0 { return nil }
      text += json.output
    }
    let chart = try site.program.run("chart", "12345674")
    return chart.status == 0 ? text + chart.output : nil
  }

  @Test(arguments: ["journal.sqlite", "index.sqlite"])
  func `a flipped bit of a database changes no answer that verify does not find`(_ name: String) throws {
    let site = try filed()
    let file = site.path + "/var/" + name
    let before = try #require(try answers(site))
    let logs = [file + "-wal", file + "-shm"]
    let kept = try [file, logs[0]].reduce(into: [String: Data]()) { kept, path in
      if FileManager.default.fileExists(atPath: path) { kept[path] = try Data(contentsOf: URL(fileURLWithPath: path)) }
    }
    let places = kept.flatMap { path, data in
      data.indices.filter { data[$0] != 0 }.map { (path, $0) }
    }.sorted { $0 < $1 }
    var (unnoticed, noticed, harmless) = ([String](), 0, 0)
    let step = max(1, places.count / flips(30))
    for (count, at) in stride(from: 0, to: places.count, by: step).enumerated() {
      let (path, offset) = places[at]
      for log in logs { try? FileManager.default.removeItem(atPath: log) }
      for (path, data) in kept { try data.write(to: URL(fileURLWithPath: path)) }
      for path in kept.keys { chmod(path, 0o600) }
      try write(kept[path]!, at: offset, kept[path]![offset] ^ 1 << UInt8(count % 8), to: path)
      let after = try answers(site)
      if after == before {
        harmless += 1
      } else if after == nil {
        noticed += 1
      } else if try site.program.run("verify").status != 0 {
        noticed += 1
      } else {
        unnoticed.append("\(path) byte \(offset), bit \(count % 8)")
      }
    }
    print("\(name): \(harmless) flips changed no answer, \(noticed) were found, \(unnoticed.count) were not")
    #expect(unnoticed.isEmpty, "\(unnoticed)")
  }

  // MARK: Rebuild

  @Test func `a lost journal comes back with charts, exceptions and dispositions, and what is lost is said`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.dropTree("archive")
    #expect(try site.program.run("run").status == 3)
    let before = try state(of: site)
    for name in ["journal", "index"] {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: site.path + "/var/\(name).sqlite" + suffix)
      }
    }
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 0, "\(rebuilt)")
    #expect(rebuilt.output.contains("Not to be had back"), "\(rebuilt.output)")
    for lost in ["troubles", "plans", "key of the hashes"] { #expect(rebuilt.output.contains(lost), "\(lost)") }
    #expect(try state(of: site) == before)
    #expect(try site.program.run("verify").status == 0)
    // And it is the same site: what comes next is chained to what was.
    try site.dropTree("archive-second")
    #expect(try [0, 3].contains(site.program.run("run").status))
    #expect(try site.program.run("verify").status == 0)
  }

  /// Charts, exceptions and counts of dispositions, as `--json` has them; of what waits for the index only that it is one.
  private func state(of site: SampleSite) throws -> [String] {
    var lines: [String] = []
    let csv = String(decoding: try fixture("patients.csv"), as: UTF8.self)
    for line in csv.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      lines.append(try site.program.run("chart", "\(columns[1]):\(columns[0])", "--json").output)
    }
    for var object in try site.program.run("exceptions", "list", "--json").objects {
      object["waiting"] = nil
      object["waitingUntil"] = nil
      let line = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
      lines.append(String(decoding: line, as: UTF8.self))
      let shown = try site.program.run("exceptions", "show", object["id"] as! String, "--json").objects
      lines.append("\(shown.first?["pageDetails"].map { String(describing: $0) }?.count ?? 0)")
    }
    let status = try #require(try site.program.run("status", "--json").objects.first)
    for station in status["stations"] as? [[String: Any]] ?? [] {
      lines.append("\(station["station"]!): \((station["pages"] as! [String: Int]).sorted { $0.key < $1.key })")
    }
    return lines
  }

  // MARK: In motion

  @Test func `verify beside a busy watch reports nothing that is only in motion`() throws {
    let site = try SampleSite()
    let watch = try site.program.start(["watch"])
    let sound = try fixture("archive/front-desk/good-encounter-alone.tif")
    let unknown = try fixture("archive/front-desk/unknown-mrn.tif")
    var (verified, findings) = (0, [String]())
    for round in 0..<8 {
      for place in 0..<12 {
        let name = "\(site.drop)/front-desk/scan-\(round)-\(place).tif"
        try ((place.isMultiple(of: 3) ? unknown : sound) + Data("padding \(round) \(place)".utf8)).write(
          to: URL(fileURLWithPath: name))
      }
      // Corrections too: what waits for the index is filed by the import.
      if round == 4 { try site.importPatients() }
      for _ in 0..<4 {
        let result = try site.program.run("verify", "--json")
        verified += 1
        findings += result.output.split(separator: "\n").map(String.init)
        #expect(result.status == 0, "\(result)")
      }
    }
    kill(watch.process.processIdentifier, SIGTERM)
    #expect(watch.wait().status == 0)
    #expect(findings.isEmpty, "\(findings.prefix(10))")
    #expect(verified == 32)
    #expect(try [0, 3].contains(site.program.run("run").status))
    #expect(try site.manifests().count == 96)
    #expect(try site.program.run("verify").status == 0)
  }
}
