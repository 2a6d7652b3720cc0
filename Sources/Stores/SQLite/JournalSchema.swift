/// The journal's database: `var/journal.sqlite`, SQLite 3 in WAL mode, `application_id` 0x43524A31 ("CRJ1"),
/// `user_version` = number of the last migration. All tables are STRICT.
///
/// Valid if and only if `PRAGMA integrity_check` and `foreign_key_check` find nothing, `records.sequence` counts 1…n
/// without a gap, each `previous` is the `sha256` before it (64 zeros for the first), and a batch has a record of its
/// id if and only if its state is `recorded` or later. ``SQLiteJournal/checkIntegrity()`` checks all of this.
///
/// Ids and digests are TEXT; names and texts from outside are BLOBs of their exact bytes; times are INTEGER
/// microseconds UTC; JSON is canonical (sorted keys, slashes not escaped) in a BLOB. No row id ever leaves the store.
///
/// - `site`: who the site is, at most one row. `archive` is the UUID of the one archive; `foreign_key` 32 bytes as hex.
/// - `batches`: a claim and how far it has come. `state` by name; `generation` of the lease, rises with each;
///   `findings` JSON; `manifest_at` the manifest's `finishedAt`, once recorded; `originals` is `kept` or `deleted`.
/// - `claim_items`: one file of a claim. `ordinal` from 0; `device` and `inode` are the bits of the unsigned numbers;
///   `size` in bytes; `modified` in nanoseconds.
/// - `plans`: a committed plan (I5), JSON of `BatchPlan`.
/// - `sources`: source bytes with the digest of their sidecar (an empty text where there was none), and the one batch that took
///   them so; when documents of that batch were rejected or withdrawn, the next batch with the same bytes takes its place.
/// - `records`: one link of the chain. `id` is its file's name; `day` the moment whose day is its folder; `bytes` are
///   exact; `attested` is 1 when its file is durable.
/// - `documents`: a document as it is today. `document` is the JSON of `Manifest.Document`; `source` the name of its
///   first page's file; `waiting_until` is set while it waits for the patient index; `sequence` is the record that last
///   named it; `disposition` is `current`, `rejected` or `withdrawn`; one whose pages were regrouped has no row.
/// - `document_sources`: a source with pages in a document.
/// - `station_pages`: pages by disposition, summed over a station's records.
/// - `patients`: a number of an authority, aliases too. `revision` is the import that last gave it as a patient of its
///   own, 0 for what was only ever an alias.
/// - `merges`: a dated link between two numbers, by the import `revision`; never deleted. `kind` as in `PatientLink.Kind`: of
///   kind `link` it names nobody. `happened_at` is when it happened, NULL where only the import is known; `source` the message
///   that said so; `undone` the import that took it back, with `undone_at` and `undone_by`.
/// - `encounters`: a visit of an authority.
/// - `as_of` of patients and encounters: the time of the newest message that spoke of them, or of the import of a newer row; NULL:
///   a row of a release that did not keep it, which counts as of its import, or a number that was only ever an alias.
/// - `reviews`: an un-merge or a moved visit, whose documents are to be looked for (`done` 0) or were.
/// - `proposals`: a document that a review concerns; `authority` and `mrn` are where it should go, NULL: a person must look;
///   `filed_authority` and `filed_mrn` where it was. `settled_at` and `settled_by` are NULL: the document's notes say it.
/// - `imports`: an accepted patient import; counts are those after it.
/// - `incomplete`: a file that stays incomplete, since `first_seen`.
/// - `troubles`: something that went wrong; the newest 1,000.
/// - `audit`, `audit_head`, `pending`, `pending_documents`: ``DeskTables``; `quality`, `quality_position`: ``QualityTables``;
///   `fingerprints`: ``FingerprintTables``; `places`: ``PlaceTables``.
/// - `seals`: a sum over each table's rows (``Seals``).
enum JournalSchema {
  static let kind = DatabaseKind(
    name: "journal", applicationID: 0x4352_4A31, synchronous: .full,
    migrations: [
      version1, version2, version3, DeskTables.migration + QualityTables.migration, FingerprintTables.migration,
      PlaceTables.migration,
    ],
    remedy: "run `chartroom init` for a new site, or `chartroom rebuild` when its archive has records", isSealed: true)

