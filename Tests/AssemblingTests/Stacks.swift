/// A repeatable source of chance (SplitMix64, Steele, Lea and Flood 2014): a failing stack is named by its seed.
struct Chance: RandomNumberGenerator {
  private var state: UInt64
  init(seed: Int) {
    state = UInt64(seed)
    // Mixed once, so that neighbouring seeds are not the same sequence one step apart.
    state = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// True once in `n` times.
  mutating func oneIn(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }
  mutating func pick<T>(_ values: [T]) -> T { values.randomElement(using: &self)! }
}

/// A stack of paper as it was before the scanner: physical documents, and what went wrong with them.
///
/// The truth is kept apart from the labels: `owners` says for each page whose physical document it belongs to, whatever can still be
/// read on it. The one thing that it never makes is a document that nothing at all sets apart from the one before it (no label of
/// its own, no separator, no proving type label): no rule could see that one. A document without any label of its own is the
/// header's, as the clerk who laid it behind that header meant it.
struct Stack {
  /// In the language of `Paper`.
  private(set) var pages: [String] = []
  /// Whose each page is: a patient's letter, `""` for nobody's (a separator), `"!"` where its own labels contradict each other.
  private(set) var owners: [String] = []
  let duplex: Bool
  private var chance: Chance
  private let isFaulty: Bool
  /// Whom the header sheet in force names, whether or not it can be read.
  private var section = ""
  private var lastType = ""
  /// For a stack without faults: the documents that must come out, as `Outcome.documents` writes them.
  private(set) var expected: [String] = []

  init(seed: Int, faulty: Bool) {
    chance = Chance(seed: seed)
    isFaulty = faulty
    duplex = chance.oneIn(3)
    for _ in 0..<Int.random(in: 1...7, using: &chance) { addDocument() }
    guard faulty else { return }
    for index in pages.indices where chance.oneIn(40) { pages[index] = "#" }
    if chance.oneIn(4) {
      let first = pages.indices.randomElement(using: &chance)!
      for index in first..<min(pages.count, first + 3) { pages[index] += " dup" }
    }
  }

  private func fault(_ n: Int, _ chance: inout Chance) -> Bool { isFaulty && chance.oneIn(n) }

  // MARK: Dividers

  /// Puts a page down, and a back behind it in duplex.
  private mutating func addDivider(_ words: String, owner: String = "") {
    pages.append(words)
    owners.append(owner)
    guard duplex else { return }
    let reused = fault(12, &chance)
    let patient = chance.pick(["", "A", "B", "C"])
    pages.append(reused ? "text \(patient)" : "_")
    owners.append(reused ? patient : "")
  }

  private mutating func addHeader() {
    section = chance.pick(["", "A", "B", "C"])
    let type = chance.oneIn(2) ? " lab" : ""
    var words = "head \(section)\(type)"
    if fault(4, &chance) { words = chance.pick(["? \(section) light", "? light", "head ? text", "head \(section)!"]) }
    if words.hasSuffix(" !") { words = "head" }
    addDivider(words)
    lastType = type
  }

  /// A header that names the next document's patient, or one that ends a section of another's.
  private mutating func addFittingHeader(for patient: String, named: Bool) {
    guard named || !["", patient].contains(section) || chance.oneIn(6) else { return }
    section = named ? patient : ""
    addDivider("head \(section)")
  }

  // MARK: Documents

