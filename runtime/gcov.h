/* The counters of a program built with --coverage or -fprofile-generate, written while it runs.

   libgcov's functions allocate and use stdio, so they run on a thread of libc's, made when gcov=on is first heard of:
   an instrumented program is slow anyway.

   libgcov's __gcov_dump and __gcov_reset are in a program only if something asks the linker for them, and visible to a
   shared library only if they are exported: -rdynamic -Wl,-u,__gcov_dump -Wl,-u,__gcov_reset.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_GCOV_H
#define PGOINLINE_RUNTIME_GCOV_H

#include <stdbool.h>

/* Whether the program shows libgcov's functions.  */
bool pgo_gcov_is_there (void);

/* Make the thread.  0, ENOENT if the functions aren't there, or an errno value.  On a thread of libc's.  */
int pgo_gcov_begin (void);

/* Write the counters into the .gcda files, which add up, and set them to zero; with DISCARD set them to zero only.
   0, ENOENT without pgo_gcov_begin, or EAGAIN if that takes longer than 30 seconds.  On any thread.  */
int pgo_gcov_write (bool discard);

#endif
