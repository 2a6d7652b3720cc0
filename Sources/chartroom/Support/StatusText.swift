import Journaling
import Model
import Pipeline

/// `status` for a person.
struct StatusText {
  private let status: SiteStatus
  private let site: Site

  init(_ status: SiteStatus, _ site: Site) {
    self.status = status
    self.site = site
  }

  func print() {
    Output.line(
      "\(site.configuration.facility.name), archive \(site.identity.archive), "
        + Wording.count(status.chainSequence, "record")
    )
    printStations()
    printFiles()
    printBatches()
    printRoom()
    printPatients()
    for warning in status.warnings(site.configuration) { Output.line("WARNING: \(warning)") }
    printTroubles()
  }

  private func printStations() {
    let columns = ["STATION", "WAITING", "IN HAND", "BATCHES", "PAGES", "FILED", "EXCEPTIONS", "WAIT FOR INDEX"]
    var table = Table(columns, rightAligned: Set(1..<columns.count))
    for station in StatusObject.stations(status, site.configuration) {
      let pages = station.pages
      let all = pages.filed + pages.separator + pages.blank + pages.exception + pages.duplicate
      table.add(
        [station.station.description]
          + [
            station.waiting, station.batchesInHand, station.batchesFinished, all, station.filed, station.exceptions,
            station.waitingForIndex,
          ].map(String.init))
    }
    Output.line("")
    table.print()
    Output.line("WAITING counts files in the drop folders; FILED, EXCEPTIONS and WAIT FOR INDEX count documents.")
  }

  private func printFiles() {
    for station in status.survey.stations {
      for file in station.notReady { Output.line("Not ready: \(station.name)/\(file.name): \(file.why)") }
      if station.notReadyMore > 0 { Output.line("Not ready: \(station.notReadyMore) more files of \(station.name)") }
    }
    for oddity in status.survey.oddities {
      Output.line("Never taken: \(oddity.place.station)/\(oddity.name): \(oddity.detail)")
    }
    if status.survey.odditiesMore > 0 { Output.line("Never taken: \(status.survey.odditiesMore) more") }
  }

  private func printBatches() {
    guard !status.inHand.isEmpty else { return }
    Output.line("")
    for claim in status.inHand.prefix(20) {
      Output.line(
        "In hand: batch \(claim.batch) of \(claim.station), \(claim.state.rawValue), "
          + "received \(Wording.moment(claim.receivedAt))"
      )
    }
    if status.inHand.count > 20 { Output.line("In hand: \(status.inHand.count - 20) more batches") }
  }

  private func printRoom() {
    Output.line("")
    var table = Table(["ROOM FOR", "FREE", "FREE INODES", "PATH"], rightAligned: [1, 2])
    for room in status.rooms {
      let inodes = room.space.freeInodes == .max ? "no limit" : "\(room.space.freeInodes)"
      table.add([room.what, Wording.bytes(room.space.freeBytes), inodes, room.path])
    }
    table.print()
    let floors = site.configuration.archiving
    for place in status.apart {
      Output.line("\(place.folder) is on a filesystem of its own, mounted at \(place.mount).")
    }
    Output.line("Intake stops below \(Wording.bytes(floors.freeBytesMin)) or \(floors.freeInodesMin) inodes.")
  }

  private func printPatients() {
    guard let age = status.patientsAgeHours else { return }
    let patients = status.patients
    Output.line("")
    Output.line(
      "Patient data: revision \(patients.revision), \(Wording.age(hours: age)) old, "
        + "\(Wording.count(patients.patients, "patient")), "
        + "\(patients.aliases) merged numbers, \(Wording.count(patients.encounters, "encounter"))."
    )
  }

  private func printTroubles() {
    guard !status.troubles.isEmpty else { return Output.line("No errors noted.") }
    Output.line("")
    Output.line("Last errors, newest first:")
    for trouble in status.troubles { Output.line("  \(Wording.moment(trouble.at))  \(trouble.what)") }
  }
}

/// `status BATCH` for a person.
struct BatchText {
  private let status: BatchStatus
  init(_ status: BatchStatus) { self.status = status }

  func print() {
    let claim = status.claim
    Output.line(
      "Batch \(claim.batch) of \(claim.station), received \(Wording.moment(claim.receivedAt)): \(claim.state.rawValue)")
    for item in claim.items {
      Output.line("  \(item.role.rawValue) \(item.name), \(Wording.bytes(Int(item.size)))")
    }
    if let first = claim.grownFrom { Output.line("  goes on from batch \(first), whose file grew after it was taken") }
    guard let manifest = status.manifest else { return Output.line("It is not decided yet.") }
    if let first = manifest.duplicateOf { Output.line("  the same bytes came before in batch \(first)") }
    let counts = manifest.counts
    Output.line(
      "\(Wording.count(counts.pages, "page")): \(counts.filed) filed, \(counts.separator) separators, "
        + "\(counts.blank) blank, \(counts.exception) in exception, \(counts.duplicate) duplicate.")
    var table = Table(["PAGES", "STATUS", "TYPE", "DOCUMENT"])
    for state in status.documents {
      let document = state.document
      let reasons = document.reasons.map(\.rawValue).joined(separator: ", ")
      table.add([
        Wording.pages(document.pages), document.status == .filed ? "filed" : reasons, document.type ?? "-",
        document.id.description,
      ])
    }
    if !table.isEmpty { table.print() }
  }
}
