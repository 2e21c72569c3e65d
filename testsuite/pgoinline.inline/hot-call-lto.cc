/* hot-call.cc in link-time optimisation.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call-cc.pgo.xml" } */
/* { dg-do run } */
/* { dg-options "-O2 -flto=1" } */
/* { dg-require-target "x86_64" } */
#include "hot-call.cc"
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly-not {<_Z8hot_user[^>]*>:\n(.+\n)*.*call.*<_ZN9generator4next} } } */
/* { dg-final { scan-disassembly {<_Z9cold_user[^>]*>:\n(.+\n)*.*(call|jmp).*<_ZN9generator4next} } } */
