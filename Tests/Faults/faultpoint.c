// Runs a program and stops it at the n-th system call of a name that touches the site: to kill it there, to make the call
// fail, or to do something else meanwhile (swap a file, cut the power).
//
//     faultpoint --log FILE --root PATH… [--at NAME:N] [--kill | --lie | --error ERRNO [--sticky [--while FILE]] |
//                --run COMMAND] [--workers] -- PROGRAM ARGUMENTS…
//
// strace can do nearly the same, and the dry run is held against it (`points.py`); but its `when=` counts for each thread,
// and a program whose steps wander from thread to thread has no stable points then. Here a call has one number in the whole
// process, whichever thread makes it, and only calls on something below --root count: neither the loader's nor those of
// worker processes (with --workers: only theirs).
//
// --lie: a call that writes says that it wrote everything, and nothing is written.
//
// --sticky: this call and all later ones of its name; with --while only as long as that file exists.
//
// A line of the log for each such call, before it is carried out: `NAME N PATH [-> PATH] [create]`; where a fault is
// injected, a line `INJECTED …` before it. The exit code is the program's, or 128 + the signal that ended it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the registers below are those of x86-64"
#endif

// What a call works on: a descriptor (argument 0), a path (argument 0), a folder and a path (0, 1), two of these (0, 1, 2, 3),
// or nothing of the site.
enum kind { FD, PATH, AT, TWO_PATHS, TWO_AT, ALWAYS };

static const struct { const char *name; long number; enum kind kind; } calls[] = {
  {"openat", SYS_openat, AT}, {"open", SYS_open, PATH}, {"read", SYS_read, FD}, {"pread64", SYS_pread64, FD},
  {"write", SYS_write, FD}, {"pwrite64", SYS_pwrite64, FD}, {"writev", SYS_writev, FD}, {"fsync", SYS_fsync, FD},
  {"fdatasync", SYS_fdatasync, FD}, {"syncfs", SYS_syncfs, FD}, {"rename", SYS_rename, TWO_PATHS},
  {"renameat", SYS_renameat, TWO_AT}, {"renameat2", SYS_renameat2, TWO_AT}, {"link", SYS_link, TWO_PATHS},
  {"linkat", SYS_linkat, TWO_AT}, {"unlink", SYS_unlink, PATH}, {"unlinkat", SYS_unlinkat, AT}, {"mkdir", SYS_mkdir, PATH},
  {"mkdirat", SYS_mkdirat, AT}, {"rmdir", SYS_rmdir, PATH}, {"mknod", SYS_mknod, PATH}, {"mknodat", SYS_mknodat, AT},
  {"ftruncate", SYS_ftruncate, FD}, {"fallocate", SYS_fallocate, FD}, {"fchmod", SYS_fchmod, FD},
  {"fchmodat", SYS_fchmodat, AT}, {"utimensat", SYS_utimensat, AT}, {"flock", SYS_flock, FD},
  {"newfstatat", SYS_newfstatat, AT}, {"fstat", SYS_fstat, FD}, {"statfs", SYS_statfs, PATH},
  {"getdents64", SYS_getdents64, FD}, {"fcntl", SYS_fcntl, FD}, {"sendfile", SYS_sendfile, FD},
  {"copy_file_range", SYS_copy_file_range, FD}, {"socketpair", SYS_socketpair, ALWAYS}, {"pipe2", SYS_pipe2, ALWAYS},
  {"clone", SYS_clone, ALWAYS},
};
enum { CALLS = sizeof calls / sizeof calls[0], ROOTS = 8, THREADS = 4096 };

static const char *roots[ROOTS], *wanted, *command, *while_file;
static int root_count, wanted_number, error_number, sticky, kills, lies, of_workers;
static int counts[CALLS], fired;
static FILE *log_file;
static pid_t first;
// Of every thread that is known: whether it belongs to the first process.
static struct { pid_t id; int is_first; } threads[THREADS];

static void die(const char *what) {
  fprintf(stderr, "faultpoint: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void install_filter(void) {
  struct sock_filter code[CALLS + 4];
  int n = 0;
  code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < CALLS; i++)
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, CALLS - i, 0);
  code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  struct sock_fprog program = {(unsigned short)n, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) die("seccomp");
}

