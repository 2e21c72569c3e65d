/* libpgosample: samples of a running program, for profile-guided optimisation.

   Linked or preloaded, the library does nothing (no thread, no signal handler, no file descriptor, no
   timer) until the environment variable PGOSAMPLE or pgosample_start asks.

   PGOSAMPLE and OPTIONS below are lists "key=value,key=value"; "on" alone takes every default.

     out=FILE          where samples go; %p is the process id, %% a percent sign; default cpu.pprof.  A
                       relative name is taken from the directory the program started in
     hz=N              clock samples a second of CPU time, 1 to 10000; default PGOSAMPLE_DEFAULT_HZ
     engine=WHICH      perf: perf_event_open; timer: per-thread CPU timers; auto (default): perf if the
                       kernel allows it, else timer
     stacks=none|fp    fp: the callers too, by the frame-pointer chain; default none, the leaf address
     signal=NAME|N     write the samples so far when this signal arrives (USR2, SIGUSR2, 12, RTMIN+3);
                       default none
     children=on|off   off: leave forked and exec'ed children alone; default on
     memory=MIB        most memory for the table of samples, 1 to 4096; default 16
     burst=P%, http=A  for the burst recorder and the endpoint, where the library has them

   What is not understood is left out and named in the samples' comments, and in pgosample_status.

   Which file: the process that PGOSAMPLE was first seen in writes FILE at exit (exit, return from main),
   and so does the image it may exec.  Other processes, forked or exec'ed, write beside it: FILE's name
   with their process id, before the ending .pprof if it has that (cpu.4711.pprof), and only if they
   have samples.  With %p in the name each process simply has its own.  To tell, the library appends
   ",main=PID" to PGOSAMPLE in the environment of a process that it samples.

   A process that ends by _exit, abort or a signal writes nothing; nor does one that execs keep what it
   sampled before.  Ask by signal=, or call pgosample_write first.

   An object linked against the static library needs a reference to it: call pgosample_start, or link with
   -Wl,-u,pgosample_start.

   The functions may be called from any thread, but not from signal handlers.  None of them prints.

   SPDX-License-Identifier: MIT  */
#ifndef PGOSAMPLE_H
#define PGOSAMPLE_H

#ifdef __cplusplus
extern "C" {
#endif

/* 99 Hz: at the 46 us that a perf sample costs in a virtual machine (a timer interrupt and its exits),
   half a percent; bare metal pays a tenth of it.  Not 100, so as not to beat with timers that are.  */
#define PGOSAMPLE_DEFAULT_HZ 99

/* Start sampling all threads, present and future.  OPTIONS as above; NULL or "" for the defaults.
   What an earlier run of the sampler collected is dropped.  Returns 0, or an errno value: EALREADY
   (running already), EAGAIN or ENOMEM (no resources), or the reason why no engine could start.  */
int pgosample_start (const char *options);

/* Stop sampling.  The samples stay, for pgosample_write; nothing is written at exit, which is for a
   sampler that is still running.  Returns 0, or EINVAL if it wasn't running.  */
int pgosample_stop (void);

/* Write what was sampled since the start, running or stopped, as gzip'ed profile.proto to PATH (NULL: the
   name of out=), through a temporary beside it.  Returns 0 or an errno value; then PATH is as it was.  */
int pgosample_write (const char *path);

/* What runs and how, in one line: "perf: 99 Hz", "timer: 99 Hz; perf: Permission denied", or "off" with
   the reason if there is one.  Static storage, overwritten by the next start or stop.  */
const char *pgosample_status (void);

#ifdef __cplusplus
}
#endif

#endif
