/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/report-read.h"
#include "core/alloc.h"
#include "core/pool.h"
#include "core/report.h"
#include "core/xml-input.h"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <string.h>

static const struct
{
  const char *name, *text;
} features[] = {
#define FEATURE(field, attribute, text) { attribute, text },
#include "core/call-features.def"
#undef FEATURE
};

const char *
pgo_feature_name (enum pgo_call_feature feature)
{
  return features[feature].name;
}

const char *
pgo_feature_text (enum pgo_call_feature feature)
{
  return features[feature].text;
}

struct reader
{
  struct pgo_xml_input input;
  struct pgo_status *status;
  xmlTextReaderPtr xml;
  struct pgo_report_calls *report;
  uint32_t room;
  bool failed;
};

/* Line of the element at hand; the parser itself reads ahead.  */
static unsigned
line_here (struct reader *r)
{
  xmlNodePtr node = r->xml ? xmlTextReaderCurrentNode (r->xml) : NULL;
  long line = node ? xmlGetLineNo (node) : 0;
  return line > 0 ? (unsigned) line : 0;
}

static bool
fail (struct reader *r, const char *format, const char *value)
{
  if (!r->failed)
    pgo_fail (r->status, r->input.path, line_here (r), format, value);
  r->failed = true;
  return false;
}

/* The attribute NAME of the element at hand, kept by the pool; NULL if it has none.  */
static const char *
attribute (struct reader *r, const char *name)
{
  /* xmlTextReaderGetAttribute does not tell one that is absent from memory that is out.  */
  int found = xmlTextReaderMoveToAttribute (r->xml, (const xmlChar *) name);
  if (found == 0)
    return NULL;
  const char *value = found > 0 ? (const char *) xmlTextReaderConstValue (r->xml) : NULL;
  if (!value)
    pgo_out_of_memory ();
  const char *kept = pgo_pool_intern (r->report->pool, value, strlen (value));
  xmlTextReaderMoveToElement (r->xml);
  return kept;
}

static bool
parse_integer (const char *text, int64_t *value)
{
  bool negative = *text == '-';
  int64_t n = 0;
  text += negative;
  if (*text == '\0')
    return false;
  for (; *text; text++)
    {
      if (*text < '0' || *text > '9' || n > (INT64_MAX - 9) / 10)
        return false;
      n = n * 10 + (*text - '0');
    }
  *value = negative ? -n : n;
  return true;
}

static bool
read_call (struct reader *r)
{
  struct pgo_report_calls *report = r->report;
  report->calls = pgo_pool_grow (report->pool, report->calls, report->n_calls, &r->room,
                                 (size_t) report->n_calls + 1, sizeof *report->calls);
  struct pgo_report_call *call = &report->calls[report->n_calls];
  memset (call, 0, sizeof *call);
  call->line = line_here (r);
  call->id = attribute (r, "id");
  call->stage = attribute (r, "stage");
  call->reason = attribute (r, "reason");
  call->gcc = attribute (r, "gcc");
  const char *decision = attribute (r, "decision");
  if (!call->id || !*call->id)
    return fail (r, "a call-site without %s", "id");
  if (!decision)
    return fail (r, "call-site %.200s has no decision", call->id);
  if (!pgo_decision_parse (decision, &call->decision))
    return fail (r, "decision=\"%.80s\": expected inline, refuse or leave", decision);
  for (int f = 0; f < PGO_N_FEATURES; f++)
    {
      const char *text = attribute (r, features[f].name);
      if (text && !parse_integer (text, &call->features[f]))
        return fail (r, "%.80s: expected an integer", features[f].name);
      call->has[f] = text != NULL;
    }
  report->n_calls++;
  return true;
}

/* The element that the parser is at.  */
static bool
read_element (struct reader *r)
{
  const char *name = (const char *) xmlTextReaderConstName (r->xml);
  int depth = xmlTextReaderDepth (r->xml);
  if (depth == 0)
    {
      char expected[16];
      snprintf (expected, sizeof expected, "%d", PGO_REPORT_VERSION);
      if (strcmp (name, "pgo-report") != 0)
        return fail (r, "<%.80s>: expected <pgo-report>", name);
      const char *version = attribute (r, "version");
      if (!version || strcmp (version, expected) != 0)
        return fail (r, "a report of version %.40s: another is expected, of this version of pgoinline",
                     version ? version : "(none)");
      r->report->unit = attribute (r, "unit");
    }
  else if (depth == 1 && strcmp (name, "call-site") == 0)
    return read_call (r);
  return true;
}

static int
give_bytes (void *data, char *buffer, int size)
{
  struct reader *r = data;
  return r->failed ? -1 : pgo_xml_input_read (&r->input, buffer, size);
}

static int
close_nothing (void *data)
{
  (void) data;
  return 0;
}

static void
xml_error (void *data, xmlErrorPtr error)
{
  struct reader *r = data;
  if (r->failed || r->input.failed || error->level < XML_ERR_ERROR)
    return;
  char message[200];
  pgo_xml_message (error->message, message, sizeof message);
  r->failed = true;
  pgo_fail (r->status, r->input.path, error->line > 0 ? (unsigned) error->line : 0, "not well-formed XML: %s",
            message);
}

static void
parse (struct reader *r)
{
  /* No network, no entities of a DOCTYPE's: NOENT is not given.  */
  r->xml = xmlReaderForIO (give_bytes, close_nothing, r, NULL, NULL, XML_PARSE_NONET);
  if (!r->xml)
    pgo_out_of_memory ();
  xmlTextReaderSetStructuredErrorHandler (r->xml, (xmlStructuredErrorFunc) xml_error, r);
  int more;
  while (!r->failed && (more = xmlTextReaderRead (r->xml)) == 1)
    {
      int type = xmlTextReaderNodeType (r->xml);
      if (type == XML_READER_TYPE_DOCUMENT_TYPE)
        fail (r, "a %s is not allowed in a report", "DOCTYPE");
      else if (type == XML_READER_TYPE_ELEMENT)
        read_element (r);
    }
  if (!r->failed && !r->input.failed && more != 0)
    fail (r, "not well-formed %s", "XML");
  r->failed |= r->input.failed;
  xmlFreeTextReader (r->xml);
}

struct pgo_report_calls *
pgo_report_read (const char *path, struct pgo_status *status)
{
  struct reader r = { .status = status };
  struct pgo_pool *pool = pgo_pool_new ();
  r.report = pgo_pool_alloc (pool, sizeof *r.report);
  r.report->pool = pool;
  if (pgo_xml_input_open (&r.input, path, false, status))
    parse (&r);
  else
    r.failed = true;
  pgo_xml_input_close (&r.input);
  if (!r.failed)
    return r.report;
  pgo_pool_free (pool);
  return NULL;
}

void
pgo_report_calls_free (struct pgo_report_calls *report)
{
  if (report)
    pgo_pool_free (report->pool);
}
