/* The core's C declarations, for C++.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_CORE_H
#define PGOINLINE_PLUGIN_CORE_H

#include "plugin/gcc-common.h"

extern "C" {
#include "core/alloc.h"
#include "core/anchors.h"
#include "core/call-targets.h"
#include "core/inline-plan.h"
#include "core/loop-copies.h"
#include "core/match.h"
#include "core/profile-io.h"
#include "core/profile.h"
#include "core/renamed.h"
#include "core/replay.h"
#include "core/report-read.h"
#include "core/report.h"
#include "core/source.h"
}

#endif
