import Model

// RULES *Whose it is*: "Where a label, cover or sidecar carries birth date, sex or family name they must agree with the index
// (identity-mismatch)." Compared only where both sides know a value; `U` (unknown) is no value. Letter case and outer spaces
// do not count. A label carries them in the fields `birthDate`, `sex` and `family` of its entry's pattern.

func judgeIdentity(_ document: DocumentView, of patient: PatientKey, sidecar: Sidecar?) -> [Finding] {
  let answers = [document.candidates.byNumber, document.candidates.byVisit].flatMap { $0.values.joined() }
  let named = answers.filter { $0.survivor == patient }
  guard let known = named.first(where: { !$0.family.isEmpty || !$0.birthDate.isEmpty || !$0.sex.isEmpty }) else {
    return []
  }
  var findings: [Finding] = []
  func compare(_ given: (family: String?, birthDate: String?, sex: String?), at page: Int?, in place: String) {
    let pairs = [
      ("family name", given.family, known.family), ("birth date", given.birthDate, known.birthDate),
      ("sex", given.sex, known.sex),
    ]
    for (what, value, index) in pairs where disagree(value, index) {
      findings.append(Finding(.identityMismatch, page: page, Wording.identity(what, in: place)))
    }
  }
  for placed in document.patientLabels {
    let fields = placed.label.fields
    compare((fields["family"], fields["birthDate"], fields["sex"]), at: placed.page, in: "the label")
  }
  if let sidecar { compare((sidecar.family, sidecar.birthDate, sidecar.sex), at: nil, in: "the sidecar") }
  return findings
}

private func disagree(_ given: String?, _ index: String) -> Bool {
  guard let one = normal(given ?? ""), let other = normal(index) else { return false }
  return one != other
}

/// Lower case without outer spaces; nil where nothing is known. Strings compare by canonical equivalence, so that composed and
/// decomposed letters are equal.
private func normal(_ text: String) -> String? {
  let inner = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
  let lower = String(inner).lowercased()
  return lower.isEmpty || lower == "u" ? nil : lower
}