  static let version1 = claims + records + patients + notes

  /// The same bytes with another sidecar are taken once too: a conflict that is dropped again is a duplicate.
  static let version2 = """
    CREATE TABLE sources_by_sidecar (
      sha256 TEXT NOT NULL, sidecar TEXT NOT NULL, batch TEXT NOT NULL REFERENCES batches,
      PRIMARY KEY (sha256, sidecar)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO sources_by_sidecar SELECT sha256, ifnull(sidecar, ''), batch FROM sources;
    DROP TABLE sources;
    ALTER TABLE sources_by_sidecar RENAME TO sources;
    CREATE INDEX sources_batch ON sources (batch);
    """

  /// Dated links that can be undone, messages that may be stale, and what an un-merge leaves to do.
  static let version3 = """
    ALTER TABLE patients ADD COLUMN as_of INTEGER;
    ALTER TABLE encounters ADD COLUMN as_of INTEGER;
    ALTER TABLE merges ADD COLUMN kind TEXT NOT NULL DEFAULT 'merge';
    ALTER TABLE merges ADD COLUMN happened_at INTEGER;
    ALTER TABLE merges ADD COLUMN source BLOB NOT NULL DEFAULT x'';
    ALTER TABLE merges ADD COLUMN undone_at INTEGER;
    ALTER TABLE merges ADD COLUMN undone_by BLOB NOT NULL DEFAULT x'';
    UPDATE merges SET undone_at = (SELECT imported_at FROM imports WHERE imports.revision = merges.undone)
      WHERE undone IS NOT NULL;
    CREATE INDEX merges_into ON merges (into_mrn, into_authority);
    CREATE INDEX encounters_patient ON encounters (mrn, authority);

    CREATE TABLE reviews (
      number INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('unmerge', 'visit')),
      authority BLOB NOT NULL, mrn BLOB NOT NULL, into_authority BLOB NOT NULL, into_mrn BLOB NOT NULL,
      visit BLOB NOT NULL, at INTEGER NOT NULL,
      done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1))
    ) STRICT;
    CREATE INDEX reviews_open ON reviews (number) WHERE done = 0;
    INSERT INTO reviews (kind, authority, mrn, into_authority, into_mrn, visit, at)
      SELECT 'unmerge', m.authority, m.mrn, m.into_authority, m.into_mrn, x'', i.imported_at
      FROM merges m JOIN imports i ON i.revision = m.undone ORDER BY m.undone, m.mrn, m.authority;

    CREATE TABLE proposals (
      document TEXT NOT NULL, review INTEGER NOT NULL REFERENCES reviews,
      filed_authority BLOB NOT NULL, filed_mrn BLOB NOT NULL,
      authority BLOB, mrn BLOB,
      reason BLOB NOT NULL,
      settled_at INTEGER, settled_by BLOB,
      PRIMARY KEY (document, review)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX proposals_open ON proposals (review, document) WHERE settled_at IS NULL;
    """

  private static let claims = """
    CREATE TABLE site (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      archive TEXT NOT NULL, created_at INTEGER NOT NULL, foreign_key TEXT NOT NULL
    ) STRICT;

    CREATE TABLE batches (
      batch TEXT PRIMARY KEY,
      origin TEXT NOT NULL CHECK (origin IN ('drop', 'backfill')),
      station BLOB NOT NULL,
      folder BLOB NOT NULL,
      received_at INTEGER NOT NULL,
      grown_from TEXT,
      findings BLOB NOT NULL,
      state TEXT NOT NULL CHECK (state IN
        ('claiming', 'claimed', 'planned', 'archived', 'recorded', 'attested', 'finished')),
      generation INTEGER NOT NULL CHECK (generation > 0),
      manifest_at INTEGER,
      originals TEXT NOT NULL DEFAULT 'kept' CHECK (originals IN ('kept', 'deleted'))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX batches_received ON batches (received_at, batch);
    CREATE INDEX batches_in_hand ON batches (received_at, batch) WHERE state <> 'finished';
    CREATE INDEX batches_station ON batches (station, state);
    CREATE INDEX batches_originals ON batches (manifest_at) WHERE state = 'finished' AND originals = 'kept';

    CREATE TABLE claim_items (
      batch TEXT NOT NULL REFERENCES batches ON DELETE CASCADE,
      ordinal INTEGER NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('source', 'sidecar', 'marker')),
      name BLOB NOT NULL,
      device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
      PRIMARY KEY (batch, ordinal)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX claim_items_file ON claim_items (device, inode);
    CREATE INDEX claim_items_name ON claim_items (name);

    CREATE TABLE plans (
      batch TEXT PRIMARY KEY REFERENCES batches,
      plan BLOB NOT NULL
    ) STRICT;

    CREATE TABLE sources (
      sha256 TEXT PRIMARY KEY, sidecar TEXT, batch TEXT NOT NULL REFERENCES batches
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sources_batch ON sources (batch);

    """

