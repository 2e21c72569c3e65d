/* System calls and memory without libc's state: see raw.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

void *
pgo_raw_map (size_t size)
{
  long result = pgo_syscall (SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return pgo_raw_failed (result) ? NULL : (void *) result;
}

void
pgo_raw_unmap (void *memory, size_t size)
{
  if (memory != NULL)
    pgo_syscall (SYS_munmap, memory, size);
}

int
pgo_raw_open (const char *path, int flags, int mode)
{
  long fd;
  do
    fd = pgo_syscall (SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
  while (fd == -EINTR);
  return (int) fd;
}

void
pgo_raw_close (int fd)
{
  if (fd >= 0)
    pgo_syscall (SYS_close, fd);
}

long
pgo_raw_read (int fd, void *buffer, size_t size)
{
  size_t done = 0;
  while (done < size)
    {
      long n = pgo_syscall (SYS_read, fd, (char *) buffer + done, size - done);
      if (n == -EINTR)
        continue;
      if (n < 0)
        return n;
      if (n == 0)
        break;
      done += (size_t) n;
    }
  return (long) done;
}

int
pgo_raw_write (int fd, const void *data, size_t size)
{
  size_t done = 0;
  while (done < size)
    {
      long n = pgo_syscall (SYS_write, fd, (const char *) data + done, size - done);
      if (n == -EINTR)
        continue;
      if (n < 0)
        return (int) n;
      if (n == 0)
        return -EIO;
      done += (size_t) n;
    }
  return 0;
}

bool
pgo_raw_peek (uint64_t address, void *buffer, size_t size)
{
  if (pgo_raw_forbidden (SYS_process_vm_readv))
    return false;
  struct iovec here = { buffer, size };
  struct iovec there = { (void *) (uintptr_t) address, size };
  long pid = pgo_syscall (SYS_getpid);
  long n = pgo_syscall (SYS_process_vm_readv, pid, &here, 1, &there, 1, 0);
  return n == (long) size;
}

void
pgo_raw_wait (uint32_t *word, uint32_t expected, long timeout_ms)
{
  struct timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000 };
  pgo_syscall (SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ms < 0 ? NULL : &timeout);
}

void
pgo_raw_wake (uint32_t *word)
{
  pgo_syscall (SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

static uint64_t
clock_ns (int clock)
{
  struct timespec now = { 0, 0 };
  pgo_syscall (SYS_clock_gettime, clock, &now);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

uint64_t
pgo_raw_now_ns (void)
{
  return clock_ns (CLOCK_MONOTONIC);
}

uint64_t
pgo_raw_date_ns (void)
{
  return clock_ns (CLOCK_REALTIME);
}

uint64_t
pgo_raw_thread_time_ns (void)
{
  return clock_ns (CLOCK_THREAD_CPUTIME_ID);
}

uint64_t
pgo_raw_user_time_ns (void)
{
  struct rusage usage;
  memset (&usage, 0, sizeof usage);
  pgo_syscall (SYS_getrusage, RUSAGE_SELF, &usage);
  return (uint64_t) usage.ru_utime.tv_sec * 1000000000u + (uint64_t) usage.ru_utime.tv_usec * 1000u;
}

void
pgo_text_add_n (struct pgo_text *text, const char *bytes, size_t n)
{
  for (size_t i = 0; i < n && text->length + 1 < text->size; i++)
    text->bytes[text->length++] = bytes[i];
  if (text->size != 0)
    text->bytes[text->length] = 0;
}

void
pgo_text_add (struct pgo_text *text, const char *string)
{
  pgo_text_add_n (text, string, strlen (string));
}

void
pgo_text_add_number (struct pgo_text *text, uint64_t number)
{
  char digits[20];
  size_t at = sizeof digits;
  do
    digits[--at] = (char) ('0' + number % 10);
  while ((number /= 10) != 0);
  pgo_text_add_n (text, digits + at, sizeof digits - at);
}

void
pgo_text_add_milli (struct pgo_text *text, uint64_t number)
{
  char fraction[4] = { '.', (char) ('0' + number / 100 % 10), (char) ('0' + number / 10 % 10),
                       (char) ('0' + number % 10) };
  pgo_text_add_number (text, number / 1000);
  pgo_text_add_n (text, fraction, sizeof fraction);
}

void
pgo_text_add_error (struct pgo_text *text, int number)
{
  static const struct
  {
    int number;
    const char *message;
  } messages[] = {
    { EPERM, "not permitted" },
    { EACCES, "permission denied" },
    { ENOENT, "no such file" },
    { ENOSYS, "not in this kernel" },
    { EINVAL, "not supported by this kernel" },
    { EOPNOTSUPP, "not supported" },
    { ENOMEM, "out of memory" },
    { EAGAIN, "no resources" },
    { EMFILE, "too many open files" },
    { ENFILE, "too many open files" },
    { ENOSPC, "no space left" },
    { EROFS, "read-only file system" },
    { EISDIR, "is a directory" },
    { ENOTDIR, "not a directory" },
    { EALREADY, "running already" },
    { EADDRINUSE, "address in use" },
    { EADDRNOTAVAIL, "not an address of this machine" },
    { ENAMETOOLONG, "name too long" },
  };
  for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
    if (messages[i].number == number)
      {
        pgo_text_add (text, messages[i].message);
        return;
      }
  pgo_text_add (text, "error ");
  pgo_text_add_number (text, (uint64_t) number);
}

/* Calls that ordinary services never make, with arguments that make them fail or do nothing.  */
static const struct
{
  long number, arguments[4];
} unusual_calls[] = {
  { SYS_perf_event_open, { 0, 0, -1, -1 } },
  { SYS_process_vm_readv, { 0, 0, 0, 0 } },
  { SYS_timer_create, { -1, 0, 0, 0 } },
  { SYS_unshare, { 0, 0, 0, 0 } },
  { SYS_memfd_create, { 0, 0, 0, 0 } },
#ifdef SYS_close_range
  { SYS_close_range, { -1, -1, 0, 0 } },
#endif
};
#define N_UNUSUAL_CALLS (sizeof unusual_calls / sizeof unusual_calls[0])

