/// Every key of `pipeline.json`, in the order of `config explain`. The defaults themselves stand in the structs
/// (`Configuration`, `Station`, `DocumentType`, `LabelEntry`); a test holds the two together in both directions.
public let configurationKeys: [ConfigurationKey] =
  [
    ConfigurationKey(
      "schema", "Format of this file.", .form(.schema),
      because: "A file that a newer release wrote is refused instead of half understood.")
  ] + facilityKeys + claimingKeys + decodingKeys + readingKeys + labelKeys + assemblingKeys + indexingKeys
  + archivingKeys + manifestingKeys + qualityKeys + documentTypeKeys + stationKeys + operatorKeys + storeKeys
  + limitKeys

private let facilityKeys = [
  ConfigurationKey(
    "facility", "Whose site this is.", .section, because: "A patient number means nothing without who gave it."),
  ConfigurationKey(
    "facility.name", "Name of the hospital or practice, for people.", .text(bytesMax: 200),
    because: "The sample site is nobody's; change it."),
  ConfigurationKey(
    "facility.authority", "Assigning authority of a patient number on a label that names none.", .form(.authority),
    because: "The key of a patient is the pair (authority, MRN); the sample's labels carry only the MRN."),
  ConfigurationKey(
    "facility.timeZone", "What a day is in reports; stored times are always UTC.", .form(.timeZone),
    because: "Records must not depend on where they are read."),
  ConfigurationKey(
    "facility.systems", "What other systems call an assigning authority, for HL7 and FHIR files.",
    .list(of: .section, atLeast: 0),
    because: "HL7 names authorities by OID too, FHIR by URI; a system that is not listed is refused, never guessed."),
  ConfigurationKey(
    "facility.systems[].system", "An OID, a FHIR identifier system, or another name.", .text(bytesMax: 255),
    isRequired: true, because: "urn:oid: before an OID may be left out."),
  ConfigurationKey(
    "facility.systems[].authority", "The authority as labels and CSV files have it; GS1 for GSRNs.", .form(.authority),
    isRequired: true, because: "The key of a patient is the pair (authority, MRN), however it came."),
  ConfigurationKey(
    "facility.othersMayRead",
    "true: work although other users of the machine can read claimed storage, originals, archive, manifests or a database.",
    .flag,
    because:
      "All of these hold patient data, so every verb stops with 78 where one is open; a site whose backup reads them as another user may allow it. What others can write is refused always."
  ),
]

private let claimingKeys = [
  ConfigurationKey(
    "claiming", "Drop folder to batch: which files are taken, and when.", .section,
    because: "A file that is taken too early is half a file."),
  ConfigurationKey(
    "claiming.drop", "Drop folders. Their sub-folders are stations; files directly in one are of station `default`.",
    .list(of: .form(.folder), atLeast: 1),
    because: "One folder to share with the scanners; more where scanners write to several shares."),
  ConfigurationKey(
    "claiming.claimed", "Where files in hand lie.", .form(.folder),
    because: "On the drop folder's filesystem claiming is a rename; elsewhere it is a copy that is compared."),
  ConfigurationKey(
    "claiming.originals", "Where files lie after their manifest.", .form(.folder),
    because: "For a while people still ask for the file that they scanned."),
  ConfigurationKey(
    "claiming.originalsDays",
    "How long originals are kept after their manifest, at least; then `run`, `backfill` and `watch` delete them. 0: until the next of these looks.",
    .whole(0...36_500), unit: "days",
    because:
      "A month covers a monthly quality check. Each batch is read back first: one whose every page, sidecar and undividable file is not sound in the archive keeps its originals, and is reported (I2). A page that a scanner adds to a file after it was taken is filed as long as its original is kept; with 0 that is no time at all."
  ),
  ConfigurationKey(
    "claiming.settleSeconds", "How long size and time of a file must stand still since we first saw it.",
    .number(0...3600),
    unit: "seconds",
    because:
      "Scanners pause between pages for a second or two; a file's own time says nothing, copies keep the old one."),
  ConfigurationKey(
    "claiming.folderQuietSeconds", "How long no file may come to a folder that is one batch.", .number(0...86_400),
    unit: "seconds", because: "Clearing a paper jam in the middle of a folder takes longer than a pause within a file."),
  ConfigurationKey(
    "claiming.incompleteMinutes",
    "After how long a file that stays incomplete, or empty, is claimed as it is, and becomes an exception.",
    .number(0...10_080), unit: "minutes",
    because: "An hour is longer than any transfer that still makes progress; then a person must look."),
  ConfigurationKey(
    "claiming.rescanSeconds", "Longest sleep of `watch` between two scans of the drop folders.", .number(0.1...3600),
    unit: "seconds",
    because: "Notifications of the kernel are a hint: they get lost on network shares."),
  ConfigurationKey(
    "claiming.ignore", "File names that are never taken.", .list(of: .form(.glob), atLeast: 0),
    because: "What editors, browsers, copy programs and file managers leave while they write."),
]

