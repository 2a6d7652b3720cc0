import Foundation
import Glibc
import TestSupport
import Testing

/// Patient data at rest, and what leaks of it into logs, process lists and names.
@Suite(.serialized) struct PrivacyTests {
  private static let nobody: UInt32 = 65534
  private static var canBeNobody: Bool {
    geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
  }
  private let asNobody = [
    "/usr/bin/setpriv", "--reuid=\(PrivacyTests.nobody)", "--regid=\(PrivacyTests.nobody)", "--clear-groups",
  ]

  private func filed() throws -> SampleSite {
    let site = try SampleSite()
    try site.importPatients()
    for name in ["good-merged-mrn", "good-with-notes", "unreadable-label", "unknown-mrn"] {
      try site.drop("archive/front-desk/\(name).tif", into: "front-desk")
    }
    #expect(try site.program.run("run").status == 3)
    return site
  }

  private func mode(_ path: String) -> UInt32? {
    var facts = stat()
    return lstat(path, &facts) == 0 ? facts.st_mode : nil
  }

  // MARK: Modes

  @Test func `whatever the umask is, folders are made 0700 and files 0600`() throws {
    let folder = TemporaryFolder()
    let program = Program(folder: folder.text)
    try FileManager.default.copyItem(
      atPath: ProjectFolder.path + "/pipeline.json", toPath: folder.text + "/pipeline.json")
    let openly = ["/bin/sh", "-c", #"umask 000; exec "$@""#, "sh"]
    let csv = ["patients", "encounters"].map { ProjectFolder.fixtures + "/\($0).csv" }
    #expect(try program.start(["init"], through: openly).wait().status == 0)
    #expect(try program.start(["patients", "import"] + csv, through: openly).wait().status == 0)
    let tree = folder.text + "/tree"
    try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: false)
    for (name, target) in [("good-merged-mrn", tree), ("good-with-notes", folder.text + "/var/drop/front-desk")] {
      let file = target + "/scan-\(name).tif"
      try FileManager.default.copyItem(
        atPath: ProjectFolder.fixtures + "/archive/front-desk/\(name).tif", toPath: file)
      // As scanners leave them.
      chmod(file, 0o666)
    }
    #expect(try program.start(["run"], through: openly).wait().status == 0)
    #expect(try program.start(["backfill", tree], through: openly).wait().status == 0)
    #expect(try program.start(["verify"], through: openly).wait().status == 0)
    var files = 0
    for name in FileManager.default.subpaths(atPath: folder.text + "/var") ?? [] {
      let bits = try #require(mode(folder.text + "/var/" + name))
      #expect(bits & 0o777 == (bits & S_IFMT == S_IFDIR ? 0o700 : 0o600), "\(name)")
      files += 1
    }
    #expect(files > 40)
  }

