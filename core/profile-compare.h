/* The total orders of a normalised profile, and the parts of profile.c that normalising needs.  Private
   to core.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_PROFILE_COMPARE_H
#define PGOINLINE_CORE_PROFILE_COMPARE_H

#include "core/profile.h"

/* <0, 0, >0.  Names by bytes, NULL first; places step by step, then by number of steps, then location.  */
int pgo_name_compare (const char *a, const char *b);
int pgo_place_compare (const struct pgo_place *a, const struct pgo_place *b);
/* By at, callee, callee_file.  */
int pgo_call_compare (const struct pgo_call *a, const struct pgo_call *b);
/* By from, to.  */
int pgo_branch_compare (const struct pgo_branch *a, const struct pgo_branch *b);
/* By at, name, file, keys, checksum.  */
int pgo_instance_compare (const struct pgo_instance *a, const struct pgo_instance *b);

/* Move all of SOURCE, of the same profile and key, into TARGET; SOURCE is gone.  */
void pgo_instance_absorb (struct pgo_profile *, struct pgo_instance *target, struct pgo_instance *source);
/* Give the steps of a place back.  */
void pgo_place_release (struct pgo_profile *, struct pgo_place *);

/* Set PROFILE->summary from its functions (summary.c).  */
void pgo_profile_summarize (struct pgo_profile *);

/* A sorted list of named things, for pgo_find_named.  */
struct pgo_named_list
{
  uint32_t n;
  /* Name, file and total of the thing at I; false if that cannot be read, which ends the search.  */
  bool (*get) (const void *context, uint32_t i, const char **name, const char **file, uint64_t *total);
  const void *context;
};
/* The rule of pgo_profile_find over LIST; UINT32_MAX if none fits.  */
uint32_t pgo_find_named (const struct pgo_named_list *list, const char *name, const char *file);

#endif
