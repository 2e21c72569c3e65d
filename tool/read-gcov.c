/* gcov's JSON: see read-gcov.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/read-gcov.h"
#include "core/alloc.h"
#include "core/assembler-name.h"
#include "tool/json.h"

#include <stdlib.h>
#include <string.h>

/* Lines and functions of one file.  */
#define LINES_MAX (1u << 22)
#define FUNCTIONS_MAX (1u << 20)

struct line
{
  const char *function;         /* Interned; NULL: none.  */
  int64_t number;
  uint64_t count;
};

struct function
{
  const char *name;             /* Interned.  */
  int64_t start, end;           /* Lines.  */
  uint64_t count;
};

struct reader
{
  struct json *json;
  struct gcov *gcov;
  struct line *lines;
  struct function *functions;
  uint32_t n_lines, n_functions, room_lines, room_functions;
  const char *file;
  bool any_files;
};

static int64_t
line_number (const struct json *json)
{
  uint64_t n = json_number (json);
  return n <= INT32_MAX ? (int64_t) n : INT32_MAX;
}

static const char *
intern (struct reader *r, const char *text)
{
  return pgo_profile_string (r->gcov->profile, text);
}

/* One element of "lines".  */
static bool
read_line (struct reader *r)
{
  struct line line = { NULL, 0, 0 };
  enum json_token token;
  while ((token = json_next (r->json)) == JSON_NAME)
    {
      char name[32] = "";
      strncat (name, json_text (r->json), sizeof name - 1);
      token = json_next (r->json);
      if (token == JSON_NUMBER && strcmp (name, "line_number") == 0)
        line.number = line_number (r->json);
      else if (token == JSON_NUMBER && strcmp (name, "count") == 0)
        line.count = json_number (r->json);
      else if (token == JSON_STRING && strcmp (name, "function_name") == 0)
        line.function = intern (r, json_text (r->json));
      else if (!json_skip (r->json, token))
        return false;
    }
  if (token != JSON_OBJECT_END)
    return false;
  if (r->n_lines == LINES_MAX)
    return json_fail (r->json, "more than 4194304 lines in a file");
  if (r->n_lines == r->room_lines)
    {
      r->room_lines = r->room_lines ? 2 * r->room_lines : 256;
      r->lines = pgo_realloc_array (r->lines, r->room_lines, sizeof *r->lines);
    }
  r->lines[r->n_lines++] = line;
  return true;
}

/* One element of "functions".  */
static bool
read_function (struct reader *r)
{
  struct function function = { NULL, 0, 0, 0 };
  enum json_token token;
  while ((token = json_next (r->json)) == JSON_NAME)
    {
      char name[32] = "";
      strncat (name, json_text (r->json), sizeof name - 1);
      token = json_next (r->json);
      if (token == JSON_STRING && strcmp (name, "name") == 0 && *json_text (r->json))
        function.name = intern (r, json_text (r->json));
      else if (token == JSON_NUMBER && strcmp (name, "start_line") == 0)
        function.start = line_number (r->json);
      else if (token == JSON_NUMBER && strcmp (name, "end_line") == 0)
        function.end = line_number (r->json);
      else if (token == JSON_NUMBER && strcmp (name, "execution_count") == 0)
        function.count = json_number (r->json);
      else if (!json_skip (r->json, token))
        return false;
    }
  if (token != JSON_OBJECT_END)
    return false;
  if (!function.name)
    return json_fail (r->json, "function without a name");
  if (r->n_functions == FUNCTIONS_MAX)
    return json_fail (r->json, "more than 1048576 functions in a file");
  if (r->n_functions == r->room_functions)
    {
      r->room_functions = r->room_functions ? 2 * r->room_functions : 64;
      r->functions = pgo_realloc_array (r->functions, r->room_functions, sizeof *r->functions);
    }
  r->functions[r->n_functions++] = function;
  return true;
}

/* An array of objects, each read by READ.  */
static bool
read_array (struct reader *r, enum json_token token, bool (*read) (struct reader *))
{
  if (token != JSON_ARRAY)
    return token != JSON_ERROR && json_fail (r->json, "an array is expected here");
  while ((token = json_next (r->json)) == JSON_OBJECT)
    if (!read (r))
      return token != JSON_ERROR && json_fail (r->json, "malformed object");
  return token == JSON_ARRAY_END || json_fail (r->json, "an object is expected here");
}

static int
compare_functions (const void *a, const void *b)
{
  const struct function *x = a, *y = b;
  int order = strcmp (x->name, y->name);
  if (order)
    return order;
  return x->start != y->start ? (x->start < y->start ? -1 : 1) : 0;
}

