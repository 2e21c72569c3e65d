/* hot-call.c in link-time optimisation, whole-program analysis and local: calls are named by statement there.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call.pgo.xml" } */
/* { dg-do run } */
/* { dg-options "-O2 -flto=1" } */
/* { dg-variants {"" "-flto=2 -flto-partition=max"} } */
/* { dg-require-target "x86_64" } */
#include "hot-call.c"
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly-not {<hot_user>:\n(.+\n)*.*call.*<(encode|spread)} } } */
/* { dg-final { scan-disassembly {<cold_user>:\n(.+\n)*.*(call|jmp).*<encode} } } */
/* { dg-final { scan-report {id="hot_user &gt; @[0-9]+ encode" stage="after" decision="inline" reason="benefit"} } } */
