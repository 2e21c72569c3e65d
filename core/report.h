/* The report of one translation unit: what was matched, counted and decided (docs/reports.md).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_REPORT_H
#define PGOINLINE_CORE_REPORT_H

#include "core/status.h"

#include <stdint.h>

/* Format version of the report.  */
#define PGO_REPORT_VERSION 1

/* Of the file of a unit in a directory of reports.  */
#define PGO_REPORT_SUFFIX ".pgo-report.xml"

struct pgo_report;

/* Where the output of UNIT goes: PATH, or, if PATH is a directory, in it UNIT with '/' made '#' and SUFFIX
   added; with '#' before it if the file would be hidden else ("../unit.c").  To be freed with pgo_free.  */
char *pgo_unit_path (const char *path, const char *unit, const char *suffix);

/* Begin a report for PATH (see pgo_unit_path).  NULL and STATUS on failure.  */
struct pgo_report *pgo_report_open (const char *path, const char *unit, struct pgo_status *status);

/* Begin the element NAME (borrowed until it ends), inside the one begun last; attributes may follow until
   the next element begins or this one ends.  */
void pgo_report_begin (struct pgo_report *, const char *name);
void pgo_report_end (struct pgo_report *);
void pgo_report_text (struct pgo_report *, const char *attribute, const char *value);
void pgo_report_number (struct pgo_report *, const char *attribute, uint64_t value);
void pgo_report_integer (struct pgo_report *, const char *attribute, int64_t value);

/* End all elements, put the file into place and free the report.  */
bool pgo_report_close (struct pgo_report *, struct pgo_status *status);
/* Give up: no file appears, and the report is freed.  */
void pgo_report_discard (struct pgo_report *);

#endif
