/* Who asks for loops to be peeled gets it: both of them.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-do compile } */
/* { dg-profile "loops.pgo.xml" } */
/* { dg-plugin "hot-cutoff=999990" } */
/* { dg-options "-O2 -fno-tree-vectorize -fpeel-loops -fdump-tree-cunroll-details" } */
#include "loops.c"
/* { dg-final { scan-report-not {<loop } } } */
/* { dg-final { scan-dump-times cunroll {Peeled loop} 2 } } */
