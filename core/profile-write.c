/* The canonical text of a profile: an element a line, one space deeper for each level, attributes in the
   order of core/profile-xml.def, and none that has its default value.

   Defaults: samples is weight, head-samples is head, an inlined instance has its parent's kind, keys are
   "source", and numbers are 0.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-io.h"
#include "core/profile-text.h"
#include "core/profile-xml.h"

#include <string.h>

const char *const pgo_xml_attribute_names[PGO_XML_ATTRIBUTES] = {
#define PGO_XML_ATTRIBUTE(ID, TEXT) TEXT,
#include "core/profile-xml.def"
};

const struct pgo_xml_rule pgo_xml_rules[PGO_XML_ELEMENTS] = {
#define PGO_XML_ELEMENT(ID, TEXT, PARENTS, REQUIRED, OPTIONAL) { TEXT, PARENTS, REQUIRED, OPTIONAL },
#include "core/profile-xml.def"
};

struct writer
{
  struct pgo_output *out;
  struct pgo_status *status;
  const char *function;         /* For messages.  */
  unsigned level;
  bool good;
};

static void
begin (struct writer *w, enum pgo_xml_element element)
{
  for (unsigned i = 0; i < w->level; i++)
    pgo_output_bytes (w->out, " ", 1);
  pgo_output_bytes (w->out, "<", 1);
  pgo_output_text (w->out, pgo_xml_rules[element].name);
}

/* End of a start tag, with content behind it or not.  */
static void
open_tag (struct writer *w)
{
  pgo_output_bytes (w->out, ">\n", 2);
  w->level++;
}

static void
empty_tag (struct writer *w)
{
  pgo_output_bytes (w->out, "/>\n", 3);
}

static void
close_tag (struct writer *w, enum pgo_xml_element element)
{
  w->level--;
  for (unsigned i = 0; i < w->level; i++)
    pgo_output_bytes (w->out, " ", 1);
  pgo_output_bytes (w->out, "</", 2);
  pgo_output_text (w->out, pgo_xml_rules[element].name);
  open_tag (w);
  w->level--;
}

static void
attribute (struct writer *w, enum pgo_xml_attribute id)
{
  pgo_output_bytes (w->out, " ", 1);
  pgo_output_text (w->out, pgo_xml_attribute_names[id]);
  pgo_output_bytes (w->out, "=\"", 2);
}

static void
number (struct writer *w, enum pgo_xml_attribute id, uint64_t value)
{
  attribute (w, id);
  pgo_output_u64 (w->out, value);
  pgo_output_bytes (w->out, "\"", 1);
}

static void
number_unless (struct writer *w, enum pgo_xml_attribute id, uint64_t value, uint64_t otherwise)
{
  if (value != otherwise)
    number (w, id, value);
}

static void
text (struct writer *w, enum pgo_xml_attribute id, const char *value)
{
  attribute (w, id);
  pgo_output_text (w->out, value);
  pgo_output_bytes (w->out, "\"", 1);
}

static void
name (struct writer *w, enum pgo_xml_attribute id, const char *value)
{
  if (!value)
    return;
  attribute (w, id);
  pgo_name_write (w->out, value);
  pgo_output_bytes (w->out, "\"", 1);
  if (w->good && *value == '\0' && id != PGO_XML_BINARY)
    w->good =
        pgo_fail (w->status, NULL, 0, "in %.80s: %s is empty", w->function, pgo_xml_attribute_names[id]);
  /* An escape takes three bytes: what is short enough need not be looked at again.  */
  if (w->good && strlen (value) > PGO_NAME_TEXT_MAX / 3 && pgo_name_text_length (value) > PGO_NAME_TEXT_MAX)
    w->good =
        pgo_fail (w->status, NULL, 0, "in %.80s: %s is too long", w->function, pgo_xml_attribute_names[id]);
}

static void
location (struct writer *w, struct pgo_location at)
{
  char buffer[PGO_LOCATION_TEXT];
  text (w, PGO_XML_AT, pgo_location_text (at, buffer));
}

static void
place (struct writer *w, enum pgo_xml_attribute id, const struct pgo_place *where)
{
  attribute (w, id);
  pgo_place_write (w->out, where);
  pgo_output_bytes (w->out, "\"", 1);
  if (w->good && where->n_steps && pgo_place_text_length (where) > PGO_PLACE_TEXT_MAX)
    w->good = pgo_fail (w->status, NULL, 0, "in %.80s: a branch's %s is too long", w->function,
                        pgo_xml_attribute_names[id]);
}

static void
weight (struct writer *w, uint64_t value, uint64_t samples)
{
  number (w, PGO_XML_WEIGHT, value);
  number_unless (w, PGO_XML_SAMPLES, samples, value);
}

static void
write_body (struct writer *w, const struct pgo_instance *instance);

/* The attributes that functions and inlined instances share, and all below.  */
static void
write_instance (struct writer *w, enum pgo_xml_element element, const struct pgo_instance *instance)
{
  if (instance->keys != PGO_KEYS_SOURCE)
    text (w, PGO_XML_KEYS, pgo_keys_name (instance->keys));
  if (instance->keys == PGO_KEYS_MARK)
    {
      attribute (w, PGO_XML_CHECKSUM);
      pgo_output_printf (w->out, "%016llx\"", (unsigned long long) instance->checksum);
    }
  number_unless (w, PGO_XML_HEAD, instance->head, 0);
  number_unless (w, PGO_XML_HEAD_SAMPLES, instance->head_samples, instance->head);
  number (w, PGO_XML_TOTAL, instance->total);
  number_unless (w, PGO_XML_SIZE, instance->size_bytes, 0);
  if (element == PGO_XML_ELEMENT_FUNCTION)
    number_unless (w, PGO_XML_RANK, instance->rank, 0);
  if (instance->n_lines || instance->n_calls || instance->n_branches || instance->n_inlined)
    {
      open_tag (w);
      write_body (w, instance);
      close_tag (w, element);
    }
  else
    empty_tag (w);
}

