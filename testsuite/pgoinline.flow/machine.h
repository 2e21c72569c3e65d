/* SPDX-License-Identifier: GPL-3.0-or-later  */
#define CODE_MAX 64

enum { STOP, ADD, SKIP, DIVIDE };

struct machine
{
  unsigned accumulator, at;
  unsigned char code[CODE_MAX];
};

unsigned run_machine (struct machine *);
