/* Profiles in files: XML (docs/profile.rng) and the index.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_PROFILE_IO_H
#define PGOINLINE_CORE_PROFILE_IO_H

#include "core/profile.h"

/* An index begins with these 8 bytes.  */
#define PGO_INDEX_MAGIC "\211PGOIDX\n"

/* Whether the file at PATH begins as an index does; false also if it cannot be read.  */
bool pgo_file_is_index (const char *path);

/* Read an XML profile ("-": standard input), normalised.  NULL and STATUS (file, line) if it cannot be read,
   is malformed, of another version, or beyond the limits named in profile-read.c.  */
struct pgo_profile *pgo_profile_read (const char *path, struct pgo_status *status);

/* Write PROFILE (normalised) canonically: same content, same bytes.  Through a temporary beside PATH,
   renamed; on failure PATH is as it was.  PATH "-" is standard output.  Fails also for an empty name and
   for names longer than core/profile-text.h allows.  */
bool pgo_profile_write (const struct pgo_profile *profile, const char *path, struct pgo_status *status);

/* Write the index of PROFILE: the merged trees of core/source.h, for mmap.  As pgo_profile_write.  */
bool pgo_index_write (const struct pgo_profile *profile, const char *path, struct pgo_status *status);

#endif
