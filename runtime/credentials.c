/* The rights of the runtime's threads: see credentials.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/credentials.h"
#include "runtime/raw.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>

/* A read of /proc/self/status takes some 20 us: a ten-thousandth of the time at this pace.  */
#define FOLLOW_MS 200u
/* What follows NAME at the start of a line of TEXT; NULL if there is no such line.  */
static const char *
field (const char *text, const char *name)
{
  size_t length = strlen (name);
  for (const char *line = text; *line != 0;)
    {
      if (strncmp (line, name, length) == 0)
        return line + length;
      line = strchr (line, '\n');
      if (line == NULL)
        break;
      line++;
    }
  return NULL;
}

/* The next number of a line, or false at its end.  */
static bool
take (const char **at, unsigned base, uint64_t *number)
{
  while (**at == ' ' || **at == '\t')
    ++*at;
  if (**at == '\n' || **at == 0)
    return false;
  uint64_t n = 0;
  for (; **at > ' '; ++*at)
    n = n * base + (uint64_t) (**at <= '9' ? **at - '0' : (**at | 32) - 'a' + 10);
  *number = n;
  return true;
}

static bool
read_rights (struct pgo_credentials *credentials, struct pgo_rights *rights)
{
  const char *uid, *gid, *groups, *permitted, *effective;
  long n = pgo_syscall (SYS_pread64, credentials->fd, credentials->text, sizeof credentials->text - 1, 0);
  if (n <= 0)
    return false;
  credentials->text[n] = 0;
  memset (rights, 0, sizeof *rights);
  if ((uid = field (credentials->text, "Uid:")) == NULL || (gid = field (credentials->text, "Gid:")) == NULL)
    return false;
  for (int i = 0; i < 3; i++)
    {
      uint64_t u, g;
      if (!take (&uid, 10, &u) || !take (&gid, 10, &g))
        return false;
      rights->uid[i] = (uint32_t) u;
      rights->gid[i] = (uint32_t) g;
    }
  permitted = field (credentials->text, "CapPrm:");
  effective = field (credentials->text, "CapEff:");
  if (permitted != NULL)
    take (&permitted, 16, &rights->permitted);
  if (effective != NULL)
    take (&effective, 16, &rights->effective);
  uint64_t group;
  groups = field (credentials->text, "Groups:");
  while (groups != NULL && take (&groups, 10, &group))
    if (rights->n_groups < PGO_MAX_GROUPS)
      rights->groups[rights->n_groups++] = (uint32_t) group;
    else
      {
        memset (rights->groups, 0, sizeof rights->groups);
        rights->n_groups = 0;
        break;
      }
  return true;
}

#if PGO_RAW_THREAD
static bool
is_privileged (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2];
  uint32_t real = 0, effective = 0, saved = 0;
  memset (data, 0, sizeof data);
  if (pgo_syscall (SYS_getresuid, &real, &effective, &saved) != 0
      || pgo_syscall (SYS_capget, &header, data) != 0)
    return true;
  return real == 0 || effective == 0 || saved == 0 || data[0].permitted != 0 || data[1].permitted != 0;
}
#endif

unsigned
pgo_credentials_begin (struct pgo_credentials *credentials)
{
  credentials->fd = -1;
#if PGO_RAW_THREAD
  if (!is_privileged ())
    return 0;
  /* If this fails, so will pgo_credentials_follow: what can't follow must not stay.  */
  credentials->fd = pgo_raw_open ("/proc/self/status", O_RDONLY, 0);
  if (credentials->fd >= 0 && !read_rights (credentials, &credentials->then))
    pgo_credentials_end (credentials);
  return FOLLOW_MS;
#else
  return 0;
#endif
}

static bool
set_capabilities (uint64_t permitted, uint64_t effective)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2];
  memset (data, 0, sizeof data);
  for (int i = 0; i < 2; i++)
    {
      data[i].permitted = (uint32_t) (permitted >> 32 * i);
      data[i].effective = (uint32_t) (effective >> 32 * i);
    }
  return pgo_syscall (SYS_capset, &header, data) == 0;
}

bool
pgo_credentials_follow (struct pgo_credentials *credentials)
{
  struct pgo_rights *now = &credentials->now, *then = &credentials->then;
  if (credentials->fd < 0 || !read_rights (credentials, now))
    return false;
  if (memcmp (now, then, sizeof *now) == 0)
    return true;
  /* Changing them makes the kernel forbid core dumps and debuggers to the whole process: leave that to
     the program.  */
  long dumpable = pgo_syscall (SYS_prctl, PR_GET_DUMPABLE);
  bool done = true;
  if (now->n_groups != then->n_groups || memcmp (now->groups, then->groups, sizeof now->groups) != 0)
    done &= pgo_syscall (SYS_setgroups, now->n_groups, now->groups) == 0;
  if (memcmp (now->gid, then->gid, sizeof now->gid) != 0)
    done &= pgo_syscall (SYS_setresgid, now->gid[0], now->gid[1], now->gid[2]) == 0;
  if (memcmp (now->uid, then->uid, sizeof now->uid) != 0)
    done &= pgo_syscall (SYS_setresuid, now->uid[0], now->uid[1], now->uid[2]) == 0;
  /* Never more than this thread has left; none at all if it comes to that.  */
  if (!set_capabilities (now->permitted & then->permitted, now->effective & then->permitted))
    done &= set_capabilities (0, 0);
  if (dumpable == 1)
    pgo_syscall (SYS_prctl, PR_SET_DUMPABLE, 1);
  *then = *now;
  return done;
}

void
pgo_credentials_end (struct pgo_credentials *credentials)
{
  pgo_raw_close (credentials->fd);
  credentials->fd = -1;
}
