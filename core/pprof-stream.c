/* The wire format of pprof files: see pprof-stream.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/pprof-stream.h"
#include "core/alloc.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

/* Uncompressed size in bytes; also what stops a gzip bomb.  */
#define PPROF_BYTES_MAX (UINT64_C (1) << 33)
/* A message below the profile, in bytes: a sample with its stack and labels, a location with its lines.
   What is skipped may be larger.  */
#define MESSAGE_BYTES_MAX (UINT64_C (1) << 20)
/* Uncompressed bytes between two calls of the handler of progress, each of which costs a system call.  */
#define PROGRESS_BYTES (UINT64_C (1) << 22)

static void (*progress_handler) (const char *path, uint64_t offset);

void
pgo_pprof_set_progress_handler (void (*handler) (const char *path, uint64_t offset))
{
  progress_handler = handler;
}

bool
pgo_pprof_bad (struct pgo_pprof_stream *p, const char *message)
{
  return pgo_fail (p->status, p->path, 0, "byte %" PRIu64 ": %s", p->offset, message);
}

bool
pgo_pprof_read (struct pgo_pprof_stream *p, void *to, size_t size)
{
  int got = gzread (p->file, to, size);
  if (got < 0)
    {
      int error;
      const char *message = gzerror (p->file, &error);
      if (error == Z_ERRNO || error == Z_BUF_ERROR)
        message = error == Z_ERRNO ? strerror (errno) : "truncated gzip stream";
      return pgo_pprof_bad (p, message);
    }
  p->offset += got;
  if ((size_t) got < size)
    {
      int error;
      gzerror (p->file, &error);
      return pgo_pprof_bad (p, error == Z_BUF_ERROR ? "truncated gzip stream" : "truncated");
    }
  if (p->offset > PPROF_BYTES_MAX)
    return pgo_pprof_bad (p, "more than 8 GiB");
  return true;
}

bool
pgo_pprof_skip (struct pgo_pprof_stream *p, uint64_t size)
{
  char buffer[16384];
  while (size > 0)
    {
      size_t part = size < sizeof buffer ? size : sizeof buffer;
      if (!pgo_pprof_read (p, buffer, part))
        return false;
      size -= part;
    }
  return true;
}

/* Read the varint of a top-level field.  AT_END, if not NULL, may be the end of the file instead.  */
static bool
read_varint (struct pgo_pprof_stream *p, uint64_t *value, bool *at_end)
{
  *value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7)
    {
      int byte = gzgetc (p->file);
      if (byte < 0)
        {
          int error;
          const char *message = gzerror (p->file, &error);
          if (error != Z_OK && error != Z_STREAM_END)
            return pgo_pprof_bad (p, error == Z_BUF_ERROR ? "truncated gzip stream" : message);
          if (shift == 0 && at_end)
            {
              *at_end = true;
              return true;
            }
          return pgo_pprof_bad (p, "truncated");
        }
      p->offset++;
      if (shift == 63 && (byte & 0x7f) > 1)
        return pgo_pprof_bad (p, "number of more than 64 bits");
      *value |= (uint64_t) (byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
  return pgo_pprof_bad (p, "number of more than 64 bits");
}

bool
pgo_pprof_varint (struct pgo_pprof_message *m, uint64_t *value)
{
  *value = 0;
  for (unsigned shift = 0; m->at < m->end && shift < 70; shift += 7)
    {
      unsigned byte = *m->at++;
      if (shift == 63 && (byte & 0x7f) > 1)
        return false;
      *value |= (uint64_t) (byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
  return false;
}

bool
pgo_pprof_next_field (struct pgo_pprof_message *m, struct pgo_pprof_field *field, bool *damaged)
{
  uint64_t tag;
  if (m->at == m->end)
    return false;
  *damaged = true;
  if (!pgo_pprof_varint (m, &tag) || tag >> 3 == 0)
    return false;
  field->number = tag >> 3;
  field->wire = tag & 7;
  field->value = 0;
  size_t left = m->end - m->at;
  switch (field->wire)
    {
    case PPROF_WIRE_VARINT:
      if (!pgo_pprof_varint (m, &field->value))
        return false;
      break;
    case PPROF_WIRE_FIXED64:
    case PPROF_WIRE_FIXED32:
      {
        size_t size = field->wire == PPROF_WIRE_FIXED64 ? 8 : 4;
        if (left < size)
          return false;
        m->at += size;
        break;
      }
    case PPROF_WIRE_BYTES:
      if (!pgo_pprof_varint (m, &field->value) || field->value > (uint64_t) (m->end - m->at))
        return false;
      field->bytes = (struct pgo_pprof_message) { m->at, m->at + field->value };
      m->at += field->value;
      break;
    default:
      return false;
    }
  *damaged = false;
  return true;
}

bool
pgo_pprof_read_message (struct pgo_pprof_stream *p, uint64_t size, struct pgo_pprof_message *m)
{
  if (size > MESSAGE_BYTES_MAX)
    return pgo_pprof_bad (p, "message of more than 1 MiB");
  if (!p->message || size > p->message_room)
    {
      p->message_room = size * 2 + 64;
      p->message = pgo_realloc_array (p->message, p->message_room, 1);
    }
  if (size && !pgo_pprof_read (p, p->message, size))
    return false;
  *m = (struct pgo_pprof_message) { p->message, p->message + size };
  return true;
}

bool
pgo_pprof_walk (struct pgo_pprof_stream *p,
                bool (*visit) (void *data, unsigned number, unsigned wire, uint64_t value), void *data)
{
  p->file = gzopen (p->path, "rbe");
  if (!p->file)
    return pgo_fail (p->status, p->path, 0, "%s", errno ? strerror (errno) : "out of memory");
  gzbuffer (p->file, 1 << 17);
  p->offset = p->told = 0;
  bool ok = true, at_end = false;
  while (ok)
    {
      uint64_t tag, value;
      if (progress_handler && p->offset - p->told >= PROGRESS_BYTES)
        {
          p->told = p->offset;
          progress_handler (p->path, (uint64_t) gzoffset (p->file));
        }
      ok = read_varint (p, &tag, &at_end);
      if (!ok || at_end)
        break;
      if (tag >> 3 == 0 || tag >> 3 > PPROF_FIELD_MAX)
        ok = pgo_pprof_bad (p, "field that a pprof profile does not have");
      else if ((tag & 7) != PPROF_WIRE_VARINT && (tag & 7) != PPROF_WIRE_BYTES)
        ok = pgo_pprof_bad (p, "field of a kind that a pprof profile does not have");
      else
        ok = read_varint (p, &value, NULL) && visit (data, tag >> 3, tag & 7, value);
    }
  gzclose_r (p->file);
  p->file = NULL;
  return ok;
}

void
pgo_pprof_clear (struct pgo_pprof_stream *p)
{
  pgo_free (p->message);
  p->message = NULL;
}
