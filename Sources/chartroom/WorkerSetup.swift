import Glibc
import Pipeline
import System

/// Workers for a site: as many as its configuration says, or as there are processors.
func makeWorkers(_ limits: Configuration.Limits) throws -> WorkerPool {
  try WorkerPool(
    count: limits.workers > 0 ? limits.workers : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
    launch: .init(
      program: FilePath("/proc/self/exe"), arguments: ["worker"], bytesMax: limits.workerBytesMax,
      pageSecondsMax: limits.pageSecondsMax))
}
