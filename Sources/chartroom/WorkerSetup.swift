import Glibc
import Pipeline
import System

/// Workers for a site: as many as its configuration says, or as there are processors.
func makeWorkers(_ limits: Configuration.Limits) throws -> WorkerPool {
  try WorkerPool(
    count: limits.workerCount,
    launch: .init(
      program: FilePath("/proc/self/exe"), arguments: ["worker"], bytesMax: limits.workerBytesMax,
      pageSecondsMax: limits.pageSecondsMax))
}

/// Refuses where a site's work could come to the limit of open files, which the runtime does not survive (``OpenFileLimit``).
/// - Throws: ``TooFewOpenFiles`` (exit 78).
func demandOpenFiles(for limits: Configuration.Limits) throws {
  if let limit = OpenFileLimit.shortage(of: limits.openFiles) {
    throw TooFewOpenFiles(limit: limit, needed: limits.openFiles)
  }
}

struct TooFewOpenFiles: Error, CustomStringConvertible {
  var limit: Int
  var needed: Int
  var description: String {
    "\(limit) open files are allowed here, and \(needed) are needed: 64, 12 for each of limits.batchesInHandMax and 2 for each "
      + "worker. Raise the limit (ulimit -n, LimitNOFILE= of a unit) or lower these two."
  }
}

extension Configuration.Limits {
  /// Worker processes.
  fileprivate var workerCount: Int { workers > 0 ? workers : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Open files that nothing goes beyond, with room to spare: 24 of the runtime, 22 of the two databases, folders that are looked
  /// at; a claim's three, a staged object's and a manifest's four each, a source; a worker's socket.
  fileprivate var openFiles: Int { 64 + 12 * batchesInHandMax + 2 * workerCount }
}
