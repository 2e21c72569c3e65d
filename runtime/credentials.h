/* Keeps a thread of the runtime from having rights that the program has given up.

   libc changes the user and groups of all threads it knows (setuid(2), "C library/kernel differences"),
   but it doesn't know the runtime's.  A thread that stays root in a process that dropped root is a way
   back for whoever takes the process over.  So, in a process with privileges, each of them looks a few
   times a second, and takes over what the process has become.

   All on the thread itself, without libc state.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_CREDENTIALS_H
#define PGOINLINE_RUNTIME_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

/* Supplementary groups that are taken over; a process with more loses them all here, which is safe.  */
#define PGO_MAX_GROUPS 256

struct pgo_rights
{
  uint32_t uid[3], gid[3];      /* Real, effective, saved.  */
  uint64_t permitted, effective;
  uint32_t groups[PGO_MAX_GROUPS];
  int n_groups;
};

/* Of one thread.  */
struct pgo_credentials
{
  int fd;                       /* /proc/self/status: of the first thread.  */
  char text[8192];
  struct pgo_rights now, then;  /* What was just read, what this thread has.  */
};

/* How often to follow, ms; 0: the process has no privileges to drop.  Call when the thread starts.  */
unsigned pgo_credentials_begin (struct pgo_credentials *);

/* Become what the process's first thread is.  False if that isn't possible: the thread must end.  */
bool pgo_credentials_follow (struct pgo_credentials *);

/* Close what begin opened.  */
void pgo_credentials_end (struct pgo_credentials *);

#endif
