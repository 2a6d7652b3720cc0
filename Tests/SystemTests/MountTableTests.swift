import System
import TestSupport
import Testing

/// Which mount holds a folder, by the words of the kernel.
@Suite struct MountTableTests {
  private let table = MountTable(
    parsing: Array(
      #"""
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      40 22 8:2 / /srv rw,relatime shared:2 - xfs /dev/sdb1 rw
      41 40 8:3 / /srv/the\040archive rw - ext4 /dev/sdc1 rw
      42 40 8:2 /else /srv/back\134slash\011tab rw shared:3 master:1 - xfs /dev/sdb1 rw
      broken line
      """#.utf8))

  @Test(arguments: [
    ("/srv/site/var/manifests", "/srv"), ("/srv", "/srv"), ("/srvother", "/"), ("/", "/"),
    ("/srv/the archive", "/srv/the archive"), ("/srv/the archive/root", "/srv/the archive"),
    ("/srv/the archiver", "/srv"), ("/srv/back\\slash\ttab/x", "/srv/back\\slash\ttab"),
  ])
  func `the deepest mount on the way holds a folder`(folder: String, mount: String) {
    #expect(table.mount(holding: FilePath(folder)) == FilePath(mount))
  }

  @Test func `this machine's own table knows the root and where it is read`() throws {
    let own = try #require(MountTable.current())
    #expect(own.mount(holding: FilePath("/")) == FilePath("/"))
    #expect(own.mount(holding: FilePath("/proc/self")) == FilePath("/proc"))
  }

  @Test func `links on the way are followed, and what is gone is nowhere`() throws {
    let folder = TemporaryFolder()
    try Files.makeFolder(folder.path.appending("here"))
    let itself = try #require(folder.path.appending("here").resolved)
    let above = try #require(folder.path.resolved)
    #expect(itself.lies(in: above) && !above.lies(in: itself))
    #expect(folder.path.appending("gone").resolved == nil)
    #expect(FilePath("/proc/self").resolved != FilePath("/proc/self"))
  }
}
