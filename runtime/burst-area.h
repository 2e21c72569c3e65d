/* Areas of executable memory near the program's code.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_AREA_H
#define PGOINLINE_RUNTIME_BURST_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pgo_area
{
  uint64_t address;             /* Where its code is executed,  */
  uint8_t *memory;              /* and written: the same place, or another mapping of it.  */
  uint32_t size;                /* Bytes.  */
};

/* Whether all of AREA is within 32-bit displacements of PC and of what code at PC may refer to: 64 MB are left for the
   difference, and the translator checks each operand.  */
bool pgo_area_reaches (const struct pgo_area *area, uint64_t pc);

/* Make an area of SIZE bytes for the first executable mapping of a file that none of the N AREAS reaches.  DUAL: mapped
   twice in any case.  1: made; 0: none is needed; -1: could not be made, and *REASON (static) says why.
   Reads /proc/self/maps.  */
int pgo_area_make (const struct pgo_area *areas, unsigned n, uint32_t size, bool dual,
                   struct pgo_area *area, const char **reason);

#endif
