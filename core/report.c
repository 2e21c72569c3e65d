/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/report.h"
#include "core/alloc.h"
#include "core/atomic-file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Depth of elements; the vocabulary needs 4.  */
#define MAX_DEPTH 16

struct pgo_report
{
  struct pgo_output *output;
  const char *open[MAX_DEPTH];
  unsigned depth;
  bool in_tag;                  /* The innermost element's start tag can still take attributes.  */
};

char *
pgo_unit_path (const char *path, const char *unit, const char *suffix)
{
  struct stat st;
  if (stat (path, &st) != 0 || !S_ISDIR (st.st_mode))
    return pgo_text_copy (path, strlen (path));
  size_t length = strlen (path) + strlen (unit) + strlen (suffix) + 3;
  char *result = pgo_alloc (length);
  strcpy (result, path);
  strcat (result, "/");
  char *name = result + strlen (result);
  if (*unit == '.')
    strcat (result, "#");
  strcat (result, unit);
  strcat (result, suffix);
  for (; *name; name++)
    if (*name == '/')
      *name = '#';
  return result;
}

static void
indent (struct pgo_report *r)
{
  for (unsigned i = 0; i < r->depth; i++)
    pgo_output_text (r->output, " ");
}

struct pgo_report *
pgo_report_open (const char *path, const char *unit, struct pgo_status *status)
{
  char *file = pgo_unit_path (path, unit, PGO_REPORT_SUFFIX);
  struct pgo_output *output = pgo_output_open (file, status);
  pgo_free (file);
  if (!output)
    return NULL;
  struct pgo_report *r = pgo_alloc (sizeof *r);
  r->output = output;
  pgo_output_text (output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  pgo_report_begin (r, "pgo-report");
  pgo_report_number (r, "version", PGO_REPORT_VERSION);
  pgo_report_text (r, "unit", unit);
  return r;
}

void
pgo_report_begin (struct pgo_report *r, const char *name)
{
  if (r->in_tag)
    pgo_output_text (r->output, ">\n");
  indent (r);
  pgo_output_text (r->output, "<");
  pgo_output_text (r->output, name);
  if (r->depth < MAX_DEPTH)
    r->open[r->depth++] = name;
  r->in_tag = true;
}

void
pgo_report_end (struct pgo_report *r)
{
  const char *name = r->open[--r->depth];
  if (r->in_tag)
    pgo_output_text (r->output, "/>\n");
  else
    {
      indent (r);
      pgo_output_text (r->output, "</");
      pgo_output_text (r->output, name);
      pgo_output_text (r->output, ">\n");
    }
  r->in_tag = false;
}

void
pgo_report_text (struct pgo_report *r, const char *attribute, const char *value)
{
  pgo_output_text (r->output, " ");
  pgo_output_text (r->output, attribute);
  pgo_output_text (r->output, "=\"");
  pgo_output_xml (r->output, value);
  pgo_output_text (r->output, "\"");
}

void
pgo_report_number (struct pgo_report *r, const char *attribute, uint64_t value)
{
  pgo_output_text (r->output, " ");
  pgo_output_text (r->output, attribute);
  pgo_output_text (r->output, "=\"");
  pgo_output_u64 (r->output, value);
  pgo_output_text (r->output, "\"");
}

void
pgo_report_integer (struct pgo_report *r, const char *attribute, int64_t value)
{
  char text[24];
  snprintf (text, sizeof text, "%lld", (long long) value);
  pgo_report_text (r, attribute, text);
}

bool
pgo_report_close (struct pgo_report *r, struct pgo_status *status)
{
  while (r->depth > 0)
    pgo_report_end (r);
  bool good = pgo_output_commit (r->output, status);
  pgo_free (r);
  return good;
}

void
pgo_report_discard (struct pgo_report *r)
{
  pgo_output_discard (r->output);
  pgo_free (r);
}
