/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/view.h"
#include "core/alloc.h"
#include "core/profile-io.h"
#include "core/profile-xml.h"

#include <string.h>

/* What a whole profile says.  */
static void
use_profile (struct pgo_view *view)
{
  const struct pgo_profile *profile = view->profile;
  pgo_free (view->functions);
  view->n_functions = profile->n_functions;
  view->functions = pgo_alloc_array (view->n_functions, sizeof *view->functions);
  for (uint32_t i = 0; i < view->n_functions; i++)
    view->functions[i] = profile->functions[i];
  view->origins = profile->origins;
  view->n_origins = profile->n_origins;
  view->summary = &profile->summary;
  view->kind = pgo_profile_kind (profile);
}

static bool
use_source (struct pgo_view *view, struct pgo_status *status)
{
  const char *id = pgo_source_id (view->source, status);
  if (!id)
    return false;
  memcpy (view->id, id, sizeof view->id);
  view->n_functions = pgo_source_n_functions (view->source);
  view->functions = pgo_alloc_array (view->n_functions, sizeof *view->functions);
  for (uint32_t i = 0; i < view->n_functions; i++)
    if (!(view->functions[i] = pgo_source_at (view->source, i, status)))
      return false;
  view->origins = pgo_source_origins (view->source, &view->n_origins);
  view->summary = pgo_source_summary (view->source);
  view->kind = pgo_source_kind (view->source);
  return true;
}

struct pgo_view *
pgo_view_open (const char *path, struct pgo_status *status)
{
  struct pgo_view *view = pgo_alloc (sizeof *view);
  view->path = path;
  bool good;
  if (pgo_file_is_index (path))
    {
      view->source = pgo_source_open (path, status);
      good = view->source && use_source (view, status);
    }
  else
    {
      view->profile = pgo_profile_read_id (path, view->id, status);
      good = view->profile != NULL;
      if (good)
        use_profile (view);
    }
  if (good)
    return view;
  pgo_view_close (view);
  return NULL;
}

void
pgo_view_close (struct pgo_view *view)
{
  if (!view)
    return;
  pgo_free (view->functions);
  pgo_profile_free (view->profile);
  pgo_source_close (view->source);
  pgo_free (view);
}

void
pgo_view_flatten (struct pgo_view *view)
{
  if (view->source)
    return;
  struct pgo_profile *flat = pgo_profile_new ();
  pgo_flatten (view->profile, flat);
  pgo_profile_free (view->profile);
  view->profile = flat;
  use_profile (view);
}

uint64_t
pgo_view_own_weight (const struct pgo_instance *function)
{
  uint64_t weight = 0;
  for (uint32_t i = 0; function && i < function->n_lines; i++)
    weight = pgo_add (weight, function->lines[i].weight);
  return weight;
}
