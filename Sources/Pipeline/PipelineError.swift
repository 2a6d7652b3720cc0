import Archiving
import Journaling
import Manifesting
import Model
import System

/// What the pipeline itself cannot go on from. All of these leave the batch where it is, to be tried again.
public enum PipelineError: Error, Hashable, Sendable, CustomStringConvertible {
  case planMissing(BatchID)
  case sourcesContended(BatchID)
  case grownAfterClaim(BatchID)
  case changedWhileArchived(BatchID)
  case claimedFileMissing(BatchID, String)
  /// Claimed and never taken, and gone from the drop folder.
  case goneBeforeTaken(BatchID)
  /// Its files are older than `originalsDays`, and the archive cannot stand in for them.
  case originalsKept(BatchID, because: String)
  /// Files among its originals that no manifest knows.
  case originalsUnknown(BatchID, String)
  /// A file among its originals is neither what its manifest says nor what the batch took up that it went on as.
  case originalsUnclear(BatchID, next: BatchID)
  /// A folder in this drop folder cannot be listed.
  case closedFolder(String)
  /// A page could not be looked at: its bytes were refused, or no worker could be started.
  case unread(frame: Int, errno: Int32)
  /// Files of a backfilled tree whose station demands done-markers.
  case unmarked(Int)

  public var description: String {
    switch self {
    case .planMissing(let batch):
      "Batch \(batch) is past planning and the journal has no plan of it. Run `chartroom verify`."
    case .sourcesContended(let batch): "Batch \(batch): others keep taking the same files. It will be tried again."
    case .grownAfterClaim(let batch):
      "Batch \(batch): its file grew after it was taken. Look at the writer's settings (done-marker, settleSeconds)."
    case .changedWhileArchived(let batch):
      "Batch \(batch): its file was rewritten after its pages had been decided, and a part of them is in the archive already or "
        + "another batch relies on them. Look for the file as it was, put it back into claimed storage and run again."
    case .claimedFileMissing(let batch, let what):
      "Batch \(batch): \(what) is neither in the drop folder nor in claimed storage. Somebody removed it; look for it before anything else."
    case .goneBeforeTaken(let batch):
      "Batch \(batch): its file is gone from the drop folder and had not been taken yet. Somebody removed it, or the power failed "
        + "before its scanner's bytes were on the disk. Scan the paper again if it does not come back."
    case .originalsKept(let batch, let why):
      "Batch \(batch): its originals are kept, because \(why). Run `chartroom verify` and restore what it names."
    case .originalsUnknown(let batch, let names):
      "Batch \(batch): its originals are kept, because no manifest knows \(names) among them. Drop a copy of it into the station's "
        + "folder, then remove it."
    case .originalsUnclear(let batch, let next):
      "Batch \(batch): its originals are kept, because a file of it changed again after batch \(next) had taken it up. Drop a copy of "
        + "it into the station's folder, then remove it."
    case .closedFolder(let drop):
      "A folder in the drop folder \(drop) cannot be looked into, and nothing in it is taken; `chartroom status` names it. Give "
        + "chartroom's user the right to list, enter and write it."
    case .unread(let frame, let errno):
      "Frame \(frame + 1) was not looked at. \(SystemError(errno: errno, call: "reading"))"
    case .unmarked(let files):
      "\(files) files of the tree have no done-marker, which the station demands, and were left. Name another station, or mark them."
    }
  }
}

/// Waits for another process that writes the same object, 5 s at most.
/// - Throws: `ArchiveError.busy` after that, and whatever `body` throws.
func patiently<Value>(_ body: () throws -> Value) async throws -> Value {
  for _ in 0..<100 {
    do { return try body() } catch ArchiveError.busy { try await Task.sleep(for: .milliseconds(50)) }
  }
  return try body()
}

/// The disk itself refuses (full, read-only, failing): every next batch would fail too, so intake stops until the cause is gone.
func isDiskLevel(_ error: any Error) -> Bool {
  switch error {
  case let error as SystemError: error.isDiskLevel
  case let error as ArchiveError: error.isDiskLevel
  case let error as ManifestError: error.isDiskLevel
  case JournalError.disk: true
  default: false
  }
}