  @Test(arguments: [
    "claimed", "originals", "archive", "manifests", "journal.sqlite", "index.sqlite",
  ])
  func `what others can read is refused with 78, unless the site says that they may`(_ name: String) throws {
    let site = try filed()
    let path = site.path + "/var/" + name
    let sound = try #require(mode(path)) & 0o777
    chmod(path, sound | 0o050)
    for verb in ["run", "status", "verify", "rebuild"] {
      let refused = try site.program.run(verb)
      #expect(refused.status == 78, "\(verb)")
      #expect(
        refused.errors.contains(path) && refused.errors.contains("chmod \(String(sound, radix: 8))"), "\(refused)")
    }
    try allowReaders(site)
    let allowed = try site.program.run("status")
    #expect(allowed.status == 0, "\(allowed)")
    // What they may change is never allowed.
    chmod(path, sound | 0o020)
    #expect(try site.program.run("status").status == 78)
    chmod(path, sound)
    #expect(try site.program.run("verify").status == 0)
  }

  @Test(.enabled(if: canBeNobody)) func `a scan of the scanner's account keeps its mode, in folders that are closed`()
    throws
  {
    let site = try SampleSite()
    try site.importPatients()
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk", as: "a.tif")
    for name in [""] + (FileManager.default.subpaths(atPath: site.path) ?? []) {
      chown(site.path + "/" + name, Self.nobody, Self.nobody)
    }
    chown(site.drop + "/front-desk/a.tif", 1, Self.nobody)
    chmod(site.drop + "/front-desk/a.tif", 0o644)
    #expect(try site.program.start(["run"], through: asNobody).wait().status == 0)
    let root = site.path + "/var/originals"
    let names = FileManager.default.subpaths(atPath: root) ?? []
    let file = try #require(names.first { $0.hasSuffix("/source-000000") })
    #expect(mode(root + "/" + file).map { $0 & 0o777 } == 0o644)
    for folder in [""] + names where folder != file {
      #expect(mode(root + "/" + folder).map { $0 & 0o777 } == 0o700, "\(folder)")
    }
    #expect(try site.program.start(["verify"], through: asNobody).wait().status == 0)
  }

  private func allowReaders(_ site: SampleSite) throws {
    let file = URL(fileURLWithPath: site.path + "/pipeline.json")
    var object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
    object["facility"] = ((object["facility"] as? [String: Any]) ?? [:]).merging(["othersMayRead": true]) { $1 }
    try JSONSerialization.data(withJSONObject: object).write(to: file)
  }

  @Test func `a watch stops taking files while a folder is open to others, and goes on by itself`() throws {
    let site = try SampleSite { object in
      var claiming = object["claiming"] as! [String: Any]
      claiming["rescanSeconds"] = 0.3
      object["claiming"] = claiming
    }
    try site.importPatients()
    let watch = try site.program.start(["watch"])
    usleep(700_000)
    chmod(site.path + "/var/originals", 0o755)
    usleep(700_000)
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk")
    usleep(2_000_000)
    #expect(try site.names(in: "drop/front-desk") == ["good-merged-mrn.tif"])
    chmod(site.path + "/var/originals", 0o700)
    for _ in 0..<200 where try site.manifests().isEmpty { usleep(100_000) }
    #expect(try site.manifests().count == 1)
    kill(watch.process.processIdentifier, SIGTERM)
    let result = watch.wait()
    #expect(result.status == 0 && result.errors.contains("others can read"), "\(result)")
  }

  @Test(.enabled(if: canBeNobody)) func `another user reads nothing of a site, and no verb works for him`() throws {
    let site = try filed()
    // Even where he comes as far as the site's own folders.
    chmod(site.path, 0o755)
    chmod(site.path + "/var", 0o755)
    chmod(site.path + "/pipeline.json", 0o644)
    for verb in [["status"], ["chart", "12345674"], ["verify"], ["run"], ["exceptions", "list"]] {
      let result = try site.program.start(verb, through: asNobody).wait()
      #expect([1, 78].contains(result.status), "\(verb): \(result)")
      #expect(!result.output.contains("12345674") && !result.output.contains("Fixture"), "\(verb)")
    }
    for name in ["archive", "manifests", "originals", "claimed"] {
      let listed = try run("/bin/ls", [site.path + "/var/" + name], through: asNobody)
      #expect(listed.status != 0 && listed.output.isEmpty)
    }
    for name in ["journal.sqlite", "index.sqlite"] {
      #expect(try run("/bin/cat", [site.path + "/var/" + name], through: asNobody).output.isEmpty)
    }
  }

  private func run(_ program: String, _ arguments: [String], through: [String]) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    let words = through + [program] + arguments
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  // MARK: Leaks

  /// Numbers, names and texts of the fixtures that nobody but their readers may see.
  private func secrets() throws -> [String] {
    var secrets = ["MRN", "ENC5", "+/AC", "Fixture", "Testa", "Probus", "Moira", "1961-04-12"]
    for file in ["patients", "encounters"] {
      for line in String(decoding: try fixture(file + ".csv"), as: UTF8.self).split(separator: "\n").dropFirst() {
        secrets += line.split(separator: ",").map(String.init).filter { $0.count >= 8 && $0.first!.isNumber }
      }
    }
    return secrets
  }

  @Test func `no number, name or label's text stands in what run and verify say`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.dropTree("archive")
    // A file that cannot be taken: its name is a patient's.
    let shut = site.drop + "/front-desk/Fixture Testa 12345674.tif"
    try FileManager.default.createDirectory(atPath: shut, withIntermediateDirectories: false)
    let said = try [site.program.run("run"), site.program.run("verify"), site.program.run("run", "--json")]
    #expect(said[0].status == 3)
    for result in said {
      for secret in try secrets() {
        #expect(!result.output.contains(secret), "\(secret): \(result.output)")
        #expect(!result.errors.contains(secret), "\(secret): \(result.errors)")
      }
    }
  }

  @Test(.enabled(if: canBeNobody)) func `a file that cannot be read is told without its name, which status shows`()
    throws
  {
    let site = try SampleSite()
    try site.importPatients()
    let tree = site.path + "/tree"
    try FileManager.default.createDirectory(atPath: tree + "/box 7", withIntermediateDirectories: true)
    let secret = tree + "/box 7/Fixture Testa 12345674.tif"
    try FileManager.default.copyItem(
      atPath: ProjectFolder.fixtures + "/archive/front-desk/good-merged-mrn.tif", toPath: secret)
    for name in [""] + (FileManager.default.subpaths(atPath: site.path) ?? []) {
      chown(site.path + "/" + name, Self.nobody, Self.nobody)
    }
    chmod(secret, 0)
    let result = try site.program.start(["backfill", tree], through: asNobody).wait()
    #expect(result.status == 1)
    #expect(result.errors.contains("Permission denied") && result.errors.contains("chartroom status"), "\(result)")
    for text in [result.output, result.errors] { #expect(!text.contains("12345674") && !text.contains("Testa")) }
    let status = try site.program.start(["status"], through: asNobody).wait()
    #expect(status.output.contains("Fixture Testa 12345674.tif"), "\(status)")
  }

  @Test(.enabled(if: canBeNobody))
  func `a station that cannot be looked into is told once, without its name, and ends run with 1`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let shut = site.drop + "/Fixture Testa 12345674"
    try FileManager.default.createDirectory(atPath: shut, withIntermediateDirectories: false)
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk")
    for name in [""] + (FileManager.default.subpaths(atPath: site.path) ?? []) {
      chown(site.path + "/" + name, Self.nobody, Self.nobody)
    }
    chmod(shut, 0)
    let result = try site.program.start(["run"], through: asNobody).wait()
    #expect(result.status == 1, "\(result)")
    #expect(result.errors.components(separatedBy: "cannot be looked into").count == 2, "\(result)")
    #expect(result.output.contains("1 thing could not be read or taken"), "\(result)")
    for text in [result.output, result.errors] { #expect(!text.contains("12345674") && !text.contains("Testa")) }
    #expect(try site.manifests().count == 1, "the other stations go on")
    let status = try site.program.start(["status"], through: asNobody).wait()
    #expect(status.output.contains("Fixture Testa 12345674"), "\(status)")
    chmod(shut, 0o700)
    #expect(try site.program.start(["run"], through: asNobody).wait().status == 0)
  }

  @Test func `an import tells bad lines by their number, not by what stands in them`() throws {
    let site = try SampleSite()
    let csv = site.path + "/bad.csv"
    try Data(
      """
      mrn,authority,family,given,middle,birth_date,sex,merged_into
      12345674,GENHOSP,Fixture,Testa,,12.4.1961,F,
      1000016,GENHOSP,Sample,Probus,,,X,
      10000024,GENHOSP,Mock,Moira,,,F,99
      """.utf8
    ).write(to: URL(fileURLWithPath: csv))
    let result = try site.program.run("patients", "import", csv)
    #expect(result.status == 1 && result.errors.contains("line 2") && result.errors.contains("line 3"), "\(result)")
    for secret in ["12345674", "1000016", "10000024", "Fixture", "Testa", "Probus", "Mock", "Moira", "12.4.1961"] {
      #expect(!result.errors.contains(secret) && !result.output.contains(secret), "\(secret)")
    }
  }

  private static let strace = "/usr/bin/strace"

  /// Every path that the program and its workers ever name, and every argument that they start one another with.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: strace), "SKIPPED: there is no strace here"))
  func `no number, name or label's text stands in a path or in an argument`() throws {
    let site = try SampleSite { $0["limits"] = ["pageSecondsMax": 300] }
    try site.importPatients()
    for (place, name) in ["good-merged-mrn", "good-with-notes", "unreadable-label", "unknown-mrn"].enumerated() {
      try site.drop("archive/front-desk/\(name).tif", into: "front-desk", as: "scan-\(place).tif")
    }
    let log = site.path + "/strace.log"
    let traced = [Self.strace, "-f", "-qq", "-s", "4096", "-e", "trace=%file", "-o", log]
    let result = try site.program.start(["run"], through: traced).wait()
    #expect(result.status == 3, "\(result)")
    let calls = try String(contentsOfFile: log, encoding: .utf8)
    #expect(calls.contains("execve(\"/proc/self/exe\", [\"chartroom\", \"worker\"]"))
    #expect(calls.contains("renameat2("))
    for secret in try secrets() { #expect(!calls.contains(secret), "\(secret)") }
  }
}