private let decodingKeys = [
  ConfigurationKey(
    "decoding", "File to pages: what is too large. Checked before any memory is taken.", .section,
    because: "A file of 8 KB can ask for 450 MB."),
  ConfigurationKey(
    "decoding.pixelsMax", "Largest page.", .whole(1...4_294_967_296), unit: "pixels",
    because: "12 × 120 inches at 300 dpi: the longest strip of paper that feeders take."),
  ConfigurationKey(
    "decoding.fileBytesMax", "Largest file.", .whole(1...1_099_511_627_776), unit: "bytes",
    because: "2 GiB: a day of colour scanning in one file."),
  ConfigurationKey(
    "decoding.framesMax", "Most pages in one file.", .whole(1...1_000_000), unit: "pages",
    because: "Nobody scans more in one go; a loop in a file would."),
  ConfigurationKey(
    "decoding.ratioMax", "Decoded bytes for each coded byte, at most.", .whole(1...100_000_000), unit: "bytes a byte",
    because: "The widest white page in G4 stays under it; a decompression bomb does not."),
]

private let readingKeys = [
  ConfigurationKey("reading", "Page to labels.", .section, because: "A misread is worse than no read."),
  ConfigurationKey(
    "reading.foreignText", "What is kept of a barcode that is no label of ours: a keyed hash, or its text.",
    .oneOf(["hash", "keep"]),
    because: "A driver's licence on a page is nobody's business here."),
  ConfigurationKey(
    "reading.markMillimetres", "Largest connected mark that a blank page may have.", .number(0.1...10),
    unit: "millimetres",
    because: "Dust is smaller, a pencil tick is larger."),
  ConfigurationKey(
    "reading.borderMillimetres", "Border in which marks do not count.", .number(0...50), unit: "millimetres",
    because: "The feeder's shadow and punch holes lie there."),
  ConfigurationKey(
    "reading.labels", "The label grammar: which texts in which barcodes mean what. The first entry that fits wins.",
    .list(of: .section, atLeast: 0),
    because: "What a hospital prints on its labels is its own; without entries every barcode is foreign."),
]

private let assemblingKeys = [
  ConfigurationKey(
    "assembling", "Pages to documents.", .section, because: "A limit between two patients must be proven."),
  ConfigurationKey(
    "assembling.separatorInkMax", "Ink outside patch and labels up to which a page with a patch code is a separator.",
    .number(0...0.2),
    unit: "share of the page", because: "A patch code among text proves no limit between patients."),
]

private let indexingKeys = [
  ConfigurationKey(
    "indexing", "Document to chart, or to a person.", .section, because: "Nothing is filed in a chart on a guess (I6)."),
  ConfigurationKey(
    "indexing.requireKnownEncounter",
    "true: an encounter that the index does not know is an exception even beside a good MRN.", .flag,
    because: "Visits reach the index later than patients; the document files at its patient, with a note."),
  ConfigurationKey(
    "indexing.labelOverLabelMillimetres",
    "Within this distance of a good patient label an unreadable one is noted as `label-over-label`.",
    .number(0...100), unit: "millimetres", because: "A new label is stuck over an old one, hardly ever exactly."),
  ConfigurationKey(
    "indexing.patientsAgeHoursMax", "Age of the newest patient data from which `status` warns.", .number(0...8760),
    unit: "hours",
    because: "A nightly import that is two hours late."),
  ConfigurationKey(
    "indexing.duplicateDays",
    "A document is held as `possible-duplicate` when its pages look like those of one that came so long before, of the same patient, type and visit; 0: never. Documents with a page beyond the 2,000th of their batch are not compared, nor is a batch with itself.",
    .number(0...3650), unit: "days",
    because:
      "A stack is fed twice within the hour, or found again in a tray within weeks; later it is a copy that somebody wants."
  ),
]

