/* pprof files, profile.proto of github.com/google/pprof, plain or gzip'ed, as a stream of fields.

   A file may be a gigabyte, so it is never held: readers walk it several times, a message at a time.  Messages of a
   protocol buffer may come in any order.  Sizes are bounded; a failure tells the byte.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_PPROF_STREAM_H
#define PGOINLINE_CORE_PPROF_STREAM_H

#include "core/status.h"

#include <stdint.h>

/* Fields of profile.proto.  */
enum { PPROF_SAMPLE_TYPE = 1, PPROF_SAMPLE = 2, PPROF_MAPPING = 3, PPROF_LOCATION = 4, PPROF_FUNCTION = 5,
       PPROF_STRING = 6, PPROF_DURATION = 10, PPROF_PERIOD = 12, PPROF_COMMENT = 13, PPROF_FIELD_MAX = 15 };
enum { PPROF_TYPE_TYPE = 1, PPROF_TYPE_UNIT = 2 };
enum { PPROF_SAMPLE_LOCATION = 1, PPROF_SAMPLE_VALUE = 2 };
enum { PPROF_MAPPING_ID = 1, PPROF_MAPPING_START = 2, PPROF_MAPPING_LIMIT = 3, PPROF_MAPPING_OFFSET = 4,
       PPROF_MAPPING_FILE = 5, PPROF_MAPPING_BUILD_ID = 6 };
enum { PPROF_LOCATION_ID = 1, PPROF_LOCATION_MAPPING = 2, PPROF_LOCATION_ADDRESS = 3, PPROF_LOCATION_LINE = 4 };
enum { PPROF_LINE_FUNCTION = 1, PPROF_LINE_LINE = 2 };
enum { PPROF_FUNCTION_ID = 1, PPROF_FUNCTION_NAME = 2, PPROF_FUNCTION_SYSTEM_NAME = 3, PPROF_FUNCTION_FILE = 4,
       PPROF_FUNCTION_START = 5 };

/* Wire types.  */
enum { PPROF_WIRE_VARINT = 0, PPROF_WIRE_FIXED64 = 1, PPROF_WIRE_BYTES = 2, PPROF_WIRE_FIXED32 = 5 };

/* PATH and STATUS are the caller's, the rest is zero at first.  */
struct pgo_pprof_stream
{
  const char *path;
  struct pgo_status *status;
  struct gzFile_s *file;
  uint64_t offset;              /* Of the next byte, uncompressed.  */
  uint64_t told;                /* The last offset of which the handler of progress was told.  */
  unsigned char *message;
  size_t message_room;
};

/* A message in memory.  */
struct pgo_pprof_message
{
  const unsigned char *at, *end;
};

struct pgo_pprof_field
{
  uint64_t number, value;       /* VALUE: of a varint; the number of bytes, of bytes.  */
  unsigned wire;
  struct pgo_pprof_message bytes;
};

/* Call VISIT (DATA, …) for each top-level field: VALUE is a varint's value or the number of bytes that VISIT must
   read or skip.  False and STATUS if the file can't be read, or VISIT returns false.  */
bool pgo_pprof_walk (struct pgo_pprof_stream *, bool (*visit) (void *data, unsigned number, unsigned wire,
                                                               uint64_t value), void *data);

/* HANDLER is called every few megabytes with how far the reading of PATH is, in bytes of the file as it is stored;
   NULL: none is.  */
void pgo_pprof_set_progress_handler (void (*handler) (const char *path, uint64_t offset));

/* For VISIT: read SIZE bytes, to memory of its own or (up to 1 MiB) of the stream's; skip them; fail.  */
bool pgo_pprof_read (struct pgo_pprof_stream *, void *to, size_t size);
bool pgo_pprof_read_message (struct pgo_pprof_stream *, uint64_t size, struct pgo_pprof_message *m);
bool pgo_pprof_skip (struct pgo_pprof_stream *, uint64_t size);
bool pgo_pprof_bad (struct pgo_pprof_stream *, const char *message);

/* Read a field of M: its number, wire type, and value or (as a message) bytes.  False at the end or, with
   *DAMAGED, if malformed.  */
bool pgo_pprof_next_field (struct pgo_pprof_message *m, struct pgo_pprof_field *field, bool *damaged);
/* Read a number of M, false if there is none.  */
bool pgo_pprof_varint (struct pgo_pprof_message *m, uint64_t *value);

void pgo_pprof_clear (struct pgo_pprof_stream *);

#endif
