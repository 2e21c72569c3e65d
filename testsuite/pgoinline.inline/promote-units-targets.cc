/* The classes of promote-units.cc.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "promote-units.h"

unsigned
square::area (unsigned a)
{
  return a * a ^ 0x5eed;
}

unsigned
circle::area (unsigned a)
{
  return a * a * 355 / 113;
}
