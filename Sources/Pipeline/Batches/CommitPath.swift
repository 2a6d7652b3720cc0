import Journaling

/// The commit path: what is written from the moment that a file is ours to the moment that it is retired, in which order, and
/// why each sync stands where it does. Whoever changes a step changes this page; `Tests/Faults` kills the program at every
/// system call of it, and lets every call fail.
///
/// **What holds at every moment**, whatever ends the process or the machine:
/// - a dropped file is in exactly one of drop folder, claimed storage and originals, whole; in two only while it is copied
///   across filesystems;
/// - what a later step relies on is durable before that step begins: content before names, names before the journal says so;
/// - a step that is repeated finds what is there and goes on from it, or makes it anew from its source (I5).
///
/// **1. Claim** (`Claimer`, `Intake+Claims`)
/// - *The row*, a transaction. Before anything moves: a file in claimed storage must have an owner after a crash, and the row
///   alone keeps a second process off a file that is copied.
/// - *fsync of the file*, while it still lies in the drop folder. Scanners sync nothing, and from the rename on no station
///   sees the file any more: a power cut then would be our loss. Where it fails the file stays, and is never synced again: it is
///   claimed as if it lay on another filesystem (`UnsyncedFiles`), whoever takes it.
/// - *rename* into `claimed/<batch>/`, never replacing.
/// - *fsync of the claim's folder and of* `claimed`, *then of the drop folder*: the new name before the end of the old one, so
///   that a filesystem that does not keep a rename in one piece has the file twice rather than not at all.
/// - Across filesystems a copy stands for the rename: *fsync of the copy*, compare, rename, fsync of the folders, and only
///   then is the source removed.
/// - *State* `claimed`, a transaction: the file has arrived.
///
/// **2. Plan** (`BatchRunner.plan`). *One transaction.* Ids, times and decisions are fixed before any of them can be seen.
///
/// **3. Archive** (`Archive.store`)
/// - Objects are staged under the batch's name; what an earlier try left there is removed first, never trusted.
/// - What was written is read back, while its source is still there: a disk may say "written" and lie.
/// - *syncfs* (I1): every byte of every object before the first name. From here on an object that stands in its place is
///   complete, and a repeat may adopt it. One call for hundreds of small files; on a descriptor opened before the first
///   write, because the kernel tells of a failed write-back only those who were there.
/// - *rename* of each object into the root, never replacing; what stands there is compared byte for byte and adopted.
/// - *syncfs*: the names, and those of new tuple folders. Only now may the journal say that they are there.
/// - Staging is removed. Not synced: what comes back after a power cut the next start removes.
/// - *State* `archived`, a transaction.
///
/// **4. Record** (`BatchRunner.record`). *One transaction*: documents, place in the chain, the manifest's bytes. From here on
/// charts show the documents (I1), and any process can write the manifest.
///
/// **5. Attest** (`ManifestStore.write`)
/// - *fsync of the staged manifest*, which is read back, before its rename: no torn manifest under its own name.
/// - *rename*, never replacing.
/// - *fsync of its folder and of each above it*, also where they were there already: the crash that this repeats may have
///   come between making them and syncing them.
/// - *State* `attested`, a transaction. **This is the acknowledgment:** the paper is no longer needed.
///
/// **6. Retire** (`Retirement`) (I2)
/// - Size and digest are compared with the manifest's; what grew becomes a batch of its own.
/// - *rename* of the claim's folder to the originals; *fsync of the day's folder, those above it, and* `claimed`, for the
///   reason given at the claim. Across filesystems: copy, fsync each, compare, rename, fsync, remove; where nobody can tell whether a
///   writer still holds a file, its own bytes are removed a day later.
/// - *State* `finished`, a transaction.
///
/// **After it** (`LatePages`): a file among the originals that is no longer what its manifest says, because its writer had only
/// paused, goes back into claimed storage as a batch of its own: the row, the rename, *fsync of the new folder and of* `claimed`, *then of
/// the old one*. A crash between row and rename leaves it where it was, and the next look finds it again. It is looked for at every
/// `run` and every few minutes of a `watch` while its manifest is a day old at most, by size and time, and once more, byte by byte,
/// before an original is deleted (`OriginalsKeeper`).
///
/// **A failed sync is final** (`SyncGroup`): the kernel forgets pages that it could not write, and would say "done" the next time. The
/// group refuses everything from then on; a repeat opens a new one and makes the bytes anew from their source. What it may
/// adopt is only what an earlier sync had confirmed before it got its name. The journal's own syncs are SQLite's
/// (`synchronous=FULL`, WAL): it keeps its descriptor, but a commit whose sync failed is rolled back, and the next one writes its pages
/// into the log anew, at the same place, before it asks again; so too a checkpoint.
///
/// **A disk that refuses** stops intake (``IntakeGate``): the batch in hand stays where it is and is the first to be tried again.
enum CommitPath {
  /// States in which the archive's staging may still hold something that will be used: from `archived` on it is debris.
  static func needsStaging(_ state: BatchState) -> Bool { state < .archived }
}
