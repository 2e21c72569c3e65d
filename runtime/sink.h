/* Bytes through gzip to a file descriptor, with memory of their own (no malloc).  Where zlib can't be
   used on the collector's thread, they are not compressed, but still a gzip file.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_SINK_H
#define PGOINLINE_RUNTIME_SINK_H

#include <stddef.h>

struct pgo_sink;

/* NULL if there is no memory.  FD stays the caller's.  */
struct pgo_sink *pgo_sink_open (int fd);

/* Errors are kept until the end.  */
void pgo_sink_write (struct pgo_sink *, const void *bytes, size_t size);

/* Finish and free.  0, or the errno value of the first failure.  */
int pgo_sink_close (struct pgo_sink *);

#endif