private let archivingKeys = [
  ConfigurationKey(
    "archiving", "Documents to the archive.", .section, because: "The archive and the manifests alone are enough (I7)."),
  ConfigurationKey(
    "archiving.archive", "The archive: an OCFL storage root with its staging.", .form(.folder),
    because: "Put it on the disk that is backed up."),
  ConfigurationKey(
    "archiving.freeBytesMin",
    "Free space, on each disk that a batch is written to, below which nothing more is taken in.",
    .whole(0...1_125_899_906_842_624),
    unit: "bytes",
    because: "512 MiB finish what is in hand and leave the journal room to say so."),
  ConfigurationKey(
    "archiving.freeInodesMin", "Free inodes, on each of those disks, below which nothing more is taken in.",
    .whole(0...1_000_000_000),
    unit: "inodes",
    because: "Many small objects use them up before the space; 10,000 are about a thousand documents."),
]

private let manifestingKeys = [
  ConfigurationKey(
    "manifesting", "The account of each batch.", .section, because: "Every page is in exactly one disposition (I3)."),
  ConfigurationKey(
    "manifesting.manifests", "Where manifests and corrections are written, by day.", .form(.folder),
    because: "Apart from the archive, so that either can be held against the other."),
]

private let qualityKeys = [
  ConfigurationKey(
    "quality", "A second look at a random sample of what is filed (`qc`).", .section,
    because: "Who never looks does not know how often it is wrong."),
  ConfigurationKey(
    "quality.rate",
    "Chance of a document to be drawn, before the weights: as it was when its batch was decided; of what a person or an import files later, as it was for the newest batch before that.",
    .number(0...1), unit: "share of documents",
    because: "One in fifty shows a station that goes wrong within a day or two."),
  ConfigurationKey(
    "quality.seed", "What the lots are drawn with; the same seed draws the same documents.", .text(bytesMax: 200),
    because: "Who does not know it cannot say beforehand what will be drawn: choose your own."),
  ConfigurationKey(
    "quality.inheritedWeight",
    "How much likelier a document is drawn whose patient came from a cover, header, sidecar or encounter.",
    .number(0...1000), because: "Nobody's label stands on its own pages."),
  ConfigurationKey(
    "quality.labelOverLabelWeight", "The same for one on which a label lies over another.", .number(0...1000),
    because: "Somebody had the wrong patient's form in hand."),
  ConfigurationKey(
    "quality.tightenedFactor",
    "How much likelier documents of a station, operator and type are drawn while an error is among their last 20.",
    .number(1...1000), because: "Errors come in rows."),
  ConfigurationKey(
    "quality.relaxedFactor", "The same while the last 50 were right.", .number(0...1),
    because: "Looking costs time that is needed elsewhere."),
]

private let storeKeys = [
  ConfigurationKey(
    "journal", "The journal: claims, plans, patients.", .form(.store),
    because: "The durable record of decisions; back it up with the archive."),
  ConfigurationKey(
    "index", "The charts for finding things.", .form(.store),
    because: "Derived from the journal; deleting it loses nothing."),
]

private let limitKeys = [
  ConfigurationKey(
    "limits", "What the machine gives.", .section, because: "Memory is bounded by configuration, not by the input (I9)."
  ),
  ConfigurationKey(
    "limits.workers", "Worker processes that decode and read pages; 0: as many as cores.", .whole(0...256),
    unit: "processes",
    because: "Reading is computing; more than cores only cost memory."),
  ConfigurationKey(
    "limits.workerBytesMax", "Address space of a worker.", .whole(67_108_864...1_099_511_627_776), unit: "bytes",
    because:
      "The largest page in colour with room for its libraries; a worker that wants more dies, and one page is a hole."),
  ConfigurationKey(
    "limits.pageSecondsMax", "Time for one page; then the worker is killed.", .number(0.1...3600), unit: "seconds",
    because: "A page takes a fraction of a second; a minute means that a library hangs."),
  ConfigurationKey(
    "limits.batchesInHandMax", "Batches between claiming and retiring at one moment.", .whole(1...1000),
    unit: "batches",
    because: "Enough to keep cores busy while disks sync, few enough to finish within seconds of SIGTERM."),
]
