/* The profile: what is known of a program's execution, keyed by source and free of addresses.

   A profile is a set of functions.  A function is an *instance tree*: its own body, and below it an
   instance for each call that was inlined in the profiled binary.  The trees are context-sensitive:
   what ran inline in A is told under A.  core/source.h gives the compiler the sum over all contexts.

   Line convention: a location counts lines from the line of the function's declaration (DW_AT_decl_line,
   DECL_SOURCE_LINE) of the function whose source it is, so that edits above a function change nothing.

   Weights and samples: WEIGHT is proportional to how often something was executed, in one unit for the
   whole profile; SAMPLES is how many observations stand behind the weight, whence the trust in it.
     exact   weight = executions, samples = weight
     branch  weight = executions by branch records, as their collector weighs them, samples = the records that showed it
     time    weight = estimate of executions from clock samples, samples = the clock samples
   A location with weight 0 is listed when its code is in the profiled binary and was not seen to run:
   that is evidence (never, for exact; rarely, for the others).  A location not listed is *unknown*.

   Ownership: everything belongs to the profile and dies with it.  Strings are interned: equal strings
   of one profile are the same pointer.  Building is by appending; duplicates are allowed until
   pgo_profile_normalize, which sorts (total orders) and adds them up.  Out of memory aborts through
   pgo_out_of_memory (core/alloc.h).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_PROFILE_H
#define PGOINLINE_CORE_PROFILE_H

#include "core/status.h"

#include <stdint.h>

/* Format version of the XML profile and of the index.  */
#define PGO_PROFILE_VERSION 1

/* Kind of evidence, from none to exact: a greater value is to be trusted more.  */
enum pgo_evidence
{
  PGO_EVIDENCE_NONE,
  PGO_EVIDENCE_TIME,
  PGO_EVIDENCE_BRANCH,
  PGO_EVIDENCE_EXACT
};

/* "none", "time", "branch", "exact".  */
const char *pgo_evidence_name (enum pgo_evidence kind);
/* The reverse; false if NAME is none of them.  */
bool pgo_evidence_parse (const char *name, enum pgo_evidence *kind);

/* Where a statement is: LINE as an offset from the function's declaration (may be negative), COLUMN
   from 1 (0: unknown), DWARF DISCRIMINATOR (0: none).  In an instance whose keys are marks, COLUMN is
   the block mark.  Text form: LINE, LINE:COLUMN, LINE.DISCRIMINATOR or LINE:COLUMN.DISCRIMINATOR.  */
struct pgo_location
{
  int32_t line;
  uint32_t column;
  uint32_t discriminator;
};

/* Order by line, column, discriminator: <0, 0, >0.  */
int pgo_location_compare (struct pgo_location a, struct pgo_location b);

/* Longest text form, with the final NUL.  */
#define PGO_LOCATION_TEXT 48
char *pgo_location_text (struct pgo_location at, char buffer[PGO_LOCATION_TEXT]);
/* Parse LENGTH bytes at TEXT, all of them; false if malformed or out of range.  */
bool pgo_location_parse (const char *text, size_t length, struct pgo_location *at);

/* Nesting of instances below a function, and of inlined calls in a place.  Deeper ones are not kept: what
   is added to an instance beyond it is dropped, and files that have more are refused.  Real inline
   stacks stay below 40.  */
#define PGO_DEPTH_MAX 128

/* A callee seen at a location: calls, direct or indirect, that were not inlined.  */
struct pgo_call
{
  struct pgo_location at;
  const char *callee;           /* Assembler name, suffixes folded.  */
  const char *callee_file;      /* As pgo_instance.file.  */
  uint64_t weight, samples;
};

/* How often a statement was executed.  */
struct pgo_line
{
  struct pgo_location at;
  uint64_t weight, samples;
};

/* A place in an instance tree, relative to the instance that holds it: STEPS inlined calls, outermost
   first, then a location.  Text form: "12:7 callee > 3:5.1".  */
struct pgo_step
{
  struct pgo_location at;       /* Of the call that was inlined.  Its discriminator is 0.  */
  const char *callee, *callee_file;
};
struct pgo_place
{
  const struct pgo_step *steps;
  uint32_t n_steps;
  struct pgo_location at;
};

/* Control went WEIGHT times from FROM to code of TO: by a conditional or multiway jump or, without a choice, to where
   other ways join.  Held by the innermost instance that contains both.  The edges out of one FROM are comparable with
   each other.  */
