/* Protocol buffers of profile.proto, for what record does to files that the runtime wrote: field numbers,
   reading, writing, files.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_PPROF_WIRE_H
#define PGOINLINE_TOOL_PPROF_WIRE_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An unpacked file: the runtime's table may hold 4 GiB, of which real files are a hundredth.  */
#define WIRE_MAX_BYTES (256u << 20)

enum
{
  PPROF_SAMPLE_TYPE = 1,
  PPROF_SAMPLE = 2,
  PPROF_MAPPING = 3,
  PPROF_LOCATION = 4,
  PPROF_STRING = 6,
  PPROF_TIME_NANOS = 9,
  PPROF_DURATION_NANOS = 10,
  PPROF_PERIOD_TYPE = 11,
  PPROF_PERIOD = 12,
  PPROF_COMMENT = 13,
  PPROF_DEFAULT_SAMPLE_TYPE = 14
};

/* The bytes of a message not yet read.  */
struct wire
{
  const uint8_t *at, *end;
};

bool wire_varint (struct wire *, uint64_t *value);
/* The next field: its number, with VALUE, or INSIDE if it holds bytes (VALUE is then their number).  0 at the
   end; -1 if damaged, or of a kind that profile.proto doesn't have.  */
int wire_field (struct wire *, uint64_t *value, struct wire *inside);

/* Bytes being put together.  Zero-initialise; free the bytes with pgo_free.  */
struct wire_buffer
{
  uint8_t *bytes;
  size_t length, room;
};
void wire_put (struct wire_buffer *, const void *bytes, size_t length);
void wire_put_varint (struct wire_buffer *, uint64_t value);
void wire_put_number (struct wire_buffer *, unsigned field, uint64_t value);
void wire_put_bytes (struct wire_buffer *, unsigned field, const void *bytes, size_t length);

/* Unpack the gzip'ed file PATH into ALL, whose bytes the caller frees.  */
bool wire_read_file (const char *path, struct wire_buffer *all, struct pgo_status *status);
/* Write ALL to PATH, gzip'ed, through a temporary.  */
bool wire_write_file (const char *path, const struct wire_buffer *all, struct pgo_status *status);

#endif
