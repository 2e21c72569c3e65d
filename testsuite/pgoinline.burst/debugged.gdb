# Breakpoints, steps and a watchpoint in debugged.c: each line that is to be compared begins with "gdb: ".
#
# SPDX-License-Identifier: GPL-3.0-or-later
set confirm off
set pagination off
set print thread-events off
set style enabled off
# The signals of the recorder and of the clock, which gdb doesn't pass on unasked.
handle SIG62 nostop noprint pass
handle SIG63 nostop noprint pass
break mark
commands
  silent
  printf "gdb: round %u value %lu\n", round, value
  continue
end
run
printf "gdb: exit %d\n", $_exitcode
delete
tbreak mark if round == 3
run
printf "gdb: at %u\n", round
stepi 3
printf "gdb: main + %d\n", $pc - (unsigned long) &main
next
next
printf "gdb: main + %d\n", $pc - (unsigned long) &main
watch watched
commands
  silent
  printf "gdb: watched %u\n", watched
  continue
end
continue
printf "gdb: exit %d\n", $_exitcode