static void
write_body (struct writer *w, const struct pgo_instance *instance)
{
  for (uint32_t i = 0; i < instance->n_lines; i++)
    {
      const struct pgo_line *line = &instance->lines[i];
      begin (w, PGO_XML_ELEMENT_LINE);
      location (w, line->at);
      weight (w, line->weight, line->samples);
      empty_tag (w);
    }
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      const struct pgo_call *call = &instance->calls[i];
      begin (w, PGO_XML_ELEMENT_CALL);
      location (w, call->at);
      name (w, PGO_XML_CALLEE, call->callee);
      name (w, PGO_XML_CALLEE_FILE, call->callee_file);
      weight (w, call->weight, call->samples);
      empty_tag (w);
    }
  for (uint32_t i = 0; i < instance->n_branches; i++)
    {
      const struct pgo_branch *branch = &instance->branches[i];
      begin (w, PGO_XML_ELEMENT_BRANCH);
      place (w, PGO_XML_FROM, &branch->from);
      place (w, PGO_XML_TO, &branch->to);
      weight (w, branch->weight, branch->samples);
      empty_tag (w);
    }
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    {
      const struct pgo_instance *inlined = instance->inlined[i];
      begin (w, PGO_XML_ELEMENT_INLINED);
      location (w, inlined->at);
      name (w, PGO_XML_NAME, inlined->name);
      name (w, PGO_XML_FILE, inlined->file);
      if (inlined->kind != instance->kind)
        text (w, PGO_XML_KIND, pgo_evidence_name (inlined->kind));
      write_instance (w, PGO_XML_ELEMENT_INLINED, inlined);
    }
}

static void
write_origins (struct writer *w, const struct pgo_profile *profile)
{
  begin (w, PGO_XML_ELEMENT_ORIGINS);
  open_tag (w);
  for (uint32_t i = 0; i < profile->n_origins; i++)
    {
      const struct pgo_origin *origin = &profile->origins[i];
      begin (w, PGO_XML_ELEMENT_ORIGIN);
      text (w, PGO_XML_KIND, pgo_evidence_name (origin->kind));
      if (origin->keys != PGO_KEYS_SOURCE)
        text (w, PGO_XML_KEYS, pgo_keys_name (origin->keys));
      name (w, PGO_XML_BINARY, origin->binary);
      if (*origin->build_id)
        name (w, PGO_XML_BUILD_ID, origin->build_id);
      number (w, PGO_XML_SAMPLES, origin->samples);
      number_unless (w, PGO_XML_LOST, origin->lost, 0);
      number_unless (w, PGO_XML_DURATION_NS, origin->duration_ns, 0);
      empty_tag (w);
    }
  close_tag (w, PGO_XML_ELEMENT_ORIGINS);
}

static void
write_summary (struct writer *w, const struct pgo_summary *summary)
{
  begin (w, PGO_XML_ELEMENT_SUMMARY);
  number (w, PGO_XML_TOTAL, summary->total);
  number (w, PGO_XML_MAX, summary->max);
  number (w, PGO_XML_FUNCTIONS, summary->functions);
  number (w, PGO_XML_LINES, summary->lines);
  open_tag (w);
  for (uint32_t i = 0; i < summary->n_cutoffs; i++)
    {
      begin (w, PGO_XML_ELEMENT_CUTOFF);
      number (w, PGO_XML_PPM, summary->cutoffs[i].cutoff_ppm);
      number (w, PGO_XML_MIN_WEIGHT, summary->cutoffs[i].min_weight);
      number (w, PGO_XML_LINES, summary->cutoffs[i].lines);
      empty_tag (w);
    }
  close_tag (w, PGO_XML_ELEMENT_SUMMARY);
}

bool
pgo_profile_write_xml (const struct pgo_profile *profile, struct pgo_output *out, struct pgo_status *status)
{
  struct writer w = { .out = out, .status = status, .function = "origins", .good = true };
  pgo_output_text (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  begin (&w, PGO_XML_ELEMENT_PROFILE);
  number (&w, PGO_XML_VERSION, PGO_PROFILE_VERSION);
  open_tag (&w);
  write_origins (&w, profile);
  write_summary (&w, &profile->summary);
  for (uint32_t i = 0; i < profile->n_functions && w.good; i++)
    {
      const struct pgo_instance *function = profile->functions[i];
      w.function = function->name;
      begin (&w, PGO_XML_ELEMENT_FUNCTION);
      name (&w, PGO_XML_NAME, function->name);
      name (&w, PGO_XML_FILE, function->file);
      text (&w, PGO_XML_KIND, pgo_evidence_name (function->kind));
      write_instance (&w, PGO_XML_ELEMENT_FUNCTION, function);
    }
  close_tag (&w, PGO_XML_ELEMENT_PROFILE);
  return w.good;
}

bool
pgo_profile_write (const struct pgo_profile *profile, const char *path, struct pgo_status *status)
{
  struct pgo_output *out = pgo_output_open (path, status);
  if (!out)
    return false;
  if (pgo_profile_write_xml (profile, out, status))
    return pgo_output_commit (out, status);
  pgo_output_discard (out);
  if (!status->file[0])
    pgo_fail (status, path, 0, "cannot be written: %.400s", status->message);
  return false;
}
