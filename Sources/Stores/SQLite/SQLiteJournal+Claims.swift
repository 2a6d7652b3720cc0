import FoundationEssentials
import GRDB
import Journaling
import Model

extension SQLiteJournal {
  public func insert(_ claim: Claim) async throws -> Bool {
    try await file.write { db in
      for item in claim.items where try db.isTaken(item, of: claim) { return false }
      try db.add(claim, state: .claiming)
      return true
    }
  }

  public func isTakenElsewhere(_ batch: BatchID) async throws -> Bool {
    try await file.read { db in
      let missing = """
        SELECT EXISTS (
          SELECT 1 FROM claim_items mine JOIN batches me USING (batch)
          WHERE me.batch = ? AND NOT EXISTS (
            SELECT 1 FROM claim_items i JOIN batches b USING (batch)
            WHERE b.batch <> me.batch AND b.state <> 'claiming' AND b.folder = me.folder AND i.name = mine.name
              AND i.inode = mine.inode AND i.size = mine.size AND i.modified = mine.modified))
        """
      return try db.integer(missing, [batch.description]) == 0
    }
  }

  public func withdraw(_ batch: BatchID, generation: Int) async throws {
    try await file.write { db in
      let removed = try db.change(
        "DELETE FROM batches WHERE batch = ? AND generation = ? AND state = 'claiming'",
        [batch.description, generation])
      guard removed == 1 else { throw JournalError.leaseLost(batch) }
    }
  }

  public func advance(_ batch: BatchID, to state: BatchState, generation: Int) async throws {
    guard [.claimed, .archived, .attested, .finished].contains(state) else { throw JournalError.leaseLost(batch) }
    try await file.write { db in
      try db.move(batch, to: state, generation: generation)
      if state == .attested { try db.change("UPDATE records SET attested = 1 WHERE id = ?", [batch.description]) }
    }
  }

  public func unfinished() async throws -> [Claim] {
    try await file.read { db in try db.claims("WHERE state <> 'finished' ORDER BY received_at, batch") }
  }

  public func claim(_ batch: BatchID) async throws -> Claim? {
    try await file.read { db in try db.claims("WHERE batch = ?", [batch.description]).first }
  }

  public func batches(limit: Int) async throws -> [Claim] {
    try await file.read { db in try db.claims("ORDER BY received_at DESC, batch DESC LIMIT ?", [max(0, limit)]) }
  }

  public func renewLease(_ batch: BatchID) async throws -> Int {
    try await file.write { db in
      let row = try db.row(
        "UPDATE batches SET generation = generation + 1 WHERE batch = ? RETURNING generation", [batch.description])
      guard let row else { throw JournalError.leaseLost(batch) }
      return row["generation"]
    }
  }
}

extension Database {
  /// Whether somebody else's claim already names this file (``Journal/insert(_:)``).
  fileprivate func isTaken(_ item: ClaimItem, of claim: Claim) throws -> Bool {
    let (device, inode) = (Int64(bitPattern: item.device), Int64(bitPattern: item.inode))
    let claiming = """
      SELECT EXISTS (
        SELECT 1 FROM claim_items i JOIN batches b USING (batch)
        WHERE b.state = 'claiming' AND i.device = ? AND i.inode = ?
        UNION ALL
        SELECT 1 FROM claim_items i JOIN batches b USING (batch)
        WHERE b.state = 'claiming' AND i.name = ? AND b.folder = ?)
      """
    if try integer(claiming, [device, inode, item.name.blob, claim.folder.blob]) == 1 { return true }
    guard claim.origin == .backfill else { return false }
    // The tree of a backfill is only read: its files stay where they are while another backfill has them in hand.
    let inHand = """
      SELECT EXISTS (
        SELECT 1 FROM claim_items i JOIN batches b USING (batch)
        WHERE b.state <> 'finished' AND b.origin = 'backfill' AND i.device = ? AND i.inode = ?
          AND i.size = ? AND i.modified = ?)
      """
    return try integer(inHand, [device, inode, item.size, item.modifiedNanoseconds]) == 1
  }

  func add(_ claim: Claim, state: BatchState) throws {
    try change(
      """
      INSERT INTO batches (batch, origin, station, folder, received_at, grown_from, findings, state, generation)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        claim.batch.description, claim.origin.rawValue, claim.station.blob, claim.folder.blob,
        claim.receivedAt.microseconds,
        claim.grownFrom?.description, try jsonBlob(claim.findings), state.rawValue, claim.generation,
      ])
    for (ordinal, item) in claim.items.enumerated() {
      try change(
        """
        INSERT INTO claim_items (batch, ordinal, role, name, device, inode, size, modified)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          claim.batch.description, ordinal, item.role.rawValue, item.name.blob, Int64(bitPattern: item.device),
          Int64(bitPattern: item.inode), item.size, item.modifiedNanoseconds,
        ])
    }
  }

  /// I4: throws unless the lease is the current one and the batch stands in `state`.
  func requireLease(_ batch: BatchID, generation: Int, in state: BatchState) throws {
    let found = try integer(
      "SELECT count(*) FROM batches WHERE batch = ? AND generation = ? AND state = ?",
      [batch.description, generation, state.rawValue])
    guard found == 1 else { throw JournalError.leaseLost(batch) }
  }

  /// I4: one step forward, for the holder of the current lease alone.
  func move(_ batch: BatchID, to state: BatchState, generation: Int) throws {
    guard let before = BatchState.allCases.first(where: { $0.mayAdvance(to: state) }) else {
      throw JournalError.leaseLost(batch)
    }
    let moved = try change(
      "UPDATE batches SET state = ? WHERE batch = ? AND generation = ? AND state = ?",
      [state.rawValue, batch.description, generation, before.rawValue])
    guard moved == 1 else { throw JournalError.leaseLost(batch) }
  }

  /// - Parameter clause: our own SQL after `FROM batches`.
  func claims(_ clause: String, _ arguments: StatementArguments = []) throws -> [Claim] {
    try rows("SELECT * FROM batches \(clause)", arguments).map { row in
      let batch = try row.value("batch", BatchID.init)
      let items = try rows("SELECT * FROM claim_items WHERE batch = ? ORDER BY ordinal", [batch.description]).map(
        ClaimItem.init)
      return Claim(
        batch: batch, origin: try row.value("origin", Claim.Origin.init), station: row.escaped("station"),
        folder: row.escaped("folder"), receivedAt: row.time("received_at"), items: items,
        findings: try row.json("findings"),
        grownFrom: try row.optional("grown_from", BatchID.init), state: try row.value("state", BatchState.init),
        generation: row["generation"])
    }
  }
}

extension ClaimItem {
  fileprivate init(_ row: Row) throws {
    self.init(
      role: try row.value("role", Role.init), name: row.escaped("name"), device: UInt64(bitPattern: row["device"]),
      inode: UInt64(bitPattern: row["inode"]), size: row["size"], modifiedNanoseconds: row["modified"])
  }
}