static void descriptor_path(pid_t thread, long fd, char *out, size_t size) {
  char link[64];
  if ((int)fd == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", thread);
  else snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, (int)fd);
  ssize_t n = readlink(link, out, size - 1);
  out[n < 0 ? 0 : n] = 0;
}

static void text_at(pid_t thread, unsigned long long address, char *out, size_t size) {
  // Up to the end of a page at a time: the string may end right before memory that cannot be read.
  size_t done = 0;
  while (address && done + 1 < size) {
    size_t part = 4096 - (address + done) % 4096;
    if (part > size - 1 - done) part = size - 1 - done;
    struct iovec here = {out + done, part}, there = {(void *)(uintptr_t)(address + done), part};
    if (process_vm_readv(thread, &here, 1, &there, 1, 0) != (ssize_t)part) break;
    if (memchr(out + done, 0, part)) return;
    done += part;
  }
  out[done] = 0;
}

static void path_at(pid_t thread, long folder, unsigned long long name, char *out, size_t size) {
  char text[4096];
  text_at(thread, name, text, sizeof text);
  if (text[0] == '/') {
    snprintf(out, size, "%s", text);
    return;
  }
  descriptor_path(thread, folder, out, size);
  size_t n = strlen(out);
  if (text[0]) snprintf(out + n, size - n, "/%s", text);
}

static int is_inside(const char *path) {
  for (int i = 0; i < root_count; i++) {
    size_t n = strlen(roots[i]);
    if (!strncmp(path, roots[i], n) && (!path[n] || path[n] == '/' || path[n] == ' ')) return 1;
  }
  return 0;
}

// Control characters would tear the log's lines.
static void print_path(const char *path) {
  for (; *path; path++) fputc((unsigned char)*path < 32 ? '?' : *path, log_file);
}

static int is_of_first(pid_t thread) {
  int free_place = -1;
  for (int i = 0; i < THREADS; i++) {
    if (threads[i].id == thread) return threads[i].is_first;
    if (!threads[i].id && free_place < 0) free_place = i;
  }
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d", first, thread);
  int is_first = access(path, F_OK) == 0;
  if (free_place >= 0) threads[free_place].id = thread, threads[free_place].is_first = is_first;
  return is_first;
}

static void forget(pid_t thread) {
  for (int i = 0; i < THREADS; i++) if (threads[i].id == thread) threads[i].id = 0;
}

static void inject(pid_t thread, struct user_regs_struct *r, const char *name, int n, const char *path) {
  fprintf(log_file, "INJECTED %s %s %d ", kills ? "KILL" : lies ? "LIE" : command ? "RUN" : strerrorname_np(error_number), name, n);
  print_path(path);
  fputc('\n', log_file);
  fflush(log_file);
  fired = 1;
  if (command && system(command) != 0) die(command);
  if (kills) {
    pid_t group = of_workers ? thread : first;
    if (of_workers) {
      // The group of a worker's thread.
      char file[64], line[128];
      snprintf(file, sizeof file, "/proc/%d/status", thread);
      FILE *f = fopen(file, "r");
      while (f && fgets(line, sizeof line, f)) sscanf(line, "Tgid: %d", &group);
      if (f) fclose(f);
    }
    kill(group, SIGKILL);
  } else if (error_number || lies) {
    r->orig_rax = (unsigned long long)-1;
    // Of write and pwrite64 the third argument is the count.
    r->rax = lies ? r->rdx : (unsigned long long)-(long long)error_number;
    ptrace(PTRACE_SETREGS, thread, 0, r);
  }
}

