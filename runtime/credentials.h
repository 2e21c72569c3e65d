/* Keeps the collector's thread from having rights that the program has given up.

   libc changes the user and groups of all threads it knows (setuid(2), "C library/kernel differences"),
   but it doesn't know the collector's.  A thread that stays root in a process that dropped root is a way
   back for whoever takes the process over.  So, in a process with privileges, the collector looks a few
   times a second, and takes over what the process has become.

   All on the collector's thread, without libc state.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_CREDENTIALS_H
#define PGOINLINE_RUNTIME_CREDENTIALS_H

#include <stdbool.h>

/* How often to follow, ms; 0: the process has no privileges to drop.  Call when the thread starts.  */
unsigned pgo_credentials_begin (void);

/* Become what the process's first thread is.  False if that isn't possible: the thread must end.  */
bool pgo_credentials_follow (void);

/* Close what begin opened.  */
void pgo_credentials_end (void);

#endif
