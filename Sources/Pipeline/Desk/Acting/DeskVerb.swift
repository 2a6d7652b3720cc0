import Model

/// Every verb that works on a site, as typed. Who adds one says here who may do it; there is no other way to a site.
public enum DeskVerb: String, Hashable, Sendable, CaseIterable {
  case initialize = "init"
  case run, watch, backfill, status, chart, verify, rebuild
  case exceptionsList = "exceptions list"
  case exceptionsShow = "exceptions show"
  case exceptionsAssign = "exceptions assign"
  case exceptionsType = "exceptions type"
  case exceptionsDuplicates = "exceptions duplicates"
  case exceptionsSplit = "exceptions split"
  case exceptionsJoin = "exceptions join"
  case exceptionsRequeue = "exceptions requeue"
  case exceptionsReject = "exceptions reject"
  case patientsImport = "patients import"
  case patientsShow = "patients show"
  case patientsList = "patients list"
  case patientsProposals = "patients proposals"
  case patientsConfirm = "patients confirm"
  case correctMove = "correct move"
  case correctRetype = "correct retype"
  case correctSplit = "correct split"
  case correctJoin = "correct join"
  case correctReorder = "correct reorder"
  case correctInsert = "correct insert"
  case correctReplace = "correct replace"
  case correctWithdraw = "correct withdraw"
  case correctUndo = "correct undo"
  case impact
  case qcList = "qc list"
  case qcConfirm = "qc confirm"
  case qcReport = "qc report"
  case auditList = "audit list"
  case auditExport = "audit export"
  case auditVerify = "audit verify"

  /// Any of these is enough.
  public var roles: Set<Role> {
    switch self {
    case .run, .watch, .backfill: [.scan, .supervise]
    case .status, .verify: [.scan, .index, .supervise, .audit]
    case .chart, .patientsImport, .patientsShow, .patientsList, .patientsProposals, .patientsConfirm:
      [.index, .supervise]
    case .exceptionsList, .exceptionsShow, .exceptionsAssign, .exceptionsType, .exceptionsDuplicates, .exceptionsSplit,
      .exceptionsJoin,
      .exceptionsRequeue, .exceptionsReject:
      [.index, .supervise]
    case .correctMove, .correctRetype, .correctSplit, .correctJoin, .correctReorder, .correctInsert, .correctReplace,
      .correctWithdraw, .correctUndo, .impact, .qcList, .qcConfirm, .qcReport, .rebuild, .initialize:
      [.supervise]
    case .auditList, .auditExport, .auditVerify: [.audit]
    }
  }

  /// Goes on for long: one record says that it began, another how it ended.
  var isLong: Bool { [.run, .watch, .backfill, .verify].contains(self) }

  /// Shows nobody's data, so that it must also work where nothing can be written any more.
  var isHarmless: Bool { self == .status || self == .verify }

  /// Looks only: what others left unfinished may stay so.
  var onlyLooks: Bool {
    [
      .status, .chart, .exceptionsList, .exceptionsShow, .patientsShow, .patientsList, .patientsProposals, .auditList,
      .auditExport, .auditVerify,
    ].contains(self)
  }
}
