/* The options of a sampling run: PGOSAMPLE and the argument of pgosample_start (pgosample.h tells them).

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_OPTIONS_H
#define PGOINLINE_RUNTIME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest option text, and file name, taken; bytes with the NUL.  */
#define PGO_OPTIONS_TEXT 4096

enum pgo_engine
{
  PGO_ENGINE_AUTO,
  PGO_ENGINE_PERF,
  PGO_ENGINE_TIMER
};

struct pgo_options
{
  char out[PGO_OPTIONS_TEXT];   /* Template, absolute where the directory was known.  */
  unsigned hz;                  /* Clock samples a second of CPU time.  */
  enum pgo_engine engine;
  bool stacks;                  /* Follow frame pointers.  */
  bool children;
  int signal;                   /* That asks for a write; 0: none.  */
  int main_pid;                 /* Process that writes to the plain name; 0: not said.  */
  size_t memory_bytes;          /* For the sample table.  */
  uint32_t burst_ppm;           /* Budget of the burst recorder, millionths of CPU time; 0: off.  */
  char refused[256];            /* What was not understood, comma-separated.  */
  char text[PGO_OPTIONS_TEXT];  /* As given.  */
};

/* Fill OPTIONS with the defaults and then from TEXT (NULL: ""), taking relative names from the current
   directory. What is malformed keeps its default and is listed in refused.  */
void pgo_options_parse (struct pgo_options *options, const char *text);

/* The value of KEY in OPTIONS' text, copied into BUFFER (SIZE bytes, cut); false if it isn't there.
   For keys that pgo_options_parse doesn't store itself; list them in the_foreign_keys of options.c.  */
bool pgo_options_get (const struct pgo_options *options, const char *key, char *buffer, size_t size);

/* The share of TEXT (LENGTH bytes), as burst= has it ("5%", "0.5", "off"), in millionths; false if it is none.  */
bool pgo_options_share (const char *text, size_t length, uint32_t *ppm);

/* Expand %p and the .PID rule of pgosample.h into PATH for process PID; false if it is too long.  */
bool pgo_options_path (const struct pgo_options *options, int pid, char *path, size_t size);

#endif