  private mutating func addDocument() {
    if isFaulty, chance.oneIn(6) { addHeader() }
    let patient = chance.pick(["A", "B", "C"])
    let type = chance.pick(["consent", "hp", "lab", "progress"])
    let style = chance.pick(["every", "first", "first", "some", "cover", "header"])
    if !isFaulty { addFittingHeader(for: patient, named: style == "header") }
    let isAlone = style == "cover" || style == "header" || (style == "some" && chance.oneIn(2))
    let isDivided = addOpening(of: patient, type: type, style: style, needed: isAlone)
    let count = Int.random(in: 1...4, using: &chance)
    var labelled = labelledPages(style: style, count: count)
    // Something of its own must set it apart: see the type's comment.
    if !isDivided, labelled.isEmpty { labelled = [0] }
    let owner = labelled.isEmpty && style != "cover" ? section : patient
    let printed = fault(4, &chance) ? "" : type
    let first = pages.count
    for index in 0..<count {
      addPage(index, of: count, patient: patient, owner: owner, type: printed, labelled: labelled.contains(index))
    }
    if duplex, (pages.count - first) % 2 == 1 { put("_", owner) }
    lastType = type
    if !isFaulty { expect(from: first, patient: owner, type: type) }
  }

  /// Puts a separator or cover down where the document has one; true where something proves that a document starts.
  private mutating func addOpening(of patient: String, type: String, style: String, needed: Bool) -> Bool {
    if style == "cover" {
      let words =
        fault(5, &chance)
        ? chance.pick(["sep ? \(type)", "sep \(patient)! \(type)", "? light", "T ?"]) : "sep \(patient) \(type)"
      addDivider(words, owner: words == "? light" ? patient : "")
      return true
    }
    let clean = !isFaulty && (type == lastType || style == "some")
    guard needed || clean || chance.oneIn(2) else { return false }
    addDivider(chance.pick(["T", "sep", "2", "3"]))
    return true
  }

  private mutating func labelledPages(style: String, count: Int) -> Set<Int> {
    switch style {
    case "every": return Set(0..<count)
    case "first": return [0]
    case "some":
      let some = Set((0..<count).filter { _ in chance.oneIn(2) })
      return isFaulty ? some : some.union([0])
    default: return []
    }
  }

  private mutating func addPage(
    _ index: Int, of count: Int, patient: String, owner: String, type: String, labelled: Bool
  ) {
    var words: [String] = []
    let everyPage = type == "consent" || type == "hp"
    if !type.isEmpty, index == 0 || (everyPage && chance.oneIn(2)) { words.append(type) }
    var owner = owner
    if labelled { words += patientWords(patient, owner: &owner) }
    if fault(15, &chance) { words.append(chance.pick(["foreign", "rel:B", "~", "?"])) }
    if index == 0, fault(12, &chance) { words += ["T", "text"] }
    put(words.isEmpty ? "text" : words.joined(separator: " "), owner)
    if chance.oneIn(8), index + 1 < count || isFaulty { put("_", owner) }
  }

  private mutating func patientWords(_ patient: String, owner: inout String) -> [String] {
    guard fault(8, &chance) else { return [chance.pick([patient, patient.lowercased(), "gs" + patient])] }
    switch chance.pick(["?", "!", "two", "none", "encounter", "unknown", "ambiguous", "wrong encounter"]) {
    case "?": return ["?"]
    case "!": return [patient + "!"]
    case "encounter": return ["e\(patient)1"]
    case "unknown":
      owner = "U"
      return ["U"]
    case "ambiguous":
      owner = "AMB"
      return ["AMB"]
    case "wrong encounter": return [patient, chance.pick(["eA1", "eB1", "eX"])]
    case "two":
      owner = "!"
      return [patient, patient == "A" ? "B" : "A"]
    // A label that fell off: the page says nothing, but a separator or another page's label still tells the document apart.
    default: return ["text", "?"]
    }
  }

  private mutating func put(_ words: String, _ owner: String) {
    pages.append(words)
    owners.append(owner)
  }

  private mutating func expect(from first: Int, patient: String, type: String) {
    let own = first..<pages.count
    let inked = own.filter { pages[$0] != "_" }.map { "\($0 + 1)" }.joined(separator: " ")
    let blanks = own.filter { pages[$0] == "_" }.map { " (\($0 + 1))" }.joined()
    if !inked.isEmpty { expected.append("\(inked)\(blanks) = \(patient) \(type)") }
  }
}
