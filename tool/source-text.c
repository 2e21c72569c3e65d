/* The source behind the functions of a binary: see source-text.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/source-text.h"
#include "core/alloc.h"
#include "tool/binary.h"
#include "tool/symbolize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No source of ours is larger; others are not shown.  */
#define FILE_BYTES_MAX (64u << 20)

struct text_file
{
  char *path;
  char *bytes;                  /* NULL: can't be read.  */
  uint32_t *lines;              /* Where each begins, and after the last the end.  */
  uint32_t n_lines;
};

struct source_text
{
  struct binary *binary;
  struct debug_info *debug;
  struct text_file *files;
  uint32_t n_files;
};

struct source_text *
source_text_open (const char *path, struct pgo_status *status)
{
  struct source_text *text = pgo_alloc (sizeof *text);
  text->binary = binary_open (path, NULL, 0, status);
  if (text->binary && !text->binary->dwarf)
    pgo_fail (status, path, 0, "no debug info");
  if (text->binary && text->binary->dwarf)
    text->debug = debug_info_read (text->binary, status);
  if (text->debug)
    return text;
  source_text_close (text);
  return NULL;
}

void
source_text_close (struct source_text *text)
{
  if (!text)
    return;
  for (uint32_t i = 0; i < text->n_files; i++)
    {
      pgo_free (text->files[i].path);
      pgo_free (text->files[i].bytes);
      pgo_free (text->files[i].lines);
    }
  pgo_free (text->files);
  debug_info_free (text->debug);
  binary_close (text->binary);
  pgo_free (text);
}

const char *
source_text_find (struct source_text *text, const char *name, const char *file, int64_t *line)
{
  for (uint32_t i = 0; i < text->debug->n_functions; i++)
    {
      struct function *f = &text->debug->functions[i];
      const struct subprogram *s = &f->subprogram;
      if (f->is_part || strcmp (s->name, name) != 0 || (file && s->file && strcmp (s->file, file) != 0))
        continue;
      const char *path = dwarf_decl_file (&f->die);
      *line = s->decl_line;
      if (path && *line > 0)
        return path;
    }
  return NULL;
}

static void
split_lines (struct text_file *file, uint32_t size)
{
  uint32_t room = 0;
  for (uint32_t at = 0; at <= size; at++)
    if (at == 0 || file->bytes[at - 1] == '\n')
      {
        if (file->n_lines + 1 >= room)
          {
            room = room ? 2 * room : 256;
            file->lines = pgo_realloc_array (file->lines, room, sizeof *file->lines);
          }
        file->lines[file->n_lines++] = at;
      }
  file->lines[file->n_lines] = size + 1;
}

static struct text_file *
find_file (struct source_text *text, const char *path)
{
  for (uint32_t i = 0; i < text->n_files; i++)
    if (strcmp (text->files[i].path, path) == 0)
      return &text->files[i];
  text->files = pgo_realloc_array (text->files, (size_t) text->n_files + 1, sizeof *text->files);
  struct text_file *file = &text->files[text->n_files++];
  *file = (struct text_file) { .path = pgo_text_copy (path, strlen (path)) };
  FILE *stream = fopen (path, "rbe");
  if (!stream)
    return file;
  size_t size = 0, room = 0, n;
  do
    {
      room = room ? 2 * room : 65536;
      file->bytes = pgo_realloc_array (file->bytes, room + 1, 1);
      n = fread (file->bytes + size, 1, room - size, stream);
      size += n;
    }
  while (size == room && room <= FILE_BYTES_MAX);
  fclose (stream);
  split_lines (file, (uint32_t) size);
  return file;
}

const char *
source_text_line (struct source_text *text, const char *path, int64_t number, uint32_t *length)
{
  const struct text_file *file = find_file (text, path);
  if (!file->bytes || number < 1 || number > file->n_lines)
    return NULL;
  uint32_t begin = file->lines[number - 1], end = file->lines[number] - 1;
  if (end > begin && file->bytes[end - 1] == '\r')
    end--;
  *length = end - begin;
  return file->bytes + begin;
}
