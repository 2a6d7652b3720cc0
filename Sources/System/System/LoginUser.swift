import Glibc

/// Who sits at the keyboard: the login uid, which the kernel keeps from login on and no program can change
/// (proc_pid_loginuid(5)); where none was set, the user who called sudo; else the process's own user.
///
/// - Returns: the user's name, or `uid-1234` for one that has none.
public func loginUser() -> String {
  if let uid = loginUID() { return userName(uid) }
  if let text = getenv("SUDO_UID").map({ String(cString: $0) }), let uid = UInt32(text) { return userName(uid) }
  return userName(getuid())
}

/// nil where the kernel keeps none, or it was not set (4294967295).
private func loginUID() -> UInt32? {
  guard let file = try? Descriptor.openRegular(FilePath("/proc/self/loginuid")),
    let bytes = try? file.read(at: 0, count: 32)
  else { return nil }
  let digits = bytes.prefix { (48...57).contains($0) }
  return UInt32(String(decoding: digits, as: UTF8.self)).flatMap { $0 == .max ? nil : $0 }
}

private func userName(_ uid: UInt32) -> String {
  var entry = passwd()
  var found: UnsafeMutablePointer<passwd>?
  var room = [CChar](repeating: 0, count: 16_384)
  guard getpwuid_r(uid, &entry, &room, room.count, &found) == 0, found != nil, let name = entry.pw_name else {
    return "uid-\(uid)"
  }
  return String(cString: name)
}