static const struct function *
find_function (const struct reader *r, const char *name)
{
  uint32_t low = 0, high = r->n_functions;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (strcmp (r->functions[middle].name, name) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low < r->n_functions && strcmp (r->functions[low].name, name) == 0 ? &r->functions[low] : NULL;
}

static struct pgo_instance *
add_function (struct reader *r, const struct function *function)
{
  char *name = pgo_text_copy (function->name, assembler_name_length (function->name));
  assembler_name_unify (name);
  struct pgo_instance *instance = pgo_profile_add_function (r->gcov->profile, *name ? name : function->name, r->file);
  pgo_free (name);
  instance->kind = PGO_EVIDENCE_EXACT;
  instance->keys = PGO_KEYS_LINE;
  instance->head = instance->head_samples = function->count;
  return instance;
}

/* What was read of one file, into the profile.  */
static void
finish_file (struct reader *r)
{
  struct pgo_profile *profile = r->gcov->profile;
  struct pgo_instance **instances = pgo_alloc_array (r->n_functions, sizeof *instances);
  if (r->n_functions)
    qsort (r->functions, r->n_functions, sizeof *r->functions, compare_functions);
  for (uint32_t i = 0; i < r->n_functions; i++)
    instances[i] = add_function (r, &r->functions[i]);
  for (uint32_t i = 0; i < r->n_lines; i++)
    {
      const struct line *line = &r->lines[i];
      const struct function *function = line->function ? find_function (r, line->function) : NULL;
      r->gcov->lines = pgo_add (r->gcov->lines, line->count);
      if (!function)
        r->gcov->unknown = pgo_add (r->gcov->unknown, line->count);
      else
        pgo_instance_add_line (profile, instances[function - r->functions],
                               (struct pgo_location) { (int32_t) (line->number - function->start), 0, 0 },
                               line->count, line->count);
    }
  pgo_free (instances);
  r->n_lines = r->n_functions = 0;
  r->file = NULL;
}

/* One element of "files".  */
static bool
read_file (struct reader *r)
{
  enum json_token token;
  while ((token = json_next (r->json)) == JSON_NAME)
    {
      char name[32] = "";
      strncat (name, json_text (r->json), sizeof name - 1);
      token = json_next (r->json);
      bool good = true;
      if (strcmp (name, "lines") == 0)
        good = read_array (r, token, read_line);
      else if (strcmp (name, "functions") == 0)
        good = read_array (r, token, read_function);
      else if (token == JSON_STRING && strcmp (name, "file") == 0)
        {
          const char *path = json_text (r->json), *slash = strrchr (path, '/');
          r->file = intern (r, slash ? slash + 1 : path);
        }
      else
        good = json_skip (r->json, token);
      if (!good)
        return false;
    }
  if (token != JSON_OBJECT_END)
    return false;
  if (!r->file || !*r->file)
    return json_fail (r->json, "file without a name");
  r->any_files = true;
  finish_file (r);
  return true;
}

/* One object of gcov's.  */
static bool
read_top (struct reader *r)
{
  enum json_token token;
  bool is_gcov = false;
  while ((token = json_next (r->json)) == JSON_NAME)
    {
      bool is_files = strcmp (json_text (r->json), "files") == 0;
      is_gcov |= is_files;
      token = json_next (r->json);
      if (is_files ? !read_array (r, token, read_file) : !json_skip (r->json, token))
        return false;
    }
  return token == JSON_OBJECT_END && (is_gcov || json_fail (r->json, "JSON, but not gcov's: it has no \"files\""));
}

static void
add_origin (struct gcov *gcov)
{
  struct pgo_origin *origin = pgo_profile_add_origin (gcov->profile);
  origin->kind = PGO_EVIDENCE_EXACT;
  origin->keys = PGO_KEYS_LINE;
  origin->binary = pgo_profile_string (gcov->profile, "gcov");
  origin->samples = gcov->lines - gcov->unknown;
}

bool
gcov_read (const char *path, struct gcov *gcov, struct pgo_status *status)
{
  struct reader r = { .gcov = gcov, .json = json_open (path, status) };
  if (!r.json)
    return false;
  *gcov = (struct gcov) { .profile = pgo_profile_new () };
  enum json_token token;
  bool good = true;
  while (good && (token = json_next (r.json)) != JSON_END)
    good = token == JSON_OBJECT ? read_top (&r) : json_fail (r.json, "an object is expected here");
  if (!good)
    /* If nobody has said why yet.  */
    json_fail (r.json, "malformed");
  else if (gcov->profile->n_functions == 0)
    good = pgo_fail (status, path, 0, "gcov tells of no function");
  if (good)
    add_origin (gcov);
  else
    pgo_profile_free (gcov->profile);
  json_close (r.json);
  pgo_free (r.lines);
  pgo_free (r.functions);
  return good;
}

static int
compare_names (const void *a, const void *b)
{
  const struct pgo_instance *x = *(struct pgo_instance *const *) a, *y = *(struct pgo_instance *const *) b;
  int order = strcmp (x->name, y->name);
  return order || !x->file || !y->file ? order : strcmp (x->file, y->file);
}

void
gcov_settle_files (struct pgo_profile *profile)
{
  struct pgo_instance **functions = pgo_alloc_array (profile->n_functions, sizeof *functions);
  uint32_t n = 0;
  for (uint32_t i = 0; i < profile->n_functions; i++)
    if (profile->functions[i]->keys == PGO_KEYS_LINE && profile->functions[i]->file)
      functions[n++] = profile->functions[i];
  if (n)
    qsort (functions, n, sizeof *functions, compare_names);
  for (uint32_t i = 0, end; i < n; i = end)
    {
      for (end = i + 1; end < n && strcmp (functions[end]->name, functions[i]->name) == 0;)
        end++;
      /* Sorted: all are of one file if the first and the last are.  */
      if (strcmp (functions[i]->file, functions[end - 1]->file) == 0)
        for (uint32_t k = i; k < end; k++)
          functions[k]->file = NULL;
    }
  pgo_free (functions);
}