  private static let records = """
    CREATE TABLE records (
      sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
      kind TEXT NOT NULL CHECK (kind IN ('manifest', 'correction')),
      id TEXT NOT NULL UNIQUE,
      previous TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      day INTEGER NOT NULL,
      attested INTEGER NOT NULL DEFAULT 0 CHECK (attested IN (0, 1)),
      bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX records_unattested ON records (sequence) WHERE attested = 0;

    CREATE TABLE documents (
      id TEXT PRIMARY KEY,
      batch TEXT NOT NULL REFERENCES batches,
      station BLOB NOT NULL,
      status TEXT NOT NULL,
      disposition TEXT NOT NULL DEFAULT 'current' CHECK (disposition IN ('current', 'rejected', 'withdrawn')),
      received_at INTEGER NOT NULL,
      waiting_until INTEGER,
      sequence INTEGER NOT NULL REFERENCES records,
      source BLOB NOT NULL,
      document BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX documents_batch ON documents (batch);
    CREATE INDEX documents_station ON documents (station, status, disposition);
    CREATE INDEX documents_exception ON documents (received_at, id)
      WHERE status = 'exception' AND disposition = 'current';
    CREATE INDEX documents_waiting ON documents (waiting_until) WHERE waiting_until IS NOT NULL;
    CREATE INDEX documents_record ON documents (sequence);

    CREATE TABLE document_sources (
      document TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
      sha256 TEXT NOT NULL,
      PRIMARY KEY (document, sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX document_sources_source ON document_sources (sha256);

    CREATE TABLE station_pages (
      station BLOB PRIMARY KEY,
      filed INTEGER NOT NULL, separator INTEGER NOT NULL, blank INTEGER NOT NULL,
      exception INTEGER NOT NULL, duplicate INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    """

  private static let patients = """
    CREATE TABLE patients (
      authority BLOB NOT NULL, mrn BLOB NOT NULL,
      family BLOB NOT NULL, given BLOB NOT NULL, middle BLOB NOT NULL,
      birth_date TEXT NOT NULL, sex TEXT NOT NULL,
      confidentiality TEXT NOT NULL,
      temporary INTEGER NOT NULL CHECK (temporary IN (0, 1)),
      revision INTEGER NOT NULL,
      PRIMARY KEY (mrn, authority)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE merges (
      authority BLOB NOT NULL, mrn BLOB NOT NULL,
      into_authority BLOB NOT NULL, into_mrn BLOB NOT NULL,
      revision INTEGER NOT NULL,
      undone INTEGER,
      PRIMARY KEY (mrn, authority, into_mrn, into_authority)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE encounters (
      authority BLOB NOT NULL, visit BLOB NOT NULL,
      account BLOB NOT NULL, mrn BLOB NOT NULL, class BLOB NOT NULL,
      admit TEXT NOT NULL, discharge TEXT NOT NULL,
      revision INTEGER NOT NULL,
      PRIMARY KEY (visit, authority)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE imports (
      revision INTEGER PRIMARY KEY CHECK (revision > 0),
      imported_at INTEGER NOT NULL, file TEXT NOT NULL,
      patients INTEGER NOT NULL, aliases INTEGER NOT NULL, encounters INTEGER NOT NULL
    ) STRICT;

    """

  private static let notes = """
    CREATE TABLE incomplete (key BLOB PRIMARY KEY, first_seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE troubles (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, what BLOB NOT NULL) STRICT;

    """
}
