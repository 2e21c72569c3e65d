/* Bytes as a file, without a disk.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

const char *
fuzz_file (unsigned slot, const uint8_t *data, size_t size)
{
  static int fds[2] = { -1, -1 };
  static char names[2][40];
  if (fds[slot] >= 0)
    close (fds[slot]);
  fds[slot] = memfd_create ("fuzz", 0);
  FUZZ_CHECK ("memfd_create", fds[slot] >= 0);
  for (size_t done = 0; done < size;)
    {
      ssize_t n = write (fds[slot], data + done, size - done);
      FUZZ_CHECK ("write", n > 0);
      done += (size_t) n;
    }
  snprintf (names[slot], sizeof names[slot], "/proc/self/fd/%d", fds[slot]);
  return names[slot];
}
