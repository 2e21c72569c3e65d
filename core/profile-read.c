/* The XML profile's reader: libxml2's SAX events, so that memory is the profile's own and every message
   has its exact line.  What docs/profile.rng says is checked here, by the table in core/profile-xml.def,
   and so is what it cannot say: numbers' ranges, duplicates, the limits below.

   A file may come from anybody.  There are no entities (a DOCTYPE is refused before its content is looked
   at), nothing is fetched, nothing is decompressed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-io.h"
#include "core/alloc.h"
#include "core/profile-compare.h"
#include "core/profile-text.h"
#include "core/profile-xml.h"
#include "core/xml-input.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>

/* Open elements: root, function, inlined calls, and one below.  */
#define LEVELS_MAX (PGO_DEPTH_MAX + 3)
/* Bytes of a value that a message shows.  */
#define SHOWN_MAX 60

struct value
{
  const char *text;
  size_t length;
};

struct reader
{
  xmlParserCtxtPtr parser;
  const char *path;
  struct pgo_status *status;
  bool failed;
  struct pgo_profile *profile;

  struct pgo_xml_input input;
  enum pgo_xml_element open[LEVELS_MAX];
  unsigned n_open;
  /* The open function and the inlined calls in it: whether what they hold came in order so far.  */
  struct level
  {
    struct pgo_instance *instance;
    unsigned line;
    bool unsorted;
  } levels[PGO_DEPTH_MAX + 1];
  unsigned n_levels;
  bool seen[PGO_XML_ELEMENTS];
  bool functions_unsorted;
  unsigned *function_lines;     /* Of the functions, for messages.  */
  uint32_t room_function_lines;

  /* Of the element at hand.  */
  const struct pgo_xml_rule *rule;
  struct value values[PGO_XML_ATTRIBUTES];
  struct pgo_step from_steps[PGO_DEPTH_MAX], to_steps[PGO_DEPTH_MAX];
};

