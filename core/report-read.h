/* The calls of a report, read back: for replay= and for `pgoinline show report`.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_REPORT_READ_H
#define PGOINLINE_CORE_REPORT_READ_H

#include "core/inline-plan.h"
#include "core/status.h"

/* The features of call-features.def, in its order.  */
enum pgo_call_feature
{
#define FEATURE(field, attribute, text) PGO_FEATURE_##field,
#include "core/call-features.def"
#undef FEATURE
  PGO_N_FEATURES
};

/* Attribute and text of a feature.  */
const char *pgo_feature_name (enum pgo_call_feature);
const char *pgo_feature_text (enum pgo_call_feature);

/* An element "call-site".  Texts that are absent are NULL.  */
struct pgo_report_call
{
  const char *id, *stage, *reason, *gcc;
  enum pgo_call_decision decision;
  bool has[PGO_N_FEATURES];
  int64_t features[PGO_N_FEATURES];
  unsigned line;                /* Of the file.  */
};

struct pgo_report_calls
{
  const char *unit;
  struct pgo_report_call *calls;        /* In the order of the file.  */
  uint32_t n_calls;
  struct pgo_pool *pool;        /* Holds everything.  */
};

/* Read the calls of the report at PATH ("-": standard input); what else it has is skipped.  NULL and STATUS if it
   is no report, has another version, or is malformed, an unknown decision included.  */
struct pgo_report_calls *pgo_report_read (const char *path, struct pgo_status *status);
void pgo_report_calls_free (struct pgo_report_calls *);

#endif
