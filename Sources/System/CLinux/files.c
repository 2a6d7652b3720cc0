#define _GNU_SOURCE
#include "clinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define REPEAT(call) ({ long r_; do { r_ = (call); } while (r_ < 0 && errno == EINTR); r_ < 0 ? -errno : r_; })

int clinux_open(int folder, const char *name, int flags, unsigned mode) {
  return REPEAT(openat(folder, name, flags | O_CLOEXEC, (mode_t)mode));
}

// Never repeated: on Linux the descriptor is gone even after EINTR (close(2)).
void clinux_close(int descriptor) { close(descriptor); }

int clinux_open_unnamed(const char *folder) { return REPEAT(open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)); }

static void fill(const struct stat *from, clinux_stat *out) {
  out->device = from->st_dev;
  out->inode = from->st_ino;
  out->links = from->st_nlink;
  out->size = from->st_size;
  out->modified = (int64_t)from->st_mtim.tv_sec * 1000000000 + from->st_mtim.tv_nsec;
  out->mode = from->st_mode;
  out->owner = from->st_uid;
}

int clinux_stat_at(int folder, const char *name, clinux_stat *out) {
  struct stat s;
  int r = REPEAT(fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW));
  if (r == 0) fill(&s, out);
  return r;
}

int clinux_stat_of(int descriptor, clinux_stat *out) {
  struct stat s;
  int r = REPEAT(fstat(descriptor, &s));
  if (r == 0) fill(&s, out);
  return r;
}

int clinux_mkdir(int folder, const char *name, unsigned mode) { return REPEAT(mkdirat(folder, name, (mode_t)mode)); }

int clinux_unlink(int folder, const char *name, int is_folder) {
  return REPEAT(unlinkat(folder, name, is_folder ? AT_REMOVEDIR : 0));
}

int clinux_chmod(int folder, const char *name, unsigned mode) { return REPEAT(fchmodat(folder, name, (mode_t)mode, 0)); }

int clinux_rename(int from, const char *old_name, int to, const char *new_name, int no_replace) {
  int r = REPEAT(renameat2(from, old_name, to, new_name, no_replace ? RENAME_NOREPLACE : 0));
  if (no_replace && (r == -EINVAL || r == -ENOSYS)) {
    // A filesystem without RENAME_NOREPLACE (some network and FUSE ones). Our targets have fixed names in folders that
    // only the holder of a lock writes to, so a look before the rename is enough there.
    struct stat s;
    if (fstatat(to, new_name, &s, AT_SYMLINK_NOFOLLOW) == 0) return -EEXIST;
    if (errno != ENOENT) return -errno;
    r = REPEAT(renameat(from, old_name, to, new_name));
  }
  return r;
}

int clinux_set_modified(int descriptor, int64_t modified) {
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = modified / 1000000000, .tv_nsec = modified % 1000000000}};
  if (times[1].tv_nsec < 0) {
    times[1].tv_nsec += 1000000000;
    times[1].tv_sec -= 1;
  }
  return REPEAT(futimens(descriptor, times));
}

int64_t clinux_pread(int descriptor, void *bytes, size_t count, int64_t offset) {
  size_t done = 0;
  while (done < count) {
    ssize_t n = pread(descriptor, (char *)bytes + done, count - done, offset + (int64_t)done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) break;
    done += (size_t)n;
  }
  return (int64_t)done;
}

int64_t clinux_pwrite(int descriptor, const void *bytes, size_t count, int64_t offset) {
  size_t done = 0;
  while (done < count) {
    ssize_t n = pwrite(descriptor, (const char *)bytes + done, count - done, offset + (int64_t)done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) return -EIO;
    done += (size_t)n;
  }
  return (int64_t)done;
}

void *clinux_folder_open(int descriptor, int *error) {
  DIR *d = fdopendir(descriptor);
  if (!d) {
    *error = -errno;
    close(descriptor);
  }
  return d;
}

int clinux_folder_next(void *folder, char name[256], unsigned char *kind) {
  for (;;) {
    errno = 0;
    struct dirent *e = readdir(folder);
    if (!e) return errno == EINTR ? -EIO : -errno;
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
    size_t length = strlen(e->d_name);
    if (length > 255) return -ENAMETOOLONG;
    memcpy(name, e->d_name, length + 1);
    *kind = e->d_type;
    return 1;
  }
}

void clinux_folder_close(void *folder) { closedir(folder); }

// Not repeated after an error: the kernel reports a failed write-back once and forgets it (fsync(2), Notes).
int clinux_fsync(int descriptor) { return fsync(descriptor) < 0 ? -errno : 0; }
int clinux_syncfs(int descriptor) { return syncfs(descriptor) < 0 ? -errno : 0; }

int clinux_lock(int descriptor) { return REPEAT(flock(descriptor, LOCK_EX | LOCK_NB)); }

int clinux_is_open_for_writing(int descriptor) {
  // Who opens the file for writing while we hold the lease makes the kernel send us a signal: SIGIO, which would end the
  // process, unless another is asked for. SIGURG is ignored by default.
  if (fcntl(descriptor, F_SETSIG, SIGURG) < 0) return -errno;
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) < 0) return errno == EAGAIN ? 1 : -errno;
  if (fcntl(descriptor, F_SETLEASE, F_UNLCK) < 0) return -errno;
  return 0;
}

unsigned clinux_umask(unsigned mask) { return umask((mode_t)mask); }

int clinux_space_of(const char *path, clinux_space *out) {
  struct statvfs v;
  int r = REPEAT(statvfs(path, &v));
  if (r < 0) return r;
  out->free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
  out->total_bytes = (uint64_t)v.f_blocks * v.f_frsize;
  out->free_inodes = v.f_favail;
  out->total_inodes = v.f_files;
  out->is_read_only = (v.f_flag & ST_RDONLY) != 0;
  return 0;
}

int64_t clinux_time(int monotonic) {
  struct timespec t;
  clock_gettime(monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int clinux_random(void *bytes, size_t count) {
  long n = REPEAT(getrandom(bytes, count, 0));
  return n < 0 ? (int)n : n == (long)count ? 0 : -EIO;
}

int64_t clinux_open_files_max(uint64_t wanted) {
  struct rlimit r;
  if (getrlimit(RLIMIT_NOFILE, &r) < 0) return -errno;
  if (r.rlim_cur < wanted && r.rlim_cur < r.rlim_max) {
    r.rlim_cur = wanted < r.rlim_max ? wanted : r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    if (getrlimit(RLIMIT_NOFILE, &r) < 0) return -errno;
  }
  return r.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)r.rlim_cur;
}

int clinux_watch_open(void) {
  int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int clinux_watch_add(int descriptor, const char *folder) {
  uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
  int w = inotify_add_watch(descriptor, folder, mask);
  return w < 0 ? -errno : 0;
}

int clinux_watch_drain(int descriptor) {
  char buffer[16384];
  int any = 0;
  for (;;) {
    ssize_t n = read(descriptor, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return any;
    if (n < 0) return -errno;
    if (n == 0) return any;
    any = 1;  // What it says does not matter, nor whether the queue overflowed: the scan is the truth.
  }
}
