// The keys of what is each site's own: its labels, its document types, its stations, its operators.

import Model

let labelKeys = [
  ConfigurationKey(
    "reading.labels[].name", "Name of the entry, as manifests show it. Unique.", .text(bytesMax: 80), isRequired: true,
    because: "A page's history must say which rule read its label."),
  ConfigurationKey(
    "reading.labels[].meaning", "What such a label says.",
    .oneOf(["patient", "encounter", "type", "page", "separator", "header"]),
    isRequired: true, because: "Only these are ever acted upon."),
  ConfigurationKey(
    "reading.labels[].symbologies", "Kinds of barcode in which it counts.",
    .list(of: .oneOf(["code128", "code39", "itf", "codabar", "datamatrix", "qr", "pdf417", "aztec"]), atLeast: 1),
    isRequired: true,
    because:
      "The fewer, the fewer misreads; one without a checksum of its own may carry a patient only with a check scheme."),
  ConfigurationKey(
    "reading.labels[].pattern",
    "Regular expression for the whole text, with its fields as named groups: mrn or gsrn, encounter, type, page and of, header (perhaps with pages, sheets and box, the section's counts); perhaps authority.",
    .text(bytesMax: 1000), isRequired: true, because: "A label that fits only in part is another label."),
  ConfigurationKey(
    "reading.labels[].checks", "Check schemes that must all hold.", .list(of: .section, atLeast: 0),
    because: "A misread is worse than no read: a failed check is an exception, never a guess."),
  ConfigurationKey(
    "reading.labels[].checks[].scheme",
    "luhn: HL7 M10. hl7mod11: HL7 M11. nhsmod11: NHS number. hibc43: HIBC mod 43. gs1mod10: GS1 mod 10. The others: ISO/IEC 7064.",
    .oneOf([
      "luhn", "hl7mod11", "nhsmod11", "hibc43", "gs1mod10", "iso7064mod97_10", "iso7064mod37_2", "iso7064mod11_2",
    ]),
    isRequired: true, because: "The schemes that patient labels carry."),
  ConfigurationKey(
    "reading.labels[].checks[].field", "Field that the scheme covers, its check characters last; null: the whole text.",
    .orNull(.form(.fieldName)), because: "HIBC covers the whole text, a Luhn digit only its number."),
  ConfigurationKey(
    "reading.labels[].authority",
    "Assigning authority of the number; null: the facility's, or the pattern's group `authority`.",
    .orNull(.form(.authority)), because: "Labels of another house must not be taken for ours."),
  ConfigurationKey(
    "reading.labels[].role",
    "file: it decides where a page goes. related: it is recorded and never used to file; null: file.",
    .orNull(.oneOf(["file", "related"])), because: "A mother's label on a newborn's form names the wrong patient."),
  ConfigurationKey(
    "reading.labels[].gs1", "true: only barcodes that announce GS1 data (FNC1 first); null: false.", .orNull(.flag),
    because: "8018 at the start of a plain text is no application identifier."),
  ConfigurationKey(
    "reading.labels[].zone",
    "Part of the page, as a viewer sees it, in which the middle of such a label must stand; elsewhere, and in a sidecar, the text is foreign.",
    .section, because: "A bare number is a patient's only where the form has its label; left out: the whole page."),
  ConfigurationKey(
    "reading.labels[].zone.left", "Left edge, from the left.", .number(0...1), unit: "share of the page's width",
    isRequired: true, because: "Shares hold at any resolution, and where a file does not say its own."),
  ConfigurationKey(
    "reading.labels[].zone.top", "Upper edge, from the top.", .number(0...1), unit: "share of the page's height",
    isRequired: true, because: "As for left."),
  ConfigurationKey(
    "reading.labels[].zone.right", "Right edge, from the left.", .number(0...1), unit: "share of the page's width",
    isRequired: true, because: "As for left."),
  ConfigurationKey(
    "reading.labels[].zone.bottom", "Lower edge, from the top.", .number(0...1), unit: "share of the page's height",
    isRequired: true, because: "As for left."),
  ConfigurationKey(
    "reading.labels[].forms",
    "Document type codes: the entry counts only on a page that carries a type label with one of them; empty: on every page.",
    .list(of: .form(.typeCode), atLeast: 0),
    because: "Some forms carry numbers that are patients' there and nowhere else."),
]