struct pgo_branch
{
  struct pgo_place from, to;
  uint64_t weight, samples;
};

/* What the columns of an instance's locations are.  Bodies with other keys, or with other checksums, are
   not comparable: an instance of the same name is then another one, beside it (two versions of a
   program merged into one profile), until a compiler picks the one that fits.  */
enum pgo_keys
{
  PGO_KEYS_SOURCE,              /* Columns are source columns.  */
  PGO_KEYS_MARK,                /* Columns are block marks; CHECKSUM is the marked function's CFG.  */
  PGO_KEYS_LINE,                /* There are no columns: what the profile came from tells lines alone.  */
  PGO_N_KEYS
};
/* "source", "mark", "line".  */
const char *pgo_keys_name (enum pgo_keys keys);

/* A function, or an inlined instance of one.  */
struct pgo_instance
{
  /* Assembler name; .cold, .part.N, .isra.N, .constprop.N, .lto_priv.N folded.  */
  const char *name;
  const char *file;             /* If not visible outside its unit: base name of its declaration's file.  */
  struct pgo_location at;       /* Inlined: where the call was, in the parent.  Function: 0.  */
  enum pgo_evidence kind;       /* Weakest evidence that contributed weight.  */
  enum pgo_keys keys;
  uint64_t checksum;            /* Of the CFG, when keys are marks; else 0.  */
  /* Entries: calls of the function, executions of the inlined call.  0/0: unknown, unless exact.  */
  uint64_t head, head_samples;
  uint64_t total;               /* Of own lines and all below; pgo_profile_normalize sets it.  */
  /* Code of this body in the profiled binary, without what is inlined into it; 0: unknown.  */
  uint64_t size_bytes;

  struct pgo_line *lines;
  struct pgo_call *calls;
  struct pgo_branch *branches;
  struct pgo_instance **inlined;
  uint32_t n_lines, n_calls, n_branches, n_inlined;
  uint32_t room_lines, room_calls, room_branches, room_inlined; /* Private to profile.c.  */
  uint32_t rank;                /* Function: place in the function order, from 1; 0: none.  */
  uint32_t depth;               /* 0: function.  Private to profile.c.  */
};

/* Where evidence came from; one an input and binary.  */
struct pgo_origin
{
  enum pgo_evidence kind;
  enum pgo_keys keys;           /* Mark if any code of the binary was marked.  */
  const char *binary;           /* Base name.  */
  const char *build_id;         /* Hexadecimal, or "" if it has none.  */
  uint64_t samples, lost;       /* Observations mapped to the binary; lost by the collector.  */
  uint64_t duration_ns;         /* 0: unknown.  */
};

/* The smallest weight that is hot at a cutoff: the lines with at least MIN_WEIGHT (LINES of them)
   hold CUTOFF_PPM millionths of the total weight.  */
struct pgo_cutoff
{
  uint32_t cutoff_ppm;
  uint64_t min_weight;
  uint64_t lines;
};

struct pgo_summary
{
  uint64_t total, max;          /* Sum and greatest of the lines' weights.  */
  uint64_t functions, lines;    /* With a weight above 0.  */
  struct pgo_cutoff *cutoffs;   /* Ascending cutoff_ppm.  */
  uint32_t n_cutoffs;
};

struct pgo_profile
{
  struct pgo_origin *origins;
  struct pgo_instance **functions; /* After normalising: by name, file (NULL first), keys, checksum.  */
  uint32_t n_origins, n_functions;
  uint32_t room_origins, room_functions; /* Private to profile.c.  */
  struct pgo_summary summary;
  struct pgo_pool *pool;        /* Strings and memory.  */
  struct pgo_instance *spare;   /* Private to profile.c.  */
};

struct pgo_profile *pgo_profile_new (void);
void pgo_profile_free (struct pgo_profile *);

/* The profile's own copy of LENGTH bytes at TEXT (NUL added).  pgo_profile_string (p, NULL) is NULL.  */
const char *pgo_profile_string_n (struct pgo_profile *, const char *text, size_t length);
const char *pgo_profile_string (struct pgo_profile *, const char *text);
/* SIZE zeroed bytes that live as long as the profile.  */
void *pgo_profile_alloc (struct pgo_profile *, size_t size);

/* Append.  Names are copied and not empty.  The pointers returned stay valid until the profile is
   normalised; that of an origin until another is added.  */
