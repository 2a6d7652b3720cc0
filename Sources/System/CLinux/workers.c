#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The spawner: one request at a time, carried out on its own thread.
struct spawner {
  pthread_t thread;
  pthread_mutex_t turn;    // held by the caller whose request it is
  pthread_mutex_t mutex;   // guards what follows
  pthread_cond_t changed;
  const clinux_worker *request;
  int channel, result, done, stop;
};

static void limit(int what, uint64_t value) {
  struct rlimit r = {value, value};
  setrlimit(what, &r);
}

int clinux_limits_memory(void) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return 0;
#else
  return 1;
#endif
}

uint64_t clinux_worker_file_bytes(void) {
#if __has_feature(thread_sanitizer)
  return 1 << 20;
#else
  return 0;
#endif
}

static void close_from(unsigned first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  struct rlimit r;
  rlim_t end = getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < 65536 ? r.rlim_cur : 65536;
  for (rlim_t fd = first; fd < end; fd++) close((int)fd);
}

// Between fork and exec: only calls that are safe after a fork in a process with threads (signal-safety(7)).
static void become(const clinux_worker *w, int channel, int report, pid_t parent) {
  int error;
  sigset_t none;
  sigemptyset(&none);
  for (int s = 1; s < NSIG; s++)
    if (s != SIGKILL && s != SIGSTOP) signal(s, SIG_DFL);
  // Ctrl-C and a service stop reach the whole group; the parent decides when a worker ends, so that what is in hand is
  // finished.
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) _exit(126);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) goto failed;

  // Out of the way of 0…4 first, so that none of the dup2 below overwrites another.
  if ((channel = fcntl(channel, F_DUPFD, 10)) < 0 || (report = fcntl(report, F_DUPFD, 11)) < 0) goto failed;
  int null = open("/dev/null", O_RDWR);
  if (null < 0) goto failed;
  if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || (!w->inherit_errors && dup2(null, 2) < 0)) goto failed;
  if (dup2(channel, 3) < 0 || dup2(report, 4) < 0) goto failed;
  report = 4;
  if (fcntl(4, F_SETFD, FD_CLOEXEC) < 0) goto failed;
  close_from(5);

  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, clinux_worker_file_bytes());
  limit(RLIMIT_NOFILE, w->files);
  if (w->cpu_seconds) limit(RLIMIT_CPU, w->cpu_seconds);
  if (w->memory_bytes && clinux_limits_memory()) limit(RLIMIT_AS, w->memory_bytes);
  execve(w->path, w->arguments, w->environment);
failed:
  error = errno;
  ssize_t n = write(report, &error, sizeof error);
  (void)n;
  _exit(127);
}

static int start(const clinux_worker *w, int *channel) {
  int pair[2], report[2], error = 0;
  pid_t parent = getpid();
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
  if (pipe2(report, O_CLOEXEC) < 0) {
    error = errno;
    close(pair[0]);
    close(pair[1]);
    return -error;
  }
  // No signal may run a handler of ours in the child before it has reset them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0) become(w, pair[1], report[1], parent);
  if (pid < 0) error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(pair[1]);
  close(report[1]);
  if (pid > 0) {
    ssize_t n;
    do { n = read(report[0], &error, sizeof error); } while (n < 0 && errno == EINTR);
    if (n != sizeof error) error = 0;  // the pipe closed at exec: it runs
    else waitpid(pid, NULL, 0);
  }
  close(report[0]);
  if (error) {
    close(pair[0]);
    return -error;
  }
  *channel = pair[0];
  return pid;
}

static void *serve(void *context) {
  struct spawner *s = context;
  pthread_mutex_lock(&s->mutex);
  while (!s->stop) {
    if (s->request) {
      s->result = start(s->request, &s->channel);
      s->request = NULL;
      s->done = 1;
      pthread_cond_broadcast(&s->changed);
    }
    if (!s->stop) pthread_cond_wait(&s->changed, &s->mutex);
  }
  pthread_mutex_unlock(&s->mutex);
  return NULL;
}

