/* Branch records without the hardware: run a program step by step and print what perf script would print of
   its last-branch records.  For x86-64; thousands of times slower than the program, so for small ones.

   trace OUTPUT DEPTH [SKIP] -- PROGRAM ARG...
   Each sample has DEPTH records, the latest first; after each, SKIP branches go unrecorded.  Recording begins
   where the program itself does, behind the dynamic linker.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct record
{
  uint64_t from, to;
};

/* Print the process's executable mappings as MMAP2 events.  */
static void
print_mappings (FILE *out, pid_t pid)
{
  char name[64], line[4608];
  snprintf (name, sizeof name, "/proc/%d/maps", (int) pid);
  FILE *maps = fopen (name, "re");
  while (maps && fgets (line, sizeof line, maps))
    {
      unsigned long start, end, offset, inode;
      char mode[8], device[16], path[4096] = "";
      line[strcspn (line, "\n")] = '\0';
      int n = sscanf (line, "%lx-%lx %7s %lx %15s %lu %4095[^\n]", &start, &end, mode, &offset, device,
                      &inode, path);
      if (n >= 6 && strchr (mode, 'x'))
        fprintf (out, "prog %d/%d 1.000000: PERF_RECORD_MMAP2 %d/%d: [0x%lx(0x%lx) @ 0x%lx %s %lu 0]: "
                 "%s %s\n",
                 (int) pid, (int) pid, (int) pid, (int) pid, start, end - start, offset, device, inode, mode,
                 *path ? path : "//anon");
    }
  if (maps)
    fclose (maps);
}

/* Whether the instruction CODE at FROM went to TO by a jump, call or return.  */
static bool
is_transfer (const unsigned char *code, uint64_t from, uint64_t to)
{
  unsigned n = 0;
  while (code[n] == 0xf2 || code[n] == 0xf3 || code[n] == 0x3e || code[n] == 0x66 || (code[n] & 0xf0) == 0x40)
    n++;
  if ((code[n] & 0xf0) == 0x70)
    return to != from + n + 2;
  if (code[n] == 0x0f && (code[n + 1] & 0xf0) == 0x80)
    return to != from + n + 6;
  if (code[n] == 0xff)
    return ((code[n + 1] >> 3) & 7) >= 2 && ((code[n + 1] >> 3) & 7) <= 5;
  return code[n] == 0xe8 || code[n] == 0xe9 || code[n] == 0xeb || code[n] == 0xc3 || code[n] == 0xc2;
}

/* Run to the program's entry point.  */
static bool
run_to_entry (pid_t pid)
{
  char name[64];
  unsigned long pair[2] = { AT_NULL, 0 };
  snprintf (name, sizeof name, "/proc/%d/auxv", (int) pid);
  FILE *auxv = fopen (name, "re");
  while (auxv && fread (pair, sizeof pair, 1, auxv) == 1 && pair[0] != AT_ENTRY && pair[0] != AT_NULL)
    continue;
  if (auxv)
    fclose (auxv);
  if (pair[0] != AT_ENTRY)
    return false;
  void *entry = (void *) pair[1];
  long word = ptrace (PTRACE_PEEKTEXT, pid, entry, NULL);
  int status;
  struct user_regs_struct registers;
  if (ptrace (PTRACE_POKETEXT, pid, entry, (void *) ((word & ~0xffL) | 0xcc)) != 0
      || ptrace (PTRACE_CONT, pid, NULL, NULL) != 0
      || waitpid (pid, &status, 0) != pid || !WIFSTOPPED (status)
      || ptrace (PTRACE_POKETEXT, pid, entry, (void *) word) != 0
      || ptrace (PTRACE_GETREGS, pid, NULL, &registers) != 0 || registers.rip != pair[1] + 1)
    return false;
  registers.rip = pair[1];
  return ptrace (PTRACE_SETREGS, pid, NULL, &registers) == 0;
}

static void
print_sample (FILE *out, pid_t pid, const struct record *records, unsigned n)
{
  fprintf (out, "prog %d/%d 2.000000: cycles:u: %lx main ([unknown]) ", (int) pid, (int) pid,
           (unsigned long) records[n - 1].to);
  while (n-- > 0)
    fprintf (out, " 0x%lx/0x%lx/P/-/-/1 ", (unsigned long) records[n].from, (unsigned long) records[n].to);
  fputc ('\n', out);
}

int
main (int argc, char **argv)
{
  int program = 3;
  unsigned depth = argc > 2 ? atoi (argv[2]) : 0, skip = 0;
  if (argc > 3 && strcmp (argv[3], "--") != 0)
    skip = atoi (argv[program++]);
  if (argc <= program + 1 || strcmp (argv[program], "--") != 0 || depth == 0)
    {
      fprintf (stderr, "usage: trace OUTPUT DEPTH [SKIP] -- PROGRAM ARG...\n");
      return 2;
    }
  FILE *out = fopen (argv[1], "we");
  struct record *records = calloc (depth, sizeof *records);
  pid_t pid = fork ();
  if (pid == 0)
    {
      personality (ADDR_NO_RANDOMIZE);
      if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0)
        execv (argv[program + 1], argv + program + 1);
      _exit (127);
    }
  int status;
  if (!out || !records || pid < 0 || waitpid (pid, &status, 0) != pid || !WIFSTOPPED (status)
      || !run_to_entry (pid))
    {
      fprintf (stderr, "trace: cannot trace %s\n", argv[program + 1]);
      return 1;
    }
  print_mappings (out, pid);
  unsigned n = 0, skipped = 0;
  uint64_t last = 0;
  unsigned char code[16];
  while (WIFSTOPPED (status))
    {
      struct user_regs_struct registers;
      if (ptrace (PTRACE_GETREGS, pid, NULL, &registers) != 0)
        break;
      if (last && is_transfer (code, last, registers.rip))
        {
          if (skipped < skip && n == 0)
            skipped++;
          else
            {
              records[n++] = (struct record) { last, registers.rip };
              if (n == depth)
                {
                  print_sample (out, pid, records, n);
                  n = skipped = 0;
                }
            }
        }
      last = registers.rip;
      for (unsigned i = 0; i < sizeof code; i += sizeof (long))
        {
          long word = ptrace (PTRACE_PEEKTEXT, pid, (void *) (last + i), NULL);
          memcpy (code + i, &word, sizeof word);
        }
      int signal = WSTOPSIG (status) == SIGTRAP ? 0 : WSTOPSIG (status);
      if (ptrace (PTRACE_SINGLESTEP, pid, NULL, (void *) (long) signal) != 0
          || waitpid (pid, &status, 0) != pid)
        break;
    }
  if (n > 1)
    print_sample (out, pid, records, n);
  free (records);
  return fclose (out) != 0;
}
