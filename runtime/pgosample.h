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
     burst=P%|off      branch records, for at most this share of CPU time; default off
     gcov=on|off       with http=: /debug/gcov has a program that was built with --coverage write its counters
                       and set them to zero, ?discard=1 set them to zero only.  It must be linked with -rdynamic
                       -Wl,-u,__gcov_dump -Wl,-u,__gcov_reset.  Default off
     http=ADDRESS      serve profiles over HTTP; no default.  127.0.0.1:PORT, [::1]:PORT, PORT alone (which is
                       127.0.0.1), another address of the machine, or unix:FILE, a socket of mode 0600 in whose
                       name %p is the process id.  Only numbers: names are not looked up

   What is not understood is left out and named in the samples' comments, and in pgosample_status.

   Which file: the process that PGOSAMPLE was first seen in writes FILE at exit (exit, return from main),
   and so does the image it may exec.  Other processes, forked or exec'ed, write beside it: FILE's name
   with their process id, before the ending .pprof if it has that (cpu.4711.pprof), and only if they
   have samples.  With %p in the name each process simply has its own.  To tell, the library appends
   ",main=PID" to PGOSAMPLE in the environment of a process that it samples.

   With http= and without out=, nothing is sampled until somebody asks, and no file is written:

     /debug/pprof/profile?seconds=N    samples of the next N seconds, 1 to 600, 30 by default.  &burst=P% takes no
                                       more branch records than the program was started with, burst=off none
     /debug/pprof/cmdline              the command line
     /debug/pprof/                     what there is

   as net/http/pprof has them, for the same clients.  One profile at a time: another is refused with 429, and with
   409 while the program itself samples (out=, pgosample_start).  A client that goes away ends its collection.
   Samples are of the process that serves, not of its children; of several processes with http=127.0.0.1:PORT the
   one that PGOSAMPLE was first seen in serves, with http=unix:FILE-%p each.

   A process that ends by _exit, abort or a signal writes nothing; nor does one that execs keep what it
   sampled before.  Ask by signal=, or call pgosample_write first.

   An object linked against the static library needs a reference to it: call pgosample_start, or link with
   -Wl,-u,pgosample_start; where the linker drops shared libraries that nothing refers to (--as-needed), the same
   goes for the shared one.

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

/* Serve profiles over HTTP as OPTIONS say, "http=127.0.0.1:9000,hz=199,burst=1%": on one thread, which libc and
   the program don't see.  NULL: stop that.  Returns 0, or an errno value: EINVAL (no http=, or an address that
   isn't understood; or nothing to stop), EALREADY, EADDRINUSE, EACCES, or what else the system says.  */
int pgosample_serve (const char *options);

/* What runs and how, in one line: "perf: 99 Hz", "timer: 99 Hz; perf: Permission denied", or "off" with
   the reason if there is one, and where profiles are served.  Static storage, overwritten by the next start, stop or serve.  */
const char *pgosample_status (void);

#ifdef __cplusplus
}
#endif

#endif
