/* Which functions of a binary were marked by the plugin, from the section it writes (docs/algorithms.md).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_MARKS_H
#define PGOINLINE_TOOL_MARKS_H

#include "tool/binary.h"

struct marks;

/* Read the section of BINARY, if there is one; lines that are malformed are passed over.  Never NULL.  */
struct marks *marks_read (const struct binary *binary);
void marks_free (struct marks *);

/* Whether any function was marked.  */
bool marks_any (const struct marks *);
/* Whether NAME, of FILE (NULL if it is visible outside its unit), was marked, and the checksum of its CFG.  Of
   several functions of one name and file with different checksums none counts as marked.  */
bool marks_find (const struct marks *, const char *name, const char *file, uint64_t *checksum);

#endif
