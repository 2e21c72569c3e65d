/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-text.h"
#include "core/alloc.h"

#include <stdio.h>
#include <string.h>

static const char *const evidence_names[] = { "none", "time", "branch", "exact" };

const char *
pgo_keys_name (enum pgo_keys keys)
{
  static const char *const names[PGO_N_KEYS] = { "source", "mark", "line" };
  return names[keys];
}

const char *
pgo_evidence_name (enum pgo_evidence kind)
{
  return (unsigned) kind < sizeof evidence_names / sizeof *evidence_names ? evidence_names[kind] : "none";
}

bool
pgo_evidence_parse (const char *name, enum pgo_evidence *kind)
{
  for (unsigned i = 0; i < sizeof evidence_names / sizeof *evidence_names; i++)
    if (strcmp (name, evidence_names[i]) == 0)
      {
        *kind = (enum pgo_evidence) i;
        return true;
      }
  return false;
}

char *
pgo_location_text (struct pgo_location at, char buffer[PGO_LOCATION_TEXT])
{
  int n = snprintf (buffer, PGO_LOCATION_TEXT, "%d", at.line);
  if (at.column)
    n += snprintf (buffer + n, PGO_LOCATION_TEXT - (size_t) n, ":%u", at.column);
  if (at.discriminator)
    snprintf (buffer + n, PGO_LOCATION_TEXT - (size_t) n, ".%u", at.discriminator);
  return buffer;
}

/* Digits at *TEXT, before END, as a number up to MAX; *TEXT moves behind them.  */
static bool
parse_digits (const char **text, const char *end, uint64_t max, uint64_t *value)
{
  const char *p = *text;
  uint64_t n = 0;
  for (; p < end && *p >= '0' && *p <= '9'; p++)
    {
      n = n * 10 + (unsigned) (*p - '0');
      if (n > max)
        return false;
    }
  if (p == *text)
    return false;
  *text = p;
  *value = n;
  return true;
}

bool
pgo_location_parse (const char *text, size_t length, struct pgo_location *at)
{
  const char *end = text + length;
  uint64_t line, column = 0, discriminator = 0;
  bool negative = length > 0 && *text == '-';
  text += negative;
  if (!parse_digits (&text, end, negative ? (uint64_t) INT32_MAX + 1 : INT32_MAX, &line))
    return false;
  if (text < end && *text == ':' && (text++, !parse_digits (&text, end, UINT32_MAX, &column)))
    return false;
  if (text < end && *text == '.' && (text++, !parse_digits (&text, end, UINT32_MAX, &discriminator)))
    return false;
  if (text != end)
    return false;
  at->line = (int32_t) (negative ? -(int64_t) line : (int64_t) line);
  at->column = (uint32_t) column;
  at->discriminator = (uint32_t) discriminator;
  return true;
}

/* Bytes of the character at TEXT that may stand for itself in a name; 0 if its first byte may not.  */
static unsigned
plain_length (const char *text)
{
  unsigned char c = (unsigned char) *text;
  if (c <= ' ' || c == 0x7f || c == '%' || c == '>' || c == '|')
    return 0;
  return pgo_utf8_length (text);
}

size_t
pgo_name_text_length (const char *name)
{
  size_t length = 0;
  while (*name)
    {
      unsigned n = plain_length (name);
      length += n ? n : 3;
      name += n ? n : 1;
    }
  return length;
}

void
pgo_name_write (struct pgo_output *out, const char *name)
{
  const char *start = name;     /* Of what is plain for XML, too.  */
  while (*name)
    {
      unsigned n = plain_length (name);
      bool special = *name == '&' || *name == '<' || *name == '"' || *name == '\'';
      if (n && !special)
        {
          name += n;
          continue;
        }
      pgo_output_bytes (out, start, (size_t) (name - start));
      if (special)
        pgo_output_text (out, *name == '&'   ? "&amp;"
                              : *name == '<' ? "&lt;"
                              : *name == '"' ? "&quot;"
                                             : "&apos;");
      else
        pgo_output_printf (out, "%%%02X", (unsigned) (unsigned char) *name);
      start = ++name;
    }
  pgo_output_bytes (out, start, (size_t) (name - start));
}