static bool fail_at (struct reader *r, unsigned line, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

/* The first failure is the one that is told.  */
static bool
fail_at (struct reader *r, unsigned line, const char *format, ...)
{
  if (r->failed)
    return false;
  char message[sizeof r->status->message];
  va_list args;
  va_start (args, format);
  vsnprintf (message, sizeof message, format, args);
  va_end (args);
  pgo_fail (r->status, r->path, line, "%s", message);
  /* The parser must not be stopped here: values at hand are in its buffers.  It gets no more input.  */
  r->failed = true;
  return false;
}

static unsigned
line_here (const struct reader *r)
{
  int line = xmlSAX2GetLineNumber (r->parser);
  return line > 0 ? (unsigned) line : 0;
}

#define fail(R, ...) fail_at ((R), line_here (R), __VA_ARGS__)

/* LENGTH bytes at TEXT for a message: on one line, not too long.  */
static const char *
shown (const char *text, size_t length, char buffer[SHOWN_MAX + 4])
{
  size_t n = length < SHOWN_MAX ? length : SHOWN_MAX;
  /* Not in the middle of a UTF-8 sequence.  */
  while (n < length && n > 0 && (text[n] & 0xc0) == 0x80)
    n--;
  for (size_t i = 0; i < n; i++)
    buffer[i] = (unsigned char) text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
  memcpy (buffer + n, n < length ? "..." : "", n < length ? 4 : 1);
  return buffer;
}

/* "ATTRIBUTE="VALUE": expected EXPECTED".  */
static bool
fail_value (struct reader *r, enum pgo_xml_attribute id, const char *expected)
{
  char buffer[SHOWN_MAX + 4];
  return fail (r, "%s=\"%s\": expected %s", pgo_xml_attribute_names[id],
               shown (r->values[id].text, r->values[id].length, buffer), expected);
}

/* ---- Values ---------------------------------------------------------------------------------------- */

static bool
has (const struct reader *r, enum pgo_xml_attribute id)
{
  return r->values[id].text != NULL;
}

static bool
equals (const struct reader *r, enum pgo_xml_attribute id, const char *text)
{
  return r->values[id].length == strlen (text)
         && memcmp (r->values[id].text, text, r->values[id].length) == 0;
}

/* A decimal number up to MAX; OTHERWISE if the attribute is not there.  */
static uint64_t
number (struct reader *r, enum pgo_xml_attribute id, uint64_t max, uint64_t otherwise)
{
  if (!has (r, id))
    return otherwise;
  const struct value *v = &r->values[id];
  uint64_t n = 0;
  bool good = v->length > 0;
  for (size_t i = 0; i < v->length && good; i++)
    {
      unsigned digit = (unsigned) (unsigned char) v->text[i] - '0';
      good = digit <= 9 && n <= (max - digit) / 10;
      n = n * 10 + digit;
    }
  if (good)
    return n;
  char expected[80];
  snprintf (expected, sizeof expected, "a whole number from 0 to %llu", (unsigned long long) max);
  fail_value (r, id, expected);
  return 0;
}

static const char *
name (struct reader *r, enum pgo_xml_attribute id)
{
  if (!has (r, id))
    return NULL;
  const char *text = pgo_name_parse (r->profile, r->values[id].text, r->values[id].length);
  if (!text)
    fail_value (r, id, r->values[id].length > PGO_NAME_TEXT_MAX ? "a shorter name"
                : "a name, in which % is followed by two hexadecimal digits");
  return text;
}

static struct pgo_location
location (struct reader *r)
{
  struct pgo_location at = { 0, 0, 0 };
  if (!pgo_location_parse (r->values[PGO_XML_AT].text, r->values[PGO_XML_AT].length, &at))
    fail_value (r, PGO_XML_AT, "LINE, LINE:COLUMN, LINE.DISCRIMINATOR or LINE:COLUMN.DISCRIMINATOR");
  return at;
}

static struct pgo_place
place (struct reader *r, enum pgo_xml_attribute id, struct pgo_step *steps)
{
  struct pgo_place at = { NULL, 0, { 0, 0, 0 } };
  if (!pgo_place_parse (r->profile, r->values[id].text, r->values[id].length, steps, &at))
    fail_value (r, id, "a location, or \"LOCATION CALLEE > ... > LOCATION\"");
  return at;
}

static enum pgo_evidence
evidence (struct reader *r, enum pgo_evidence otherwise)
{
  if (!has (r, PGO_XML_KIND))
    return otherwise;
  for (unsigned kind = PGO_EVIDENCE_NONE; kind <= PGO_EVIDENCE_EXACT; kind++)
    if (equals (r, PGO_XML_KIND, pgo_evidence_name ((enum pgo_evidence) kind)))
      return (enum pgo_evidence) kind;
  fail_value (r, PGO_XML_KIND, "none, time, branch or exact");
  return PGO_EVIDENCE_NONE;
}

static uint64_t
checksum (struct reader *r)
{
  const struct value *v = &r->values[PGO_XML_CHECKSUM];
  uint64_t sum = 0;
  bool good = v->length == 16;
  for (size_t i = 0; i < v->length && good; i++)
    {
      char c = v->text[i];
      good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      sum = sum << 4 | (unsigned) (c <= '9' ? c - '0' : c - 'a' + 10);
    }
  if (!good)
    fail_value (r, PGO_XML_CHECKSUM, "16 digits 0-9a-f");
  return sum;
}

/* ---- Duplicates ------------------------------------------------------------------------------------ */

static int
line_order (const void *a, const void *b)
{
  return pgo_location_compare (((const struct pgo_line *) a)->at, ((const struct pgo_line *) b)->at);
}

static int
call_order (const void *a, const void *b)
{
  return pgo_call_compare (a, b);
}

static int
branch_order (const void *a, const void *b)
{
  return pgo_branch_compare (a, b);
}

static int
instance_order (const void *a, const void *b)
{
  return pgo_instance_compare (*(struct pgo_instance *const *) a, *(struct pgo_instance *const *) b);
}

/* Whether an element is in ARRAY, which is not sorted, twice.  */
static bool
has_duplicate (const void *array, uint32_t n, size_t size, int (*order) (const void *, const void *))
{
  if (n < 2)
    return false;
  char *copy = pgo_alloc_array (n, size);
  memcpy (copy, array, n * size);
  qsort (copy, n, size, order);
  bool found = false;
  for (uint32_t i = 1; i < n && !found; i++)
    found = order (copy + (i - 1) * size, copy + i * size) == 0;
  pgo_free (copy);
  return found;
}

/* What an instance holds, once it is complete.  */
static bool
check_duplicates (struct reader *r, const struct level *level)
{
  const struct pgo_instance *i = level->instance;
  char buffer[SHOWN_MAX + 4];
  const char *what = NULL;
  if (has_duplicate (i->lines, i->n_lines, sizeof *i->lines, line_order))
    what = "line";
  else if (has_duplicate (i->calls, i->n_calls, sizeof *i->calls, call_order))
    what = "call";
  else if (has_duplicate (i->branches, i->n_branches, sizeof *i->branches, branch_order))
    what = "branch";
  else if (has_duplicate (i->inlined, i->n_inlined, sizeof *i->inlined, instance_order))
    what = "inlined";
  return !what
         || fail_at (r, level->line, "%s has the same <%s> twice", shown (i->name, strlen (i->name), buffer),
                     what);
}

/* After an element was appended to an ARRAY, which now has N: a profile in order costs one comparison.  */
static bool
check_order (struct reader *r, const void *array, uint32_t n, size_t size,
             int (*order) (const void *, const void *), bool *unsorted)
{
  if (n < 2)
    return true;
  const char *last = (const char *) array + (n - 1) * size;
  int o = order (last - size, last);
  if (o == 0)
    return fail (r, "the same <%s> twice", r->rule->name);
  *unsorted |= o > 0;
  return true;
}

struct numbered_function
{
  struct pgo_instance *function;
  unsigned line;
};

static int
function_order (const void *a_function, const void *b_function)
{
  const struct numbered_function *a = a_function, *b = b_function;
  int order = pgo_instance_compare (a->function, b->function);
  return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

static bool
check_functions (struct reader *r)
{
  struct pgo_profile *p = r->profile;
  if (!r->functions_unsorted)
    return true;
  struct numbered_function *functions = pgo_alloc_array (p->n_functions, sizeof *functions);
  for (uint32_t i = 0; i < p->n_functions; i++)
    functions[i] = (struct numbered_function) { p->functions[i], r->function_lines[i] };
  qsort (functions, p->n_functions, sizeof *functions, function_order);
  const struct numbered_function *second = NULL;
  for (uint32_t i = 1; i < p->n_functions; i++)
    if (pgo_instance_compare (functions[i - 1].function, functions[i].function) == 0
        && (!second || functions[i].line < second->line))
      second = &functions[i];
  char buffer[SHOWN_MAX + 4];
  if (second)
    fail_at (r, second->line, "function %s is there twice",
             shown (second->function->name, strlen (second->function->name), buffer));
  pgo_free (functions);
  return !second;
}

/* ---- Elements -------------------------------------------------------------------------------------- */

static enum pgo_keys
keys (struct reader *r)
{
  if (!has (r, PGO_XML_KEYS))
    return PGO_KEYS_SOURCE;
  for (enum pgo_keys keys = PGO_KEYS_SOURCE; keys < PGO_N_KEYS; keys++)
    if (equals (r, PGO_XML_KEYS, pgo_keys_name (keys)))
      return keys;
  fail_value (r, PGO_XML_KEYS, "source, mark or line");
  return PGO_KEYS_SOURCE;
}

static void
read_origin (struct reader *r)
{
  struct pgo_origin *origin = pgo_profile_add_origin (r->profile);
  origin->kind = evidence (r, PGO_EVIDENCE_NONE);
  if (r->values[PGO_XML_BINARY].length)
    origin->binary = name (r, PGO_XML_BINARY);
  if (has (r, PGO_XML_BUILD_ID))
    origin->build_id = name (r, PGO_XML_BUILD_ID);
  origin->keys = keys (r);
  origin->samples = number (r, PGO_XML_SAMPLES, UINT64_MAX, 0);
  origin->lost = number (r, PGO_XML_LOST, UINT64_MAX, 0);
  origin->duration_ns = number (r, PGO_XML_DURATION_NS, UINT64_MAX, 0);
}

/* The attributes that functions and inlined instances share; it becomes the innermost.  */
static void
read_instance (struct reader *r, struct pgo_instance *instance, enum pgo_evidence kind)
{
  instance->kind = evidence (r, kind);
  instance->head = number (r, PGO_XML_HEAD, UINT64_MAX, 0);
  instance->head_samples = number (r, PGO_XML_HEAD_SAMPLES, UINT64_MAX, instance->head);
  instance->size_bytes = number (r, PGO_XML_SIZE, UINT64_MAX, 0);
  instance->rank = (uint32_t) number (r, PGO_XML_RANK, UINT32_MAX, 0);
  number (r, PGO_XML_TOTAL, UINT64_MAX, 0); /* Is computed.  */
  instance->keys = keys (r);
  if (instance->keys == PGO_KEYS_MARK)
    {
      if (has (r, PGO_XML_CHECKSUM))
        instance->checksum = checksum (r);
      else
        fail (r, "<%s> with keys=\"mark\" has no attribute checksum", r->rule->name);
    }
  else if (has (r, PGO_XML_CHECKSUM))
    fail (r, "checksum: expected only with keys=\"mark\"");
  r->levels[r->n_levels++] = (struct level) { instance, line_here (r), false };
}

static void
read_function (struct reader *r)
{
  struct pgo_profile *p = r->profile;
  const char *function = name (r, PGO_XML_NAME), *file = name (r, PGO_XML_FILE);
  if (r->failed)
    return;
  struct pgo_instance *instance = pgo_profile_add_function (p, function, file);
  if (p->n_functions > r->room_function_lines)
    {
      r->room_function_lines = r->room_function_lines ? r->room_function_lines * 2 : 256;
      r->function_lines =
          pgo_realloc_array (r->function_lines, r->room_function_lines, sizeof *r->function_lines);
    }
  r->function_lines[p->n_functions - 1] = line_here (r);
  read_instance (r, instance, PGO_EVIDENCE_NONE);
  check_order (r, p->functions, p->n_functions, sizeof *p->functions, instance_order, &r->functions_unsorted);
}

static void
read_inlined (struct reader *r, struct level *level)
{
  struct pgo_instance *parent = level->instance;
  struct pgo_location at = location (r);
  const char *function = name (r, PGO_XML_NAME), *file = name (r, PGO_XML_FILE);
  if (!r->failed && parent->depth == PGO_DEPTH_MAX)
    fail (r, "<inlined> is nested more than %d deep", PGO_DEPTH_MAX);
  if (r->failed)
    return;
  struct pgo_instance *child = pgo_instance_add_inlined (r->profile, parent, at, function, file);
  read_instance (r, child, parent->kind);
  check_order (r, parent->inlined, parent->n_inlined, sizeof *parent->inlined, instance_order,
               &level->unsorted);
}

static void
read_body (struct reader *r, enum pgo_xml_element element, struct level *level)
{
  struct pgo_instance *instance = level->instance;
  uint64_t weight = number (r, PGO_XML_WEIGHT, UINT64_MAX, 0);
  uint64_t samples = number (r, PGO_XML_SAMPLES, UINT64_MAX, weight);
  if (element == PGO_XML_ELEMENT_BRANCH)
    {
      struct pgo_place from = place (r, PGO_XML_FROM, r->from_steps), to = place (r, PGO_XML_TO, r->to_steps);
      if (r->failed)
        return;
      pgo_instance_add_branch (r->profile, instance, from, to, weight, samples);
      check_order (r, instance->branches, instance->n_branches, sizeof *instance->branches, branch_order,
                   &level->unsorted);
    }
  else if (element == PGO_XML_ELEMENT_CALL)
    {
      struct pgo_location at = location (r);
      const char *callee = name (r, PGO_XML_CALLEE), *file = name (r, PGO_XML_CALLEE_FILE);
      if (r->failed)
        return;
      pgo_instance_add_call (r->profile, instance, at, callee, file, weight, samples);
      check_order (r, instance->calls, instance->n_calls, sizeof *instance->calls, call_order,
                   &level->unsorted);
    }
  else
    {
      pgo_instance_add_line (r->profile, instance, location (r), weight, samples);
      check_order (r, instance->lines, instance->n_lines, sizeof *instance->lines, line_order,
                   &level->unsorted);
    }
}

/* "a, b or c" of the names whose bits are in SET, "nothing" if it is empty.  */
static const char *
list_names (uint32_t set, bool elements, char *buffer, size_t size)
{
  size_t n = 0;
  if (set == 0)
    snprintf (buffer, size, "nothing");
  for (unsigned i = 0; set >> i && n < size; i++)
    if (set >> i & 1)
      {
        const char *between = n == 0 ? "" : set >> i == 1 ? " or " : ", ";
        const char *text = elements ? pgo_xml_rules[i].name : pgo_xml_attribute_names[i];
        n += (size_t) snprintf (buffer + n, size - n, elements ? "%s<%s>" : "%s%s", between, text);
      }
  return buffer;
}

/* Which element of the vocabulary; PGO_XML_ELEMENTS after a failure.  */
static enum pgo_xml_element
find_element (struct reader *r, const char *tag, bool foreign)
{
  uint32_t parent = r->n_open ? UINT32_C (1) << r->open[r->n_open - 1] : 0, expected = 0;
  for (unsigned i = 0; i < PGO_XML_ELEMENTS; i++)
    if (parent ? (pgo_xml_rules[i].parents & parent) != 0 : pgo_xml_rules[i].parents == 0)
      {
        if (!foreign && strcmp (pgo_xml_rules[i].name, tag) == 0)
          return (enum pgo_xml_element) i;
        expected |= UINT32_C (1) << i;
      }
  char names[200], buffer[SHOWN_MAX + 4];
  shown (tag, strlen (tag), buffer);
  list_names (expected, true, names, sizeof names);
  if (parent)
    fail (r, "<%s> in <%s>: expected %s", buffer, pgo_xml_rules[r->open[r->n_open - 1]].name, names);
  else
    fail (r, "<%s>: expected %s, this is no profile", buffer, names);
  return PGO_XML_ELEMENTS;
}

/* Sort the element's attributes into r->values.  */
static bool
read_attributes (struct reader *r, int n, const xmlChar **attributes)
{
  uint32_t allowed = r->rule->required | r->rule->optional, given = 0;
  memset (r->values, 0, sizeof r->values);
  for (int i = 0; i < n; i++)
    {
      /* Local name, prefix, URI, first byte, end.  */
      const char *const *a = (const char *const *) attributes + 5 * i;
      unsigned id = 0;
      while (id < PGO_XML_ATTRIBUTES
             && (!(allowed >> id & 1) || strcmp (pgo_xml_attribute_names[id], a[0]) != 0))
        id++;
      char names[300], buffer[SHOWN_MAX + 4];
      if (id == PGO_XML_ATTRIBUTES || a[1])
        return fail (r, "attribute %s of <%s>: expected %s", shown (a[0], strlen (a[0]), buffer),
                     r->rule->name, list_names (allowed, false, names, sizeof names));
      r->values[id] = (struct value) { a[3], (size_t) (a[4] - a[3]) };
      given |= UINT32_C (1) << id;
    }
  for (unsigned id = 0; id < PGO_XML_ATTRIBUTES; id++)
    if (r->rule->required >> id & ~given >> id & 1)
      return fail (r, "<%s> has no attribute %s", r->rule->name, pgo_xml_attribute_names[id]);
  return true;
}

static void
start_element (void *data, const xmlChar *tag, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
               const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
  struct reader *r = data;
  (void) namespaces;
  (void) n_defaulted;
  if (r->failed)
    return;
  enum pgo_xml_element element = find_element (r, (const char *) tag, prefix || uri || n_namespaces);
  if (r->failed)
    return;
  r->rule = &pgo_xml_rules[element];
  if (!read_attributes (r, n_attributes, attributes))
    return;

  struct level *level = r->n_levels ? &r->levels[r->n_levels - 1] : NULL;
  switch (element)
    {
    case PGO_XML_ELEMENT_PROFILE:
      if (number (r, PGO_XML_VERSION, UINT32_MAX, 0) != PGO_PROFILE_VERSION && !r->failed)
        {
          char expected[40];
          snprintf (expected, sizeof expected, "%d, the version that is known", PGO_PROFILE_VERSION);
          fail_value (r, PGO_XML_VERSION, expected);
        }
      break;
    case PGO_XML_ELEMENT_ORIGINS:
    case PGO_XML_ELEMENT_SUMMARY:
      if (r->seen[element])
        fail (r, "a second <%s>", r->rule->name);
      /* Is computed.  */
      number (r, PGO_XML_TOTAL, UINT64_MAX, 0);
      number (r, PGO_XML_MAX, UINT64_MAX, 0);
      number (r, PGO_XML_FUNCTIONS, UINT64_MAX, 0);
      number (r, PGO_XML_LINES, UINT64_MAX, 0);
      break;
    case PGO_XML_ELEMENT_CUTOFF:
      number (r, PGO_XML_PPM, 1000000, 0);
      number (r, PGO_XML_MIN_WEIGHT, UINT64_MAX, 0);
      number (r, PGO_XML_LINES, UINT64_MAX, 0);
      break;
    case PGO_XML_ELEMENT_ORIGIN:
      read_origin (r);
      break;
    case PGO_XML_ELEMENT_FUNCTION:
      read_function (r);
      break;
    case PGO_XML_ELEMENT_INLINED:
      read_inlined (r, level);
      break;
    case PGO_XML_ELEMENT_LINE:
    case PGO_XML_ELEMENT_CALL:
    case PGO_XML_ELEMENT_BRANCH:
      read_body (r, element, level);
      break;
    case PGO_XML_ELEMENTS:
      break;
    }
  r->seen[element] = true;
  /* Parents are in the table, so only <inlined> nests, and its depth was checked.  */
  if (!r->failed)
    r->open[r->n_open++] = element;
}

static void
end_element (void *data, const xmlChar *tag, const xmlChar *prefix, const xmlChar *uri)
{
  struct reader *r = data;
  (void) tag;
  (void) prefix;
  (void) uri;
  if (r->failed)
    return;
  enum pgo_xml_element element = r->open[--r->n_open];
  if (element == PGO_XML_ELEMENT_FUNCTION || element == PGO_XML_ELEMENT_INLINED)
    {
      struct level *level = &r->levels[--r->n_levels];
      if (level->unsorted)
        check_duplicates (r, level);
    }
}

static void
characters (void *data, const xmlChar *text, int length)
{
  struct reader *r = data;
  for (int i = 0; i < length && !r->failed; i++)
    if (!strchr (" \t\r\n", text[i]) || text[i] == '\0')
      {
        char buffer[SHOWN_MAX + 4];
        fail (r, "text \"%s\": expected elements only",
              shown ((const char *) text + i, (size_t) (length - i), buffer));
      }
}

static void
doctype (void *data, const xmlChar *root, const xmlChar *external_id, const xmlChar *system_id)
{
  (void) root;
  (void) external_id;
  (void) system_id;
  fail ((struct reader *) data, "a DOCTYPE is not allowed in a profile");
}

static void
start_document (void *data)
{
  struct reader *r = data;
  char buffer[SHOWN_MAX + 4];
  /* libxml2 keeps the name here if it is one of Unicode's own, and there if it converts.  */
  const char *encoding = (const char *) r->parser->encoding;
  if (!encoding)
    encoding = (const char *) r->parser->input->encoding;
  if (encoding && strcasecmp (encoding, "UTF-8") != 0 && strcasecmp (encoding, "US-ASCII") != 0)
    fail (r, "encoding \"%s\": expected UTF-8", shown (encoding, strlen (encoding), buffer));
}

/* libxml2's own complaints.  */
static void
xml_error (void *data, xmlErrorPtr error)
{
  struct reader *r = data;
  if (r->failed || r->input.failed || error->level < XML_ERR_ERROR)
    return;
  char message[300];
  pgo_xml_message (error->message, message, sizeof message);
  fail_at (r, error->line > 0 ? (unsigned) error->line : 0, "not well-formed XML: %s", message);
}

/* ---- Files ----------------------------------------------------------------------------------------- */

/* What libxml2 reads.  After a failure there is no more.  */
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
parse (struct reader *r)
{
  xmlSAXHandler sax;
  memset (&sax, 0, sizeof sax);
  sax.initialized = XML_SAX2_MAGIC;
  sax.startDocument = start_document;
  sax.internalSubset = doctype;
  sax.startElementNs = start_element;
  sax.endElementNs = end_element;
  sax.characters = characters;
  sax.cdataBlock = characters;
  sax.serror = (xmlStructuredErrorFunc) xml_error;

  r->parser = xmlCreateIOParserCtxt (&sax, r, give_bytes, close_nothing, r, XML_CHAR_ENCODING_NONE);
  if (!r->parser)
    pgo_out_of_memory ();
  /* Without NOENT, &amp; in an attribute would arrive as &#38;.  Other entities there are none: their
     declarations have no handler, and a DOCTYPE is a failure.  */
  xmlCtxtUseOptions (r->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
  xmlParseDocument (r->parser);
  r->failed |= r->input.failed;
  if (!r->failed && !r->parser->wellFormed)
    fail (r, "not well-formed XML");
  if (!r->failed)
    check_functions (r);
  xmlFreeDoc (r->parser->myDoc);
  r->parser->myDoc = NULL;
  xmlFreeParserCtxt (r->parser);
}

struct pgo_profile *
pgo_profile_read_id (const char *path, char id[65], struct pgo_status *status)
{
  struct reader *r = pgo_alloc (sizeof *r);
  r->status = status;
  r->profile = pgo_profile_new ();
  if (pgo_xml_input_open (&r->input, path, id != NULL, status))
    {
      r->path = r->input.path;
      parse (r);
    }
  else
    r->failed = true;
  pgo_xml_input_close (&r->input);

  struct pgo_profile *profile = r->profile;
  if (r->failed)
    {
      pgo_profile_free (profile);
      profile = NULL;
    }
  else
    {
      pgo_profile_normalize (profile);
      unsigned char digest[PGO_SHA256_BYTES];
      pgo_sha256_end (&r->input.sha, digest);
      if (id)
        pgo_sha256_text (digest, id);
    }
  pgo_free (r->function_lines);
  pgo_free (r);
  return profile;
}

struct pgo_profile *
pgo_profile_read (const char *path, struct pgo_status *status)
{
  return pgo_profile_read_id (path, NULL, status);
}
