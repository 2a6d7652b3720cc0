import CLinux

/// How many files this process may have open (getrlimit(2) RLIMIT_NOFILE).
///
/// Swift's runtime does not survive the last one: libdispatch ends the process by SIGILL where it cannot open its epoll,
/// event or timer descriptors, and every second under load where it cannot open a thread's `/proc` file. So a process makes
/// sure beforehand that it never gets there.
public enum OpenFileLimit {
  /// What the runtime needs before the first line of ours.
  public static let ofRuntime = 24

  /// Raises the limit where it is lower and we may (up to the hard limit).
  /// - Returns: nil: there are as many; otherwise the limit that remains.
  public static func shortage(of wanted: Int) -> Int? {
    let limit = clinux_open_files_max(UInt64(wanted))
    // A kernel that does not say is one without a limit of ours to mind.
    return limit < 0 || limit >= wanted ? nil : Int(limit)
  }
}
