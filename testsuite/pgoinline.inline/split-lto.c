/* split.c in link-time optimisation.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "split.pgo.xml" } */
/* { dg-do run } */
/* { dg-options "-O2 -flto=1" } */
/* { dg-variants {"" "-flto=2 -flto-partition=max"} } */
/* { dg-require-target "x86_64" } */
#include "split.c"
/* { dg-output {^0\n$} } */
/* { dg-final { scan-disassembly-not {<hot_user>:\n(.+\n)*.*call.*<put} } } */
/* { dg-final { scan-disassembly {<hot_user.cold>:\n(.+\n)*.*call.*<put.part.0} } } */
