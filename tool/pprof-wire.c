/* Protocol buffers of profile.proto: see pprof-wire.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/pprof-wire.h"
#include "core/alloc.h"
#include "core/atomic-file.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

/* Greatest field number that profile.proto has, with some for its future.  */
#define MAX_FIELD 100
#define GZIP_WINDOW_BITS (15 + 16)

bool
wire_varint (struct wire *w, uint64_t *value)
{
  *value = 0;
  for (unsigned shift = 0; w->at < w->end && shift < 64; shift += 7)
    {
      uint8_t byte = *w->at++;
      *value |= (uint64_t) (byte & 0x7f) << shift;
      if (byte < 0x80)
        return true;
    }
  return false;
}

int
wire_field (struct wire *w, uint64_t *value, struct wire *inside)
{
  uint64_t key;
  *inside = (struct wire) { NULL, NULL };
  if (w->at == w->end)
    return 0;
  if (!wire_varint (w, &key) || key >> 3 == 0 || key >> 3 > MAX_FIELD || !wire_varint (w, value))
    return -1;
  if ((key & 7) == 2)
    {
      if (*value > (uint64_t) (w->end - w->at))
        return -1;
      *inside = (struct wire) { w->at, w->at + *value };
      w->at += *value;
    }
  else if ((key & 7) != 0)
    return -1;
  return (int) (key >> 3);
}

static void
make_room (struct wire_buffer *b, size_t more)
{
  if (b->room - b->length >= more)
    return;
  size_t room = b->room ? b->room : 256;
  while (room - b->length < more)
    room *= 2;
  b->bytes = pgo_realloc_array (b->bytes, room, 1);
  b->room = room;
}

void
wire_put (struct wire_buffer *b, const void *bytes, size_t length)
{
  make_room (b, length);
  if (length)
    memcpy (b->bytes + b->length, bytes, length);
  b->length += length;
}

void
wire_put_varint (struct wire_buffer *b, uint64_t value)
{
  uint8_t bytes[10];
  size_t n = 0;
  for (; value >= 0x80; value >>= 7)
    bytes[n++] = (uint8_t) (value | 0x80);
  bytes[n++] = (uint8_t) value;
  wire_put (b, bytes, n);
}

void
wire_put_number (struct wire_buffer *b, unsigned field, uint64_t value)
{
  wire_put_varint (b, field << 3);
  wire_put_varint (b, value);
}

void
wire_put_bytes (struct wire_buffer *b, unsigned field, const void *bytes, size_t length)
{
  wire_put_varint (b, field << 3 | 2);
  wire_put_varint (b, length);
  wire_put (b, bytes, length);
}

bool
wire_read_file (const char *path, struct wire_buffer *all, struct pgo_status *status)
{
  memset (all, 0, sizeof *all);
  errno = 0;
  gzFile file = gzopen (path, "rb");
  if (!file)
    return pgo_fail (status, path, 0, "%s", errno ? strerror (errno) : "out of memory");
  int n;
  do
    {
      make_room (all, 1u << 16);
      n = gzread (file, all->bytes + all->length, 1u << 16);
      all->length += n > 0 ? (size_t) n : 0;
    }
  while (n > 0 && all->length <= WIRE_MAX_BYTES);
  bool whole = n == 0 && gzclose (file) == Z_OK;
  if (n != 0)
    gzclose (file);
  if (!whole)
    return pgo_fail (status, path, 0, n > 0 ? "larger than the limit of 256 MiB" : "damaged or truncated");
  return true;
}

bool
wire_write_file (const char *path, const struct wire_buffer *all, struct pgo_status *status)
{
  z_stream stream;
  uint8_t piece[1u << 14];
  memset (&stream, 0, sizeof stream);
  if (all->length > WIRE_MAX_BYTES)
    return pgo_fail (status, path, 0, "would be larger than the limit of 256 MiB");
  if (deflateInit2 (&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY)
      != Z_OK)
    return pgo_fail (status, path, 0, "zlib doesn't start");
  struct pgo_output *output = pgo_output_open (path, status);
  if (!output)
    {
      deflateEnd (&stream);
      return false;
    }
  stream.next_in = all->bytes;
  stream.avail_in = (uInt) all->length;
  int result;
  do
    {
      stream.next_out = piece;
      stream.avail_out = sizeof piece;
      result = deflate (&stream, Z_FINISH);
      pgo_output_bytes (output, piece, sizeof piece - stream.avail_out);
    }
  while (result == Z_OK);
  deflateEnd (&stream);
  if (result != Z_STREAM_END)
    {
      pgo_output_discard (output);
      return pgo_fail (status, path, 0, "zlib failed");
    }
  return pgo_output_commit (output, status);
}
