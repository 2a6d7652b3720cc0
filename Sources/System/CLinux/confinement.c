#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

// What a worker needs to decode bytes that it was handed: to compute, to read the descriptors that it was given, to talk over
// its socket, and to end. It opens nothing, starts nothing, signals nobody but itself, and runs no code that was not there
// when it started (seccomp(2), Documentation/userspace-api/seccomp_filter.rst).
static const int plain[] = {
    SYS_read, SYS_readv, SYS_pread64, SYS_write, SYS_writev, SYS_lseek, SYS_close, SYS_fstat,
    SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom, SYS_ppoll,
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
    SYS_futex, SYS_sched_yield, SYS_sched_getaffinity, SYS_set_robust_list,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
    SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrandom,
    SYS_getpid, SYS_gettid, SYS_sysinfo, SYS_restart_syscall, SYS_exit, SYS_exit_group,
    // How libdispatch's threads wait, the main one too; refused, they ask again and again and take a processor each.
    SYS_epoll_ctl, SYS_epoll_pwait, SYS_timerfd_settime, SYS_rt_sigsuspend,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
};
enum { PLAIN = sizeof plain / sizeof *plain };

#ifdef MACHINE
#define LOAD(offset) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define JUMP(test, value, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | test | BPF_K, value, yes, no)
#define ANSWER(what) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, what)
// Beyond the end it only counts; a filter that did not fit is refused below.
#define ADD(what) do { if (at < RULES) rule[at] = (what); at++; } while (0)
#define NUMBER offsetof(struct seccomp_data, nr)
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))  // its lower half, little-endian

int clinux_confine(void) {
  enum { RULES = PLAIN * 2 + 64 };
  struct sock_filter rule[RULES];
  int at = 0;
  ADD(LOAD(offsetof(struct seccomp_data, arch)));
  ADD(JUMP(BPF_JEQ, MACHINE, 1, 0));
  ADD(ANSWER(SECCOMP_RET_KILL_PROCESS));
  ADD(LOAD(NUMBER));
  for (int i = 0; i < PLAIN; i++) {
    ADD(JUMP(BPF_JEQ, plain[i], 0, 1));
    ADD(ANSWER(SECCOMP_RET_ALLOW));
  }
  // Memory, but none that holds code.
  const int memory[] = {SYS_mmap, SYS_mprotect};
  for (int i = 0; i < 2; i++) {
    ADD(JUMP(BPF_JEQ, memory[i], 0, 4));
    ADD(LOAD(ARGUMENT(2)));
    ADD(JUMP(BPF_JSET, PROT_EXEC, 0, 1));
    ADD(ANSWER(SECCOMP_RET_ERRNO | EPERM));
    ADD(ANSWER(SECCOMP_RET_ALLOW));
  }
  // fstat(3), which glibc asks with the descriptor and an empty name.
  ADD(JUMP(BPF_JEQ, SYS_newfstatat, 0, 4));
  ADD(LOAD(ARGUMENT(3)));
  ADD(JUMP(BPF_JSET, AT_EMPTY_PATH, 1, 0));
  ADD(ANSWER(SECCOMP_RET_ERRNO | EPERM));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  // A signal to itself: abort(3).
  ADD(JUMP(BPF_JEQ, SYS_tgkill, 0, 4));
  ADD(LOAD(ARGUMENT(0)));
  ADD(JUMP(BPF_JEQ, getpid(), 1, 0));
  ADD(ANSWER(SECCOMP_RET_ERRNO | EPERM));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  // A descriptor's flags: whether it closes when a program starts, and, asked only, how it was opened. Whoever may set a descriptor's
  // owner and signal (F_SETOWN, F_SETSIG) can have the kernel send any signal to any process of this user.
  const int commands[] = {F_GETFD, F_SETFD, F_GETFL};
  enum { COMMANDS = sizeof commands / sizeof *commands };
  ADD(JUMP(BPF_JEQ, SYS_fcntl, 0, COMMANDS + 3));
  ADD(LOAD(ARGUMENT(1)));
  for (int i = 0; i < COMMANDS; i++) ADD(JUMP(BPF_JEQ, commands[i], COMMANDS - i, 0));
  ADD(ANSWER(SECCOMP_RET_ERRNO | EPERM));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  // Its own limits may be asked for, not set: root could raise them.
  ADD(JUMP(BPF_JEQ, SYS_prlimit64, 0, 8));
  ADD(LOAD(ARGUMENT(0)));
  ADD(JUMP(BPF_JEQ, 0, 0, 5));
  ADD(LOAD(ARGUMENT(2)));
  ADD(JUMP(BPF_JEQ, 0, 0, 3));
  ADD(LOAD(ARGUMENT(2) + 4));
  ADD(JUMP(BPF_JEQ, 0, 0, 1));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  ADD(ANSWER(SECCOMP_RET_ERRNO | EPERM));
  // An error, not death: a library that asks for more than it needs (a locale's file, a debugger) goes on without.
  ADD(ANSWER(SECCOMP_RET_ERRNO | EPERM));

  if (at > RULES) return -E2BIG;
  struct sock_fprog filter = {(unsigned short)at, rule};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
  // Every thread of the process, those that a library has started too.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0 ? 0 : -errno;
}
#else
int clinux_confine(void) { return -ENOSYS; }
#endif
