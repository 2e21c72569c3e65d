/* What a recording wrote: see record-files.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/record-files.h"
#include "tool/pprof-comments.h"
#include "tool/pprof-wire.h"
#include "core/alloc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Process id in NAME if that is STEM.PID and then SUFFIX; else 0.  */
static unsigned long
process_in_name (const char *name, const char *stem, size_t stem_length, const char *suffix)
{
  if (strncmp (name, stem, stem_length) != 0 || name[stem_length] != '.')
    return 0;
  const char *digits = name + stem_length + 1;
  if (*digits < '1' || *digits > '9')
    return 0;
  char *end;
  unsigned long pid = strtoul (digits, &end, 10);
  return strcmp (end, suffix) == 0 ? pid : 0;
}

static void
add_file (struct record_files *list, const char *path)
{
  struct stat status;
  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return;
  if (list->n_files == list->room_files)
    {
      list->room_files = list->room_files ? 2 * list->room_files : 16;
      list->files = pgo_realloc_array (list->files, list->room_files, sizeof list->files[0]);
    }
  struct record_file *file = &list->files[list->n_files++];
  file->path = pgo_text_copy (path, strlen (path));
  file->inode = status.st_ino;
  file->size = status.st_size;
  file->seconds = status.st_mtim.tv_sec;
  file->nanoseconds = status.st_mtim.tv_nsec;
}

/* By length, then text: all but the process id is the same, so by process id, and what has none is first.  */
static int
compare_files (const void *left, const void *right)
{
  const struct record_file *a = left, *b = right;
  size_t m = strlen (a->path), n = strlen (b->path);
  return m != n ? (m < n ? -1 : 1) : strcmp (a->path, b->path);
}

void
record_files_list (const char *path, const char *suffix, struct record_files *list)
{
  memset (list, 0, sizeof *list);
  add_file (list, path);

  const char *slash = strrchr (path, '/');
  const char *base = slash ? slash + 1 : path;
  size_t stem = strlen (base), ending = strlen (suffix);
  if (stem > ending && strcmp (base + stem - ending, suffix) == 0)
    stem -= ending;
  else
    suffix = "";
  char *folder = slash ? pgo_text_copy (path, (size_t) (slash - path) + 1) : pgo_text_copy ("./", 2);
  DIR *directory = opendir (folder);
  struct dirent *entry;
  while (directory && (entry = readdir (directory)) != NULL)
    if (process_in_name (entry->d_name, base, stem, suffix) != 0)
      {
        size_t size = (size_t) (base - path) + strlen (entry->d_name) + 1;
        char *name = pgo_alloc (size);
        snprintf (name, size, "%.*s%s", (int) (base - path), path, entry->d_name);
        add_file (list, name);
        pgo_free (name);
      }
  if (directory)
    closedir (directory);
  pgo_free (folder);
  if (list->n_files > 1)
    qsort (list->files, list->n_files, sizeof list->files[0], compare_files);
}

void
record_files_subtract (struct record_files *after, const struct record_files *before)
{
  size_t kept = 0;
  for (size_t i = 0; i < after->n_files; i++)
    {
      struct record_file *file = &after->files[i];
      bool old = false;
      for (size_t k = 0; k < before->n_files; k++)
        {
          const struct record_file *b = &before->files[k];
          old |= strcmp (file->path, b->path) == 0 && file->inode == b->inode && file->size == b->size
                 && file->seconds == b->seconds && file->nanoseconds == b->nanoseconds;
        }
      if (old)
        pgo_free (file->path);
      else
        after->files[kept++] = *file;
    }
  after->n_files = kept;
}

void
record_files_free (struct record_files *list)
{
  for (size_t i = 0; i < list->n_files; i++)
    pgo_free (list->files[i].path);
  pgo_free (list->files);
  memset (list, 0, sizeof *list);
}

static bool
read_sample (struct wire sample, struct record_summary *summary)
{
  uint64_t value, values[4] = { 0, 0, 0, 0 };
  struct wire inside;
  int field;
  while ((field = wire_field (&sample, &value, &inside)) > 0)
    if (field == 2)
      for (int i = 0; i < 4 && inside.at < inside.end; i++)
        if (!wire_varint (&inside, &values[i]))
          return false;
  summary->clock += values[0];
  return field == 0;
}

/* If TEXT begins with KEY, the rest goes into BUFFER.  */
static bool
take_comment (struct wire text, const char *key, char *buffer, size_t size)
{
  size_t length = strlen (key), rest = (size_t) (text.end - text.at);
  if (rest < length || memcmp (text.at, key, length) != 0)
    return false;
  rest -= length;
  if (rest >= size)
    rest = size - 1;
  memcpy (buffer, text.at + length, rest);
  buffer[rest] = '\0';
  return true;
}

static void
read_comment (struct wire text, struct record_summary *summary)
{
  char number[32];
  take_comment (text, "engine: ", summary->engine, sizeof summary->engine);
  take_comment (text, "hz: ", summary->hz, sizeof summary->hz);
  if (summary->note[0] == '\0')
    take_comment (text, "note: ", summary->note, sizeof summary->note);
  for (int i = 0; i < PPROF_N_SUMS; i++)
    if (take_comment (text, pprof_sum_keys[i], number, sizeof number))
      *(i == PPROF_BRANCH_RECORDS ? &summary->branch_records : &summary->lost) += strtoull (number, NULL, 10);
}

/* Read the comment that is string NUMBER of ALL.  */
static void
find_comment (struct wire all, uint64_t number, struct record_summary *summary)
{
  struct wire inside;
  uint64_t value, n = 0;
  int field;
  while ((field = wire_field (&all, &value, &inside)) > 0)
    if (field == PPROF_STRING && n++ == number)
      {
        read_comment (inside, summary);
        return;
      }
}

bool
record_summary_read (const char *path, struct record_summary *summary, struct pgo_status *status)
{
  struct wire_buffer data;
  memset (summary, 0, sizeof *summary);
  bool good = wire_read_file (path, &data, status);
  if (good)
    {
      struct wire all = { data.bytes, data.bytes + data.length }, rest = all, inside;
      uint64_t value;
      int field;
      while (good && (field = wire_field (&rest, &value, &inside)) != 0)
        if (field < 0 || (field == PPROF_SAMPLE && !read_sample (inside, summary)))
          good = pgo_fail (status, path, 0, "damaged samples");
        else if (field == PPROF_COMMENT)
          find_comment (all, value, summary);
    }
  pgo_free (data.bytes);
  return good;
}
