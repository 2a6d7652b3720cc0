import Foundation
import System
import TestSupport
import Testing

/// Neither what `impact` lists nor what it says of a name that touched nothing tells of work that one may not see.
@Suite(.serialized) struct ImpactLevelTests {
  private let login = loginUser()

  /// Raises patients by their rows, whose last field is left out.
  private func restrict(_ desk: DeskSite, _ rows: String...) throws {
    let csv = desk.site.path + "/level.csv"
    let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality"
    try ([header] + rows.map { $0 + ",,,restricted" } + [""]).joined(separator: "\n").write(
      toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
  }

  private func see(_ desk: DeskSite, _ level: String) throws {
    try desk.setOperators([login: ["roles": ["index", "supervise"], "confidentiality": level]])
  }

  /// Pages of the station that were set aside: as listed and as counted.
  private func setAside(_ desk: DeskSite) throws -> [Int?] {
    let objects = try desk.done("impact", "--station", "default", "--json").objects
    let listed = objects.filter { $0["disposition"] != nil }.compactMap { ($0["pages"] as? [Int])?.count }
    return [listed.reduce(0, +), objects.last?["setAside"] as? Int]
  }

  @Test func `what was set aside in a batch of which one may see no document is neither listed nor counted`() throws {
    let desk = try DeskSite(["good-cover-sheets.tif", "good-blanks.tif"])
    try desk.site.drop("archive/good-blanks.tif", into: "", as: "again.tif")
    try desk.done("run")
    try see(desk, "normal")
    // Two covers; two blanks and a separator; the seven pages that came twice.
    #expect(try setAside(desk) == [12, 12])
    try restrict(desk, "10000081,GENHOSP,Placeholder,Blanka,,1939-06-21,F")
    #expect(try setAside(desk) == [12, 12], "a document of it is still to be seen")
    try restrict(desk, "10000073,GENHOSP,\"Dummy, Jr.\",Dexter,D,1967-03-03,M")
    #expect(try setAside(desk) == [2, 2])
    #expect(try !desk.done("impact", "--station", "default").output.contains("duplicate"))
    try see(desk, "restricted")
    #expect(try setAside(desk) == [12, 12])
  }

  @Test func `of a person, a reader or rules whose work one may not see no more is told than of none`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    try desk.done("correct", "retype", id, "--type", "HP", "--reason", "a history", "--operator", "eve")
    try restrict(desk, "10000198,GENHOSP,Survivor,Merga,,1979-07-27,F")
    let decidedBy = try #require(desk.site.manifests().first?["decidedBy"] as? [String: Any])
    let names = [
      ("--by", "eve", "nemo"), ("--reader", decidedBy["reader"] as! String, "eagle eye 3"),
      ("--rules", decidedBy["configuration"] as! String, "zzz"),
    ]
    try see(desk, "normal")
    for (option, hidden, never) in names {
      let (one, other) = try (desk.done("impact", option, hidden), desk.done("impact", option, never))
      #expect(one.output == "0 pages in 0 documents of 0 charts.\n" && other.output == one.output)
      #expect(other.errors.contains(" that you may see ") && !other.errors.contains(" were: "), "\(other.errors)")
      #expect(one.errors == other.errors.replacing(never, with: hidden))
    }
    try see(desk, "very restricted")
    for (option, shown, never) in names {
      let one = try desk.done("impact", option, shown)
      #expect(one.output.hasPrefix(id) && one.errors == "", "\(one.errors)")
      #expect(try desk.done("impact", option, never).errors.contains(" that you may see "))
    }
  }
}