let documentTypeKeys = [
  ConfigurationKey(
    "documentTypes", "The document types by their code, 2 to 12 of A–Z and 0–9, as type labels carry it.",
    .entries(named: .documentType),
    because: "A code that is not here is an exception (`unknown-type`)."),
  ConfigurationKey(
    "documentTypes.*.name", "Name for people.", .text(bytesMax: 200), isRequired: true, because: "Codes are for labels."
  ),
  ConfigurationKey(
    "documentTypes.*.loinc", "LOINC code of the type.", .form(.loinc), isRequired: true,
    because: "Other systems know a type by it."),
  ConfigurationKey(
    "documentTypes.*.typeLabelOn",
    "every: each page repeats the type label. first: a type label starts a new document.",
    .oneOf(["first", "every"]),
    because: "Starting anew at each type label never mixes two documents; `every` must be known of the form."),
  ConfigurationKey(
    "documentTypes.*.pagesMax", "Most pages of one document, blanks not counted; null: no limit.",
    .orNull(.whole(1...65_535)), unit: "pages",
    because: "A document that is too long has probably swallowed another one."),
  ConfigurationKey(
    "documentTypes.*.labelOn",
    "Pages that must carry a patient label, where that is stricter than the station's rule; null: the station's.",
    .orNull(.oneOf(["first", "sheet", "page"])), because: "Some forms carry a label on each page by law or habit."),
  ConfigurationKey(
    "documentTypes.*.confidentiality",
    "Level of every document of this type; the highest of patient, type and station counts; null: normal.",
    .orNull(.oneOf(levels)), because: "Psychiatry's notes are nobody else's, whoever the patient is."),
  ConfigurationKey(
    "documentTypes.*.duplicateDays",
    "The same as `indexing.duplicateDays` for documents of this type; 0: never; null: the site's.",
    .orNull(.number(0...3650)), unit: "days",
    because:
      "Typed reports of one patient that differ in a few digits look alike and come daily: half a day finds the stack that was fed twice."
  ),
]

private let levels = Confidentiality.allCases.map(\.rawValue)

let operatorKeys = [
  ConfigurationKey(
    "operators",
    "Who may do what, by login name. Empty: every verb is allowed, and recorded under the login name.",
    .entries(named: .login),
    because: "A house of one person needs no roles; the audit trail names everybody all the same."
  ),
  ConfigurationKey(
    "operators.*.name", "Name for people; null: the login name.", .orNull(.text(bytesMax: 200)),
    because: "The audit trail keeps the login name, which is unique."),
  ConfigurationKey(
    "operators.*.roles",
    "scan: run, watch, backfill. index: charts, exceptions, patient data. supervise: corrections, and what scan and index may. audit: the audit trail. delegate: act for somebody else (`--operator`).",
    .list(of: .oneOf(Role.allCases.map(\.rawValue)), atLeast: 1), isRequired: true,
    because: "Who files should not be the one who reads the audit trail."),
  ConfigurationKey(
    "operators.*.confidentiality",
    "The highest level that the operator sees; no patient above it is lowered by an import of the operator's; null: normal.",
    .orNull(.oneOf(levels)),
    because:
      "More is opened one at a time, with a reason that is recorded (`--break-glass`). The account that imports by night needs the highest one."
  ),
]

let stationKeys = [
  ConfigurationKey(
    "stations",
    "The stations by the name of their folder, as `status` shows it; `default` also stands for folders that are not listed.",
    .entries(named: .station), because: "Most stations differ in one thing only."),
  ConfigurationKey(
    "stations.*.duplex", "true: pages 2k−1 and 2k are one sheet.", .flag,
    because: "Files do not say it; a simplex stack read as duplex would be parted wrongly."),
  ConfigurationKey(
    "stations.*.batches", "file: each file is a batch. folder: each folder inside the station is one.",
    .oneOf(["file", "folder"]),
    because: "Most scanners write one file a stack."),
  ConfigurationKey(
    "stations.*.sidecar", "required: a file waits for its sidecar `NAME.json`.", .oneOf(["optional", "required"]),
    because: "Only hand scanners and scan software write one."),
  ConfigurationKey(
    "stations.*.done",
    "How a writer says that it is done: settle (nothing), marker (a file beside it), rename (into place).",
    .oneOf(["settle", "marker", "rename"]),
    because: "Settling works with every scanner; the others are faster where they can be set."),
  ConfigurationKey(
    "stations.*.doneSuffix", "Suffix that the marker adds to the file's or folder's name.", .form(.suffix),
    because: "`scan1.tif.done` is the usual one."),
  ConfigurationKey(
    "stations.*.joinPages", "true: numbered single-page files of one prefix are one batch.", .flag,
    because: "Joining on a guess could join two patients."),
  ConfigurationKey(
    "stations.*.labelOn",
    "Pages of a document that must carry a patient label; one without is an exception (`unlabelled-page`).",
    .oneOf(["first", "sheet", "page"]), because: "A page without a label continues its document, as on paper."),
  ConfigurationKey(
    "stations.*.typeDefault", "Document type where nothing else says one; null: none.", .orNull(.form(.typeCode)),
    because: "Only a station that scans one kind of paper can know."),
  ConfigurationKey(
    "stations.*.waitingHours",
    "How long an unknown MRN or encounter with a good check digit waits for the next patient import.",
    .number(0...8760), unit: "hours", because: "A new patient is in the next night's import."),
  ConfigurationKey(
    "stations.*.confidentiality", "Level of everything from this station; null: normal.", .orNull(.oneOf(levels)),
    because: "The scanner of a closed ward needs no label to be known by."),
]
