# 200 steps from run_machine on, and where breakpoints on the lines of machine.c are: each line that is to be compared
# begins with "gdb: ".
#
# SPDX-License-Identifier: GPL-3.0-or-later
set confirm off
set pagination off
set style enabled off
break machine.c:run_machine
run 2
python
def say_where ():
    frame = gdb.selected_frame ()
    print ("gdb: %s %s" % (frame.name (), frame.find_sal ().line))

say_where ()
for i in range (200):
    gdb.execute ("step", to_string=True)
    say_where ()
for line in range (1, 71):
    try:
        for place in gdb.decode_line ("machine.c:%d" % line)[1]:
            print ("gdb: line %d is at %s, line %d" % (line, place.pc, place.line))
    except gdb.error:
        print ("gdb: line %d is behind all code" % line)
end