static void at_call(pid_t thread) {
  struct user_regs_struct r;
  if (ptrace(PTRACE_GETREGS, thread, 0, &r) < 0) return;
  int i = 0;
  while (i < CALLS && calls[i].number != (long)r.orig_rax) i++;
  if (i == CALLS || is_of_first(thread) == of_workers) return;
  char one[8192] = "", two[8192] = "";
  switch (calls[i].kind) {
    case FD: descriptor_path(thread, (long)r.rdi, one, sizeof one); break;
    case PATH: path_at(thread, AT_FDCWD, r.rdi, one, sizeof one); break;
    case AT: path_at(thread, (long)r.rdi, r.rsi, one, sizeof one); break;
    case TWO_PATHS:
      path_at(thread, AT_FDCWD, r.rdi, one, sizeof one);
      path_at(thread, AT_FDCWD, r.rsi, two, sizeof two);
      break;
    case TWO_AT:
      path_at(thread, (long)r.rdi, r.rsi, one, sizeof one);
      path_at(thread, (long)r.rdx, r.r10, two, sizeof two);
      break;
    case ALWAYS:
      if (calls[i].number == SYS_clone && r.rdi & CLONE_THREAD) return;
      break;
  }
  if (calls[i].kind != ALWAYS && !is_inside(one) && !is_inside(two)) return;
  int n = ++counts[i];
  int is_wanted = wanted && !strcmp(wanted, calls[i].name) && (n == wanted_number || (sticky && n > wanted_number));
  if (is_wanted && while_file && access(while_file, F_OK)) is_wanted = 0;
  if (is_wanted) inject(thread, &r, calls[i].name, n, one);
  fprintf(log_file, "%s %d ", calls[i].name, n);
  print_path(one);
  if (two[0]) fputs(" -> ", log_file), print_path(two);
  if (calls[i].number == SYS_openat && r.rdx & O_CREAT) fputs(" create", log_file);
  fputc('\n', log_file);
}

// Who stops us means the program.
static void hand_on(int signal) { kill(first, signal); }

static int trace(void) {
  int result = 125, status;
  pid_t thread;
  signal(SIGTERM, hand_on);
  signal(SIGINT, hand_on);
  while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
    if (thread < 0) continue;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (thread == first) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      forget(thread);
      continue;
    }
    if (!WIFSTOPPED(status)) continue;
    int signal = WSTOPSIG(status), event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP) at_call(thread);
    if (event == PTRACE_EVENT_STOP && (signal == SIGSTOP || signal == SIGTSTP)) {
      ptrace(PTRACE_LISTEN, thread, 0, 0);
      continue;
    }
    ptrace(PTRACE_CONT, thread, 0, event ? 0 : signal);
  }
  return result;
}

static char **parse(int count, char **words) {
  for (int i = 1; i < count; i++) {
    char *word = words[i];
    if (!strcmp(word, "--")) return words + i + 1;
    if (!strcmp(word, "--kill")) kills = 1;
    else if (!strcmp(word, "--lie")) lies = 1;
    else if (!strcmp(word, "--sticky")) sticky = 1;
    else if (!strcmp(word, "--workers")) of_workers = 1;
    else if (i + 1 == count) break;
    else if (!strcmp(word, "--log")) log_file = fopen(words[++i], "we");
    else if (!strcmp(word, "--root") && root_count < ROOTS) roots[root_count++] = words[++i];
    else if (!strcmp(word, "--error")) error_number = atoi(words[++i]);
    else if (!strcmp(word, "--while")) while_file = words[++i];
    else if (!strcmp(word, "--run")) command = words[++i];
    else if (!strcmp(word, "--at")) {
      wanted = words[++i];
      char *colon = strchr(wanted, ':');
      if (colon) *colon = 0, wanted_number = atoi(colon + 1);
    } else break;
  }
  errno = EINVAL;
  die("usage");
  return NULL;
}

int main(int count, char **words) {
  char **program = parse(count, words);
  if (!log_file) die("log");
  first = fork();
  if (first < 0) die("fork");
  if (first == 0) {
    raise(SIGSTOP);
    install_filter();
    execvp(program[0], program);
    die(program[0]);
  }
  int status;
  if (waitpid(first, &status, WUNTRACED) != first) die("waitpid");
  long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
    | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, first, 0, options) < 0) die("ptrace");
  kill(first, SIGCONT);
  int result = trace();
  fclose(log_file);
  return wanted && !fired ? 124 : result;
}
