/* With layout=off the order is GCC's, and nothing is reported of it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "blocks.pgo.xml" } */
/* { dg-plugin "layout=off order=off" } */
/* { dg-final { scan-report-not {<layout} } } */
/* { dg-final { scan-assembler-not {text\.sorted} } } */
int __attribute__ ((noipa)) one (int x) { return x + 1; }
