# The debhelper sequence: `dh $@ --with pgoinline', or a build dependency on dh-sequence-pgoinline.
#
# dh evaluates this before it runs the first command, so what is set in the environment here reaches all of
# them, and the targets of debian/rules that they call.
#
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;
use Debian::Debhelper::Pgoinline qw(wanted set_environment);

if (wanted ())
  {
    set_environment ();
    insert_after ('dh_auto_build', 'dh_pgoinline');
  }

1;