void *clinux_spawner_new(int *error) {
  struct spawner *s = calloc(1, sizeof *s);
  if (!s) {
    *error = -ENOMEM;
    return NULL;
  }
  pthread_mutex_init(&s->turn, NULL);
  pthread_mutex_init(&s->mutex, NULL);
  pthread_cond_init(&s->changed, NULL);
  int r = pthread_create(&s->thread, NULL, serve, s);
  if (r) {
    free(s);
    *error = -r;
    return NULL;
  }
  return s;
}

void clinux_spawner_free(void *spawner) {
  struct spawner *s = spawner;
  pthread_mutex_lock(&s->mutex);
  s->stop = 1;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->mutex);
  pthread_join(s->thread, NULL);
  free(s);
}

int clinux_spawn(void *spawner, const clinux_worker *worker, int *channel) {
  struct spawner *s = spawner;
  pthread_mutex_lock(&s->turn);
  pthread_mutex_lock(&s->mutex);
  s->request = worker;
  s->done = 0;
  pthread_cond_broadcast(&s->changed);
  while (!s->done) pthread_cond_wait(&s->changed, &s->mutex);
  int result = s->result;
  if (result > 0) *channel = s->channel;
  pthread_mutex_unlock(&s->mutex);
  pthread_mutex_unlock(&s->turn);
  return result;
}

int clinux_kill(int process) { return kill(process, SIGKILL) < 0 ? -errno : 0; }

int clinux_reap(int process, int block, int *status) {
  for (;;) {
    pid_t r = waitpid(process, status, block ? 0 : WNOHANG);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return -errno;
    return r == process;
  }
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// 1: ready; -ETIMEDOUT; -errno.
static int wait_for(int fd, short events, int64_t until) {
  for (;;) {
    int64_t left = until < 0 ? -1 : until - now();
    if (until >= 0 && left < 0) left = 0;
    struct pollfd p = {fd, events, 0};
    int r = poll(&p, 1, left > 1000000000 ? 1000000000 : (int)left);
    if (r > 0) return 1;
    if (r < 0 && errno != EINTR) return -errno;
    if (r == 0 && until >= 0 && now() >= until) return -ETIMEDOUT;
  }
}

int64_t clinux_send(int channel, const void *bytes, size_t count, int descriptor, int milliseconds) {
  int64_t until = milliseconds < 0 ? -1 : now() + milliseconds;
  size_t done = 0;
  while (done < count) {
    struct iovec part = {(char *)bytes + done, count - done};
    union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control;
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0 && done == 0) {
      memset(&control, 0, sizeof control);
      m.msg_control = control.space;
      m.msg_controllen = sizeof control.space;
      struct cmsghdr *c = CMSG_FIRSTHDR(&m);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
    }
    ssize_t n = sendmsg(channel, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      done += (size_t)n;
    } else if (n < 0 && errno == EAGAIN) {
      int r = wait_for(channel, POLLOUT, until);
      if (r < 0) return r;
    } else if (n < 0 && errno != EINTR) {
      return -errno;
    }
  }
  return (int64_t)done;
}

int64_t clinux_receive(int channel, void *bytes, size_t count, int *descriptor, int milliseconds) {
  int64_t until = milliseconds < 0 ? -1 : now() + milliseconds;
  for (;;) {
    struct iovec part = {bytes, count};
    union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control;
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor) {
      m.msg_control = control.space;
      m.msg_controllen = sizeof control.space;
    }
    ssize_t n = recvmsg(channel, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == ECONNRESET) return 0;
    if (n < 0 && errno != EAGAIN) return -errno;
    if (n < 0) {
      int r = wait_for(channel, POLLIN, until);
      if (r < 0) return r;
      continue;
    }
    for (struct cmsghdr *c = descriptor ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      if (*descriptor >= 0) close(*descriptor);
      memcpy(descriptor, CMSG_DATA(c), sizeof(int));
    }
    return n;
  }
}
