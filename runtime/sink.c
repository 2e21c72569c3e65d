/* Bytes through gzip to a file descriptor: see sink.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/sink.h"
#include "runtime/raw.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* zconf.h: (1 << (windowBits + 2)) + (1 << (memLevel + 9)) for 15 and 8, and what the structs take.  */
#define ZLIB_BYTES ((1u << 17) + (1u << 17) + (32u << 10))
#define PIECE_BYTES (32u << 10)
/* windowBits with a gzip header, as zlib.h documents for deflateInit2.  */
#define GZIP_WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL 8
/* A compiler's records of 0.3 CPU seconds, 905 KB, take 17 ms at level 1 and 308 KB, at the default level 56 ms and 290 KB.  */
#define LEVEL Z_BEST_SPEED

/* Sanitizers that need thread-local storage in memcpy and memset, which libz then calls.  */
extern void __tsan_init (void) __attribute__ ((weak, visibility ("default")));
extern void __msan_init (void) __attribute__ ((weak, visibility ("default")));

struct pgo_sink
{
  z_stream stream;
  bool stored;                  /* gzip without compression, of our own.  */
  uint32_t crc, size;           /* Of what came in, then.  */
  int fd;
  int error;
  size_t n_in;
  size_t used;                  /* Of MEMORY.  */
  uint8_t in[PIECE_BYTES];
  uint8_t out[PIECE_BYTES];
  _Alignas (16) uint8_t memory[ZLIB_BYTES];
};

static voidpf
take (voidpf opaque, uInt items, uInt size)
{
  struct pgo_sink *sink = opaque;
  size_t bytes = ((size_t) items * size + 15) & ~(size_t) 15;
  if (bytes > sizeof sink->memory - sink->used)
    return Z_NULL;
  void *memory = sink->memory + sink->used;
  sink->used += bytes;
  return memory;
}

static void
give_back (voidpf opaque, voidpf memory)
{
  (void) opaque;
  (void) memory;
}

/* RFC 1952: the CRC-32 of gzip.  */
static uint32_t
update_crc (uint32_t crc, const uint8_t *bytes, size_t n)
{
  crc = ~crc;
  for (size_t i = 0; i < n; i++)
    {
      crc ^= bytes[i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
    }
  return ~crc;
}

static void
put_out (struct pgo_sink *sink, const void *bytes, size_t n)
{
  if (sink->error == 0)
    sink->error = -pgo_raw_write (sink->fd, bytes, n);
}

static void
put_little_endian (uint8_t *to, uint32_t value, int bytes)
{
  for (int i = 0; i < bytes; i++)
    to[i] = (uint8_t) (value >> 8 * i);
}

/* Write what is in the buffer as a stored block (RFC 1951, 3.2.4), and the end of the gzip file if LAST.  */
static void
flush_stored (struct pgo_sink *sink, bool last)
{
  uint8_t head[5], tail[8];
  head[0] = last;
  put_little_endian (head + 1, (uint32_t) sink->n_in, 2);
  put_little_endian (head + 3, ~(uint32_t) sink->n_in, 2);
  put_out (sink, head, sizeof head);
  put_out (sink, sink->in, sink->n_in);
  sink->crc = update_crc (sink->crc, sink->in, sink->n_in);
  sink->size += (uint32_t) sink->n_in;
  sink->n_in = 0;
  if (last)
    {
      put_little_endian (tail, sink->crc, 4);
      put_little_endian (tail + 4, sink->size, 4);
      put_out (sink, tail, sizeof tail);
    }
}

struct pgo_sink *
pgo_sink_open (int fd)
{
  struct pgo_sink *sink = pgo_raw_map (sizeof *sink);
  if (sink == NULL)
    return NULL;
  sink->fd = fd;
  sink->stream.zalloc = take;
  sink->stream.zfree = give_back;
  sink->stream.opaque = sink;
  sink->stored = __tsan_init != NULL || __msan_init != NULL
                 || deflateInit2 (&sink->stream, LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS,
                                  MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK;
  if (sink->stored)
    {
      /* gzip's header: deflate, no flags, no time, Unix.  */
      static const uint8_t header[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
      put_out (sink, header, sizeof header);
    }
  return sink;
}

/* Compress what is in the buffer.  */
static void
flush (struct pgo_sink *sink, int mode)
{
  if (sink->stored)
    {
      flush_stored (sink, mode == Z_FINISH);
      return;
    }
  sink->stream.next_in = sink->in;
  sink->stream.avail_in = (uInt) sink->n_in;
  sink->n_in = 0;
  do
    {
      sink->stream.next_out = sink->out;
      sink->stream.avail_out = sizeof sink->out;
      int result = deflate (&sink->stream, mode);
      if (sink->error == 0 && result == Z_STREAM_ERROR)
        sink->error = EIO;
      put_out (sink, sink->out, sizeof sink->out - sink->stream.avail_out);
    }
  while (sink->error == 0 && sink->stream.avail_out == 0);
}

void
pgo_sink_write (struct pgo_sink *sink, const void *bytes, size_t size)
{
  const uint8_t *from = bytes;
  while (size > 0 && sink->error == 0)
    {
      size_t n = sizeof sink->in - sink->n_in;
      if (n > size)
        n = size;
      memcpy (sink->in + sink->n_in, from, n);
      sink->n_in += n;
      from += n;
      size -= n;
      if (sink->n_in == sizeof sink->in)
        flush (sink, Z_NO_FLUSH);
    }
}

int
pgo_sink_close (struct pgo_sink *sink)
{
  if (sink->error == 0)
    flush (sink, Z_FINISH);
  int error = sink->error;
  if (!sink->stored)
    deflateEnd (&sink->stream);
  pgo_raw_unmap (sink, sizeof *sink);
  return error;
}
