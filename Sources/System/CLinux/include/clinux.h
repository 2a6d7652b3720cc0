#ifndef CLINUX_H
#define CLINUX_H
// Linux system calls that the Glibc module does not show (no _GNU_SOURCE there), and those whose C form is awkward from
// Swift. Every function gives a value >= 0, or -errno. Interrupted calls are repeated here, so EINTR never comes out.
// `folder` is a descriptor of an open folder or CLINUX_HERE; `name` is zero-terminated and never followed when it is a
// symbolic link.
#include <stddef.h>
#include <stdint.h>

#define CLINUX_HERE (-100)  // AT_FDCWD

typedef struct {
  uint64_t device, inode, links;
  int64_t size;              // bytes
  int64_t modified;          // nanoseconds since 1970
  uint32_t mode, owner;
} clinux_stat;

int clinux_open(int folder, const char *name, int flags, unsigned mode);  // adds O_CLOEXEC; see open(2) for flags
void clinux_close(int descriptor);
int clinux_stat_at(int folder, const char *name, clinux_stat *out);
int clinux_stat_of(int descriptor, clinux_stat *out);
int clinux_mkdir(int folder, const char *name, unsigned mode);
int clinux_unlink(int folder, const char *name, int is_folder);
int clinux_chmod(int folder, const char *name, unsigned mode);
int clinux_rename(int from, const char *old_name, int to, const char *new_name, int no_replace);  // renameat2(2)
int clinux_set_modified(int descriptor, int64_t modified);

int64_t clinux_pread(int descriptor, void *bytes, size_t count, int64_t offset);  // < count only at the end of the file
int64_t clinux_pwrite(int descriptor, const void *bytes, size_t count, int64_t offset);  // all of it or an error

void *clinux_folder_open(int descriptor, int *error);     // takes the descriptor over
int clinux_folder_next(void *folder, char name[256], unsigned char *kind);  // 1: an entry, 0: the end; "." and ".." left out
void clinux_folder_close(void *folder);

int clinux_fsync(int descriptor);
int clinux_syncfs(int descriptor);
int clinux_lock(int descriptor);                          // flock(LOCK_EX | LOCK_NB)
int clinux_is_open_for_writing(int descriptor);           // 1, 0, or -errno where the filesystem cannot tell; read lease
unsigned clinux_umask(unsigned mask);

typedef struct { uint64_t free_bytes, total_bytes, free_inodes, total_inodes; int is_read_only; } clinux_space;
int clinux_space_of(const char *path, clinux_space *out);
int clinux_open_unnamed(const char *folder);               // O_TMPFILE, for writing
int64_t clinux_time(int monotonic);                       // nanoseconds
int clinux_random(void *bytes, size_t count);             // count <= 256

int64_t clinux_open_files_max(uint64_t wanted);            // the limit, raised to `wanted` where we may

int clinux_watch_open(void);                              // inotify, non-blocking
int clinux_watch_add(int descriptor, const char *folder);
int clinux_watch_drain(int descriptor);                   // 1: something came (or was lost), 0: nothing

// A thread that lives as long as the workers it started. PR_SET_PDEATHSIG fires when the *thread* that forked ends, so
// workers may only be started from a thread that outlives them.
void *clinux_spawner_new(int *error);
void clinux_spawner_free(void *spawner);                  // its workers must be gone

typedef struct {
  const char *path;
  char *const *arguments;                                 // null-terminated
  char *const *environment;                               // null-terminated
  uint64_t memory_bytes;                                  // RLIMIT_AS; 0: no limit
  uint64_t cpu_seconds;                                   // RLIMIT_CPU; 0: no limit
  uint32_t files;                                         // RLIMIT_NOFILE
  int inherit_errors;                                     // 1: stderr is the parent's; 0: /dev/null
} clinux_worker;
int clinux_spawn(void *spawner, const clinux_worker *worker, int *channel);  // process id; *channel: our end of fd 3
uint64_t clinux_worker_file_bytes(void);                  // RLIMIT_FSIZE: 0; ThreadSanitizer's runtime writes half a MiB before it starts
int clinux_limits_memory(void);                           // 0 under a sanitizer: its shadow memory is terabytes of address space
int clinux_confine(void);                                 // seccomp for a worker; -EINVAL or -ENOSYS: the kernel has none
int clinux_kill(int process);                             // SIGKILL
int clinux_reap(int process, int block, int *status);     // 1: ended, 0: still running

// The channel: a stream socket. A descriptor, if any, travels with the first byte.
int64_t clinux_send(int channel, const void *bytes, size_t count, int descriptor, int milliseconds);  // < 0 or what was sent
int64_t clinux_receive(int channel, void *bytes, size_t count, int *descriptor, int milliseconds);
// -ETIMEDOUT after the time; milliseconds < 0: for ever. receive gives what came (at least 1 byte, at most count), or 0 at
// the end; *descriptor is set when one came with it; null: none is taken.
#endif