static bool forbidden_calls[N_UNUSUAL_CALLS];

/* Asked without a file descriptor: at this time it would be one of the program's table, and a program that
   closes a descriptor to have its number for the next one would find it taken.  -EINVAL: nobody filters, in a
   kernel without seccomp, or under qemu-user.  */
static bool
is_filtered (void)
{
  long mode = pgo_syscall (SYS_prctl, PR_GET_SECCOMP);
  return mode != 0 && mode != -EINVAL;
}

void
pgo_raw_probe (void)
{
  bool filtered = is_filtered ();
  for (size_t i = 0; i < N_UNUSUAL_CALLS; i++)
    {
      const long *a = unusual_calls[i].arguments;
      if (!filtered)
        {
          forbidden_calls[i] = false;
          continue;
        }
      /* No signal tells the program of this child, and wait doesn't see it.  */
      long pid = pgo_syscall (SYS_clone, 0);
      if (pid == 0)
        {
          pgo_syscall (unusual_calls[i].number, a[0], a[1], a[2], a[3]);
          pgo_syscall (SYS_exit_group, 0);
        }
      int status = 0;
      forbidden_calls[i] = pid < 0;
      if (pid > 0 && pgo_syscall (SYS_wait4, pid, &status, __WALL, NULL) == pid)
        forbidden_calls[i] = (status & 0x7f) != 0; /* WIFSIGNALED.  */
    }
}

bool
pgo_raw_forbidden (long number)
{
  for (size_t i = 0; i < N_UNUSUAL_CALLS; i++)
    if (unusual_calls[i].number == number)
      return forbidden_calls[i];
  return false;
}

/* What getdents64 fills in.  */
struct directory_entry
{
  uint64_t inode;
  int64_t next;
  uint16_t size;
  uint8_t type;
  char name[];
};

int
pgo_raw_each_thread (bool (*function) (int tid, void *data), void *data)
{
  int fd = pgo_raw_open ("/proc/self/task", O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0)
    return fd;
  _Alignas (8) char buffer[4096];
  long n;
  bool more = true;
  while (more && (n = pgo_syscall (SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
    for (long at = 0; more && at < n;)
      {
        const struct directory_entry *entry = (const struct directory_entry *) (buffer + at);
        at += entry->size;
        int tid = 0;
        for (const char *digit = entry->name; *digit >= '0' && *digit <= '9'; digit++)
          tid = tid * 10 + (*digit - '0');
        if (tid != 0)
          more = function (tid, data);
      }
  pgo_raw_close (fd);
  return 0;
}