static int
hex_value (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *
pgo_name_parse (struct pgo_profile *profile, const char *text, size_t length)
{
  if (length == 0 || length > PGO_NAME_TEXT_MAX || memchr (text, '\0', length))
    return NULL;
  if (!memchr (text, '%', length))
    return pgo_profile_string_n (profile, text, length);

  char *name = pgo_alloc (length);
  size_t n = 0;
  bool good = true;
  for (size_t i = 0; i < length && good; i++)
    if (text[i] != '%')
      name[n++] = text[i];
    else
      {
        int high = i + 2 < length ? hex_value (text[i + 1]) : -1;
        int low = i + 2 < length ? hex_value (text[i + 2]) : -1;
        good = high >= 0 && low >= 0 && high + low > 0;
        name[n++] = (char) (high * 16 + low);
        i += 2;
      }
  const char *interned = good ? pgo_profile_string_n (profile, name, n) : NULL;
  pgo_free (name);
  return interned;
}

size_t
pgo_place_text_length (const struct pgo_place *place)
{
  size_t length = PGO_LOCATION_TEXT;
  for (uint32_t i = 0; i < place->n_steps; i++)
    {
      const struct pgo_step *step = &place->steps[i];
      length += PGO_LOCATION_TEXT + pgo_name_text_length (step->callee) + 5;
      if (step->callee_file)
        length += pgo_name_text_length (step->callee_file);
    }
  return length;
}

void
pgo_place_write (struct pgo_output *out, const struct pgo_place *place)
{
  char location[PGO_LOCATION_TEXT];
  for (uint32_t i = 0; i < place->n_steps; i++)
    {
      const struct pgo_step *step = &place->steps[i];
      pgo_output_text (out, pgo_location_text (step->at, location));
      pgo_output_text (out, " ");
      pgo_name_write (out, step->callee);
      if (step->callee_file)
        {
          pgo_output_text (out, "|");
          pgo_name_write (out, step->callee_file);
        }
      pgo_output_text (out, " > ");
    }
  pgo_output_text (out, pgo_location_text (place->at, location));
}

/* "LOCATION CALLEE" or "LOCATION CALLEE|FILE".  */
static bool
parse_step (struct pgo_profile *profile, const char *text, size_t length, struct pgo_step *step)
{
  const char *space = memchr (text, ' ', length);
  if (!space || !pgo_location_parse (text, (size_t) (space - text), &step->at))
    return false;
  const char *name = space + 1;
  size_t rest = (size_t) (text + length - name);
  const char *bar = memchr (name, '|', rest);
  if (memchr (name, ' ', rest))
    return false;
  step->callee = pgo_name_parse (profile, name, bar ? (size_t) (bar - name) : rest);
  step->callee_file = bar ? pgo_name_parse (profile, bar + 1, (size_t) (name + rest - bar - 1)) : NULL;
  return step->callee && (!bar || step->callee_file);
}

bool
pgo_place_parse (struct pgo_profile *profile, const char *text, size_t length,
                 struct pgo_step steps[PGO_DEPTH_MAX], struct pgo_place *place)
{
  if (length > PGO_PLACE_TEXT_MAX)
    return false;
  const char *end = text + length;
  place->steps = steps;
  place->n_steps = 0;
  for (const char *mark; (mark = memmem (text, (size_t) (end - text), " > ", 3)) != NULL; text = mark + 3)
    if (place->n_steps == PGO_DEPTH_MAX
        || !parse_step (profile, text, (size_t) (mark - text), &steps[place->n_steps++]))
      return false;
  return pgo_location_parse (text, (size_t) (end - text), &place->at);
}