struct pgo_origin *pgo_profile_add_origin (struct pgo_profile *);
struct pgo_instance *pgo_profile_add_function (struct pgo_profile *, const char *name, const char *file);
struct pgo_instance *pgo_instance_add_inlined (struct pgo_profile *, struct pgo_instance *,
                                               struct pgo_location at, const char *name, const char *file);
/* Find, else append; linear in the number of children and functions respectively for unsorted trees.  */
struct pgo_instance *pgo_instance_get_inlined (struct pgo_profile *, struct pgo_instance *,
                                               struct pgo_location at, const char *name, const char *file);
void pgo_instance_add_line (struct pgo_profile *, struct pgo_instance *, struct pgo_location at,
                            uint64_t weight, uint64_t samples);
void pgo_instance_add_call (struct pgo_profile *, struct pgo_instance *, struct pgo_location at,
                            const char *callee, const char *callee_file, uint64_t weight, uint64_t samples);
/* The places are copied.  */
void pgo_instance_add_branch (struct pgo_profile *, struct pgo_instance *, struct pgo_place from,
                              struct pgo_place to, uint64_t weight, uint64_t samples);

/* Add the tree SOURCE (of any profile) into TARGET, each weight and sample times NUMERATOR /
   DENOMINATOR, rounded to nearest and saturating.  Duplicates are left to pgo_profile_normalize.
   Evidence kinds combine to the weaker (none: to the other).  If keys or checksums differ, the heavier
   side's body stays (equal: TARGET's); a TARGET without a body has no side.  Name, file and location
   stay TARGET's; of sizes the greater, of ranks the first that is one.  */
void pgo_instance_merge (struct pgo_profile *, struct pgo_instance *target, const struct pgo_instance *source,
                         uint64_t numerator, uint64_t denominator);

/* Add all of SOURCE into TARGET, weights and samples (and those of the origins) times FACTOR: merging with
   factor 2 is merging twice.  TARGET needs normalising then; ranks are not kept.  Commutative and
   associative: bodies whose keys or checksums differ stay side by side.  */
void pgo_profile_merge (struct pgo_profile *target, const struct pgo_profile *source, uint64_t factor);

/* Sort everything, add up duplicates, set totals and (profile) the summary.  Idempotent.  */
void pgo_profile_normalize (struct pgo_profile *);
/* The same for one tree, without summary; also gives inlined instances their order.  */
void pgo_instance_normalize (struct pgo_profile *, struct pgo_instance *);

/* Binary search in a normalised profile or instance; NULL if absent.  FILE NULL finds the function
   without a file, or, if there is none, the only one of that NAME; otherwise file must be equal, or
   absent in the profile.  Where several fit (other keys or checksums; the same name inlined from two
   files), the one with the greatest total, the first of those.  */
const struct pgo_instance *pgo_profile_find (const struct pgo_profile *, const char *name, const char *file);
const struct pgo_instance *pgo_instance_find_inlined (const struct pgo_instance *, struct pgo_location at,
                                                      const char *name);
/* First line at exactly AT, or NULL.  */
const struct pgo_line *pgo_instance_find_line (const struct pgo_instance *, struct pgo_location at);

/* Number the functions that have weight by the function order of core/function-order.h (pgo_instance.rank), the
   others 0.  For a normalised profile, at convert and merge time.  */
void pgo_profile_order (struct pgo_profile *);

/* Least weight that is hot if CUTOFF_PPM millionths of the total weight are to be: that of the first stored
   cutoff that is not smaller, or of the last.  UINT64_MAX (nothing is hot) if the profile has no weight.  */
uint64_t pgo_summary_min_weight (const struct pgo_summary *, uint32_t cutoff_ppm);

/* Greatest evidence kind of the origins, or of the functions if there are no origins.  */
enum pgo_evidence pgo_profile_kind (const struct pgo_profile *);

/* The weakest of two kinds of evidence, but of NONE and another the other.  */
enum pgo_evidence pgo_evidence_combine (enum pgo_evidence a, enum pgo_evidence b);

/* Saturating arithmetic of weights; VALUE * NUMERATOR / DENOMINATOR to the nearest (a half upwards), and
   0 if DENOMINATOR is 0.  */
uint64_t pgo_add (uint64_t a, uint64_t b);
uint64_t pgo_scale (uint64_t value, uint64_t numerator, uint64_t denominator);

#endif
