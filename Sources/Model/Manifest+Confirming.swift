extension Manifest.Document {
  /// Begins the note of a person's word that the document is where it belongs; the moment follows.
  private static let confirmed = "confirmed "

  /// A person looked at the pages and says where the document belongs: there it is. Stands among its notes, so that archive and
  /// chain have it (I7).
  public mutating func confirm(at moment: Timestamp) {
    notes.removeAll { $0.hasPrefix(Self.confirmed) }
    notes.append(Self.confirmed + moment.description)
  }

  /// Whether somebody did so at this moment or later: what put the document in doubt before is settled.
  public func isConfirmed(since moment: Timestamp) -> Bool {
    notes.contains { note in
      note.hasPrefix(Self.confirmed)
        && Timestamp(String(note.dropFirst(Self.confirmed.count))).map { $0 >= moment } ?? false
    }
  }
}
