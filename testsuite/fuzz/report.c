/* A report that is read back, for replay= and for show: any bytes are calls or an error with a message; every call
   of a replay file is found under its name.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/replay.h"
#include "core/report-read.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct pgo_status status = { 0 };
  const char *path = fuzz_file (0, data, size);
  struct pgo_report_calls *calls = pgo_report_read (path, &status);
  FUZZ_CHECK ("a failure says why, in one line", calls || (status.message[0] && !strchr (status.message, '\n')));
  memset (&status, 0, sizeof status);
  struct pgo_replay *replay = pgo_replay_open (path, "unit.c", &status);
  FUZZ_CHECK ("a failure says why", replay || status.message[0]);
  FUZZ_CHECK ("what cannot be read cannot be replayed", calls || !replay);
  for (uint32_t i = 0; replay && i < calls->n_calls; i++)
    {
      const struct pgo_report_call *c = &calls->calls[i];
      enum pgo_call_order order = pgo_replay_find (replay, c->id);
      FUZZ_CHECK ("a call is found with its decision", order == (c->decision == PGO_CALL_INLINE ? PGO_ORDER_INLINE
                  : c->decision == PGO_CALL_REFUSE ? PGO_ORDER_REFUSE : PGO_ORDER_LEAVE));
    }
  FUZZ_CHECK ("all of them were asked for", !replay || !pgo_replay_unknown (replay, 0));
  if (replay)
    pgo_replay_close (replay);
  pgo_report_calls_free (calls);
  return 0;
}
