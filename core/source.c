/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/source.h"
#include "core/alloc.h"
#include "core/index.h"
#include "core/profile-io.h"
#include "core/profile-xml.h"
#include "core/sha256.h"
#include "core/symbolized.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One of the two.  */
struct pgo_source
{
  struct pgo_index *index;
  struct pgo_profile *merged;   /* Of an XML profile or a symbolized pprof.  */
  enum pgo_evidence kind;
  char id[PGO_SHA256_TEXT];
};

/* The SHA-256 of the bytes of PATH.  */
static bool
hash_file (const char *path, char id[PGO_SHA256_TEXT], struct pgo_status *status)
{
  struct pgo_sha256 sha;
  unsigned char bytes[16384], digest[PGO_SHA256_BYTES];
  size_t n;
  FILE *file = fopen (path, "rbe");
  if (!file)
    return pgo_fail (status, path, 0, "%s", strerror (errno));
  pgo_sha256_begin (&sha);
  while ((n = fread (bytes, 1, sizeof bytes, file)) > 0)
    pgo_sha256_add (&sha, bytes, n);
  bool good = !ferror (file);
  fclose (file);
  pgo_sha256_end (&sha, digest);
  pgo_sha256_text (digest, id);
  return good || pgo_fail (status, path, 0, "cannot be read");
}

/* The profile PATH, XML or a pprof, and its ID.  */
static struct pgo_profile *
read_profile (const char *path, char id[PGO_SHA256_TEXT], struct pgo_status *status)
{
  struct pgo_symbolized symbolized;
  if (!pgo_file_is_pprof (path))
    return pgo_profile_read_id (path, id, status);
  return pgo_symbolized_read (path, &symbolized, status) && hash_file (path, id, status) ? symbolized.profile : NULL;
}

struct pgo_source *
pgo_source_open (const char *path, struct pgo_status *status)
{
  struct pgo_source *source = pgo_alloc (sizeof *source);
  if (pgo_file_is_index (path))
    {
      source->index = pgo_index_open (path, status);
      if (!source->index)
        {
          pgo_free (source);
          return NULL;
        }
      source->kind = pgo_index_kind (source->index);
      memcpy (source->id, pgo_index_id (source->index), sizeof source->id);
      return source;
    }

  struct pgo_profile *profile = read_profile (path, source->id, status);
  if (!profile)
    {
      pgo_free (source);
      return NULL;
    }
  source->merged = pgo_profile_new ();
  pgo_flatten (profile, source->merged);
  pgo_profile_free (profile);
  source->kind = pgo_profile_kind (source->merged);
  return source;
}

void
pgo_source_close (struct pgo_source *source)
{
  if (!source)
    return;
  pgo_index_close (source->index);
  pgo_profile_free (source->merged);
  pgo_free (source);
}

static const struct pgo_profile *
whole (const struct pgo_source *source)
{
  return source->index ? pgo_index_profile (source->index) : source->merged;
}

const struct pgo_summary *
pgo_source_summary (const struct pgo_source *source)
{
  return &whole (source)->summary;
}

const struct pgo_origin *
pgo_source_origins (const struct pgo_source *source, uint32_t *n)
{
  *n = whole (source)->n_origins;
  return whole (source)->origins;
}

uint64_t
pgo_source_clock_samples (const struct pgo_source *source)
{
  uint32_t n;
  uint64_t samples = 0;
  const struct pgo_origin *origins = pgo_source_origins (source, &n);
  for (uint32_t i = 0; i < n; i++)
    if (origins[i].kind == PGO_EVIDENCE_TIME)
      samples = pgo_add (samples, origins[i].samples);
  return n ? samples : UINT64_MAX;
}

bool
pgo_source_marked (const struct pgo_source *source)
{
  uint32_t n;
  const struct pgo_origin *origins = pgo_source_origins (source, &n);
  for (uint32_t i = 0; i < n; i++)
    if (origins[i].keys == PGO_KEYS_MARK)
      return true;
  return false;
}

enum pgo_evidence
pgo_source_kind (const struct pgo_source *source)
{
  return source->kind;
}

const char *
pgo_source_id (struct pgo_source *source, struct pgo_status *status)
{
  (void) status;
  return source->id;
}

bool
pgo_source_is_index (const struct pgo_source *source)
{
  return source->index != NULL;
}

bool
pgo_source_verify (struct pgo_source *source, struct pgo_status *status)
{
  /* An XML profile was read whole.  */
  return !source->index || pgo_index_verify (source->index, status);
}

const struct pgo_instance *
pgo_source_find (struct pgo_source *source, const char *name, const char *file, struct pgo_status *status)
{
  return source->index ? pgo_index_find (source->index, name, file, status)
         : pgo_profile_find (source->merged, name, file);
}

uint32_t
pgo_source_n_functions (const struct pgo_source *source)
{
  return source->index ? pgo_index_n_functions (source->index) : source->merged->n_functions;
}

bool
pgo_source_name_at (const struct pgo_source *source, uint32_t i, const char **name, const char **file)
{
  if (source->index)
    return pgo_index_name_at (source->index, i, name, file);
  *name = source->merged->functions[i]->name;
  *file = source->merged->functions[i]->file;
  return true;
}

const struct pgo_instance *
pgo_source_at (struct pgo_source *source, uint32_t i, struct pgo_status *status)
{
  return source->index ? pgo_index_at (source->index, i, status) : source->merged->functions[i];
}
