import Model

// RULES *Whose it is*: "The type comes from, in this order: type label on the pages, cover, header, sidecar, the station's
// typeDefault […]. None of them: no-type; a code that is not in the table: unknown-type." *What divides*: "Labels on pages must
// agree with cover and header; disagreement is an exception. […] Two document types on one sheet: conflicting-type."
//
// Decided where RULES are silent: a type that the sidecar gives must agree too; the station's default gives way to any label.

struct TypeJudgement {
  /// Our code, known or not; nil where there is none or several.
  var code: String?
  /// The table's line for it; nil where unknown.
  var type: DocumentType?
  var findings: [Finding] = []
  var loinc: String? { type?.loinc }
}

/// `no-type` is not judged here: see ``judgeAbsences(_:type:found:)``.
func judgeType(_ document: DocumentView) -> TypeJudgement {
  var result = TypeJudgement()
  let labels = document.sound.filter { $0.label.typeCode != nil }
  let codes = Set(labels.compactMap(\.label.typeCode))
  if codes.count > 1 {
    let other = labels.first { $0.label.typeCode != labels[0].label.typeCode }
    result.findings.append(Finding(.conflictingType, page: other?.page, Wording.conflictingTypes(codes.sorted())))
    return result
  }
  guard let code = codes.first ?? document.station.typeDefault else { return result }
  result.code = code
  result.type = document.rules.types[code]
  if result.type == nil {
    result.findings.append(Finding(.unknownType, page: labels.first?.page, Wording.unknownType(code)))
  }
  return result
}

/// RULES *What divides*: `pagesMax` by type; blanks do not count.
func judgePageCount(_ document: DocumentView, type: TypeJudgement) -> [Finding] {
  guard let code = type.code, let most = type.type?.pagesMax, document.draft.pages.count > most else { return [] }
  return [Finding(.tooManyPages, Wording.tooManyPages(code, found: document.draft.pages.count, most: most))]
}
