/* The frequent targets of an indirect call.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/call-targets.h"
#include "testsuite/lib/unit.h"

#include <string.h>

static const struct pgo_location here = { 4, 7, 0 }, with_discriminator = { 4, 7, 3 }, there = { 5, 7, 0 };

int
main (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_call (p, f, here, "zeta", NULL, 300, 300);
  pgo_instance_add_call (p, f, here, "alpha", NULL, 300, 300);
  pgo_instance_add_call (p, f, here, "beta", "b.c", 100, 100);
  pgo_instance_add_call (p, f, with_discriminator, "beta", "b.c", 150, 150);
  pgo_instance_add_call (p, f, here, "beta", "other.c", 100, 100);
  pgo_instance_add_call (p, f, here, "rare", NULL, 50, 50);
  pgo_instance_add_call (p, f, there, "elsewhere", NULL, 9000, 9000);
  pgo_profile_normalize (p);

  struct pgo_call_target targets[PGO_TARGETS_MAX];
  uint64_t total;
  const struct pgo_instance *instance = pgo_profile_find (p, "f", NULL);
  uint32_t n = pgo_call_targets (instance, here, 8, targets, &total);
  CHECK ("all executions of the place", total == 1000);
  CHECK ("three targets with a fifth or more", n == 3);
  CHECK ("the heaviest first, then by name", n == 3 && strcmp (targets[0].callee, "alpha") == 0
         && strcmp (targets[1].callee, "zeta") == 0);
  CHECK ("discriminators are added up, files are not", n == 3 && targets[2].weight == 250
         && strcmp (targets[2].callee_file, "b.c") == 0);
  CHECK ("too few samples", pgo_call_targets (instance, here, 2000, targets, &total) == 0);
  CHECK ("another place", pgo_call_targets (instance, there, 8, targets, &total) == 1 && total == 9000);
  CHECK ("no call there", pgo_call_targets (instance, (struct pgo_location) { 9, 9, 0 }, 0, targets, &total) == 0
         && total == 0);
  pgo_profile_free (p);
  return unit_done ();
}
