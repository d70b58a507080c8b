/*
 * Failures of the system that cannot be had without root: loaded into the daemon by LD_PRELOAD, steered by a file that both sides map.
 *
 * Writes to files whose path contains `match` fail with `write_errno`; file events fail with `inotify_errno`; the wall clock is off by
 * `clock_offset_ns`. Zeros do nothing. `failures` counts what was made to fail, so that a test knows that it tried something.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  volatile int32_t write_errno;
  volatile int32_t inotify_errno;
  volatile int64_t clock_offset_ns;
  volatile int32_t failures;
  char match[236];
};

static struct control *control = NULL;

__attribute__((constructor)) static void map_control(void) {
  const char *path = getenv("OSTWALD_SHIM");
  int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) control = at;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REAL(name) ({ static __typeof__(&name) real; if (real == NULL) real = NEXT(name); real; })

/* Whether a write to `fd` is to fail now; sets errno. */
static int fails(int fd) {
  if (control == NULL || control->write_errno == 0) return 0;
  char link[32], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (strstr(path, control->match) == NULL) return 0;
  __sync_fetch_and_add(&control->failures, 1);
  errno = control->write_errno;
  return 1;
}

ssize_t write(int fd, const void *data, size_t size) { return fails(fd) ? -1 : REAL(write)(fd, data, size); }
ssize_t writev(int fd, const struct iovec *data, int count) { return fails(fd) ? -1 : REAL(writev)(fd, data, count); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return fails(fd) ? -1 : REAL(pwrite)(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return fails(fd) ? -1 : REAL(pwrite64)(fd, data, size, at); }
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t at) { return fails(fd) ? -1 : REAL(pwritev)(fd, data, count, at); }
int fsync(int fd) { return fails(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t size) { return fails(fd) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails(fd) ? -1 : REAL(ftruncate64)(fd, size); }

/* The system's two ways to say that there are too many watches: EMFILE, ENOSPC. */
static int inotify_fails(void) {
  if (control == NULL || control->inotify_errno == 0) return 0;
  __sync_fetch_and_add(&control->failures, 1);
  errno = control->inotify_errno;
  return 1;
}

int inotify_init1(int flags) { return inotify_fails() ? -1 : REAL(inotify_init1)(flags); }
int inotify_add_watch(int fd, const char *path, uint32_t mask) {
  return inotify_fails() ? -1 : REAL(inotify_add_watch)(fd, path, mask);
}

static int64_t offset_ns(void) { return control == NULL ? 0 : control->clock_offset_ns; }

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = REAL(clock_gettime)(clock, now);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  int64_t ns = now->tv_sec * 1000000000LL + now->tv_nsec + offset_ns();
  now->tv_sec = ns / 1000000000LL;
  now->tv_nsec = ns % 1000000000LL;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (result != 0) return result;
  int64_t us = now->tv_sec * 1000000LL + now->tv_usec + offset_ns() / 1000;
  now->tv_sec = us / 1000000LL;
  now->tv_usec = us % 1000000LL;
  return 0;
}

time_t time(time_t *at) {
  time_t now = REAL(time)(NULL) + offset_ns() / 1000000000LL;
  if (at != NULL) *at = now;
  return now;
}
