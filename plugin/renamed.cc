/* Functions that have another name, or whose work a function of another name does, since the profile was made.

       profile          source now
       look_up          find (...) { what look_up did }             renamed
       insert           insert (...) { insert_locked (...); }
                        insert_locked (...) { what insert did }     moved into a function of its own

   Of the unit's functions that the profile doesn't know, each is compared (core/anchors.h) with what it may have been:

   - static functions of its file that the profile has, where their names no longer occur in the unit;
   - what its callers called at the same place, if the name no longer occurs in the unit;
   - its callers themselves, if they are less like their own past than it is.

   core/renamed.c decides.  A name occurs in the unit if GCC has an identifier of it.  What only other units call keeps
   its place in none of these, so that a function that other units see must be called in its own to be found.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/renamed.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"
#include "plugin/plugin.h"

/* Pairs that are compared at most in a unit, which bounds the time: at 20 us or so each, a fifth of a second.  */
#define MAX_PAIRS 10000

/* By DECL_UID.  A function that does another one's work has that one's tree; names are of renamed ones only.  */
static hash_map<int_hash<int, -1, -2>, const struct pgo_instance *> *trees;
static hash_map<int_hash<int, -1, -2>, const char *> *names;

static const struct pgo_instance *
find_by_name (tree fndecl)
{
  struct pgo_status status = {};
  const struct pgo_instance *tree
    = pgo_source_find (pgo_plugin.source, pgo_decl_name (fndecl), pgo_decl_file (fndecl), &status);
  if (status.message[0])
    pgo_error (&status, true);
  return tree;
}

const struct pgo_instance *
pgo_renamed_function (tree fndecl)
{
  const struct pgo_instance **found = trees ? trees->get (DECL_UID (DECL_ORIGIN (fndecl))) : NULL;
  return found ? *found : NULL;
}

const struct pgo_instance *
pgo_find_function (tree fndecl)
{
  const struct pgo_instance *tree = pgo_renamed_function (fndecl);
  return tree ? tree : find_by_name (fndecl);
}

const char *
pgo_profile_name (tree fndecl)
{
  const char **found = names ? names->get (DECL_UID (DECL_ORIGIN (fndecl))) : NULL;
  return found ? *found : pgo_decl_name (fndecl);
}

/* What an unknown function may be.  */
struct candidate
{
  const struct pgo_instance *tree;
  bool caller;                  /* It is in the unit, and calls the function.  */
};

struct search
{
  auto_vec<cgraph_node *> unknown;
  auto_vec<struct candidate> candidates;
  auto_vec<struct pgo_renamed> pairs;
};

/* The number of CANDIDATE, entered if it is new.  */
static uint32_t
enter (struct search *s, const struct pgo_instance *tree, bool caller)
{
  for (unsigned i = 0; i < s->candidates.length (); i++)
    if (s->candidates[i].tree == tree)
      return i;
  struct candidate candidate = { tree, caller };
  s->candidates.safe_push (candidate);
  return s->candidates.length () - 1;
}

static bool
is_gone (const char *name)
{
  return !maybe_get_identifier (name);
}

/* Static functions of the files of the unknown ones that are gone.  */
static void
enter_statics (struct search *s)
{
  auto_vec<const char *> files;
  for (cgraph_node *node : s->unknown)
    if (const char *file = pgo_decl_file (node->decl))
      {
        bool known = false;
        for (const char *other : files)
          known |= strcmp (other, file) == 0;
        if (!known)
          files.safe_push (file);
      }
  uint32_t n = files.length () ? pgo_source_n_functions (pgo_plugin.source) : 0;
  for (uint32_t i = 0; i < n; i++)
    {
      const char *name, *file;
      bool same_file = false;
      if (!pgo_source_name_at (pgo_plugin.source, i, &name, &file) || !file)
        continue;
      for (const char *other : files)
        same_file |= strcmp (other, file) == 0;
      if (!same_file || !is_gone (name))
        continue;
      struct pgo_status status = {};
      const struct pgo_instance *tree = pgo_source_at (pgo_plugin.source, i, &status);
      if (!tree)
        pgo_error (&status, true);
      enter (s, tree, false);
    }
}

/* Compare unknown function U, whose view is at hand, with CANDIDATE.  */
static void
compare (struct search *s, uint32_t u, uint32_t candidate, bool called, const struct pgo_match_input *input,
         const struct pgo_anchor_index *index)
{
  if (s->pairs.length () >= MAX_PAIRS)
    return;
  for (unsigned i = s->pairs.length (); i-- > 0 && s->pairs[i].source == u;)
    if (s->pairs[i].profile == candidate)
      {
        s->pairs[i].called |= called;
        return;
      }
  struct pgo_renamed pair = { u, candidate, 0, 0, called };
  pair.likeness = pgo_anchors_likeness (s->candidates[candidate].tree, input, index, 0, &pair.anchors);
  s->pairs.safe_push (pair);
}

/* What CALLER, as the profile knows it, called AT, where it now calls unknown function U.  */
static void
compare_called (struct search *s, uint32_t u, struct pgo_location at, const struct pgo_instance *caller,
                const struct pgo_match_input *input, const struct pgo_anchor_index *index)
{
  struct pgo_status status = {};
  for (uint32_t i = 0; i < caller->n_calls + caller->n_inlined; i++)
    {
      bool inlined = i >= caller->n_calls;
      const struct pgo_instance *body = inlined ? caller->inlined[i - caller->n_calls] : NULL;
      struct pgo_location there = inlined ? body->at : caller->calls[i].at;
      const char *name = inlined ? body->name : caller->calls[i].callee;
      if (there.line != at.line || (caller->keys == PGO_KEYS_SOURCE && there.column != at.column) || !is_gone (name))
        continue;
      const struct pgo_instance *tree
        = pgo_source_find (pgo_plugin.source, name, inlined ? body->file : caller->calls[i].callee_file, &status);
      if (status.message[0])
        pgo_error (&status, true);
      if (tree)
        compare (s, u, enter (s, tree, false), true, input, index);
    }
}

/* The arrays of VIEW.  */
static struct pgo_match_input
input_of (const struct pgo_flow_view *view)
{
  return { view->contexts.length (), view->statements.length (), view->n_blocks, view->edges.length (),
           view->contexts.address (), view->statements.address (), view->edges.address () };
}

/* A function as it is compared.  Between open and close it is GCC's current function.  */
struct opened
{
  struct pgo_flow_view view;
  struct pgo_match_input input;
  struct pgo_anchor_index index;
};

static void
open_function (struct opened *o, cgraph_node *node)
{
  push_cfun (DECL_STRUCT_FUNCTION (node->decl));
  pgo_flow_view_build (&o->view);
  o->input = input_of (&o->view);
  pgo_anchor_index_make (&o->index, &o->input);
}

static void
close_function (struct opened *o)
{
  pgo_anchor_index_clear (&o->index);
  pop_cfun ();
}

/* How like its own TREE the function NODE still is.  */
static uint32_t
likeness_to_itself (cgraph_node *node, const struct pgo_instance *tree)
{
  uint32_t n_anchors;
  struct opened self;
  open_function (&self, node);
  uint32_t likeness = pgo_anchors_likeness (tree, &self.input, &self.index, 0, &n_anchors);
  close_function (&self);
  return likeness;
}

/* What the function in whose source call E of unknown function U is may tell of U.  */
static void
compare_caller (struct search *s, uint32_t u, cgraph_edge *e, const struct pgo_match_input *input,
                const struct pgo_anchor_index *index)
{
  location_t loc = e->call_stmt ? gimple_location (e->call_stmt) : UNKNOWN_LOCATION;
  tree scope = pgo_inlined_scope (LOCATION_BLOCK (loc));
  tree decl = scope ? pgo_scope_function (scope) : e->caller->decl;
  const struct pgo_instance *caller = decl ? find_by_name (decl) : NULL;
  if (!caller)
    return;
  compare_called (s, u, pgo_source_location (loc, 0, decl), caller, input, index);
  uint32_t candidate = enter (s, caller, true);
  compare (s, u, candidate, false, input, index);
  struct pgo_renamed &pair = s->pairs.last ();
  /* A caller that is out of sight was inlined early, so it is small.  */
  cgraph_node *node = cgraph_node::get (decl);
  if (pair.source == u && pair.profile == candidate && pair.likeness >= PGO_RENAMED_LIKE_PERCENT
      && node && pgo_is_annotated (node) && likeness_to_itself (node, caller) >= PGO_RENAMED_LIKE_PERCENT)
    pair.likeness = 0;
}

static void
compare_all (struct search *s)
{
  unsigned n_statics = s->candidates.length ();
  for (unsigned u = 0; u < s->unknown.length (); u++)
    {
      cgraph_node *node = s->unknown[u];
      const char *file = pgo_decl_file (node->decl);
      struct opened function;
      open_function (&function, node);
      for (unsigned c = 0; file && c < n_statics; c++)
        if (strcmp (s->candidates[c].tree->file, file) == 0)
          compare (s, u, c, false, &function.input, &function.index);
      for (cgraph_edge *e = node->callers; e; e = e->next_caller)
        compare_caller (s, u, e, &function.input, &function.index);
      close_function (&function);
    }
}

unsigned
pgo_find_renamed (void)
{
  struct search s;
  cgraph_node *node;
  if (!pgo_plugin.source)
    return 0;
  FOR_EACH_DEFINED_FUNCTION (node)
    if (pgo_is_annotated (node) && !find_by_name (node->decl))
      s.unknown.safe_push (node);
  enter_statics (&s);
  compare_all (&s);
  uint32_t n = s.pairs.length () ? pgo_renamed_choose (s.pairs.address (), s.pairs.length ()) : 0;
  for (uint32_t i = 0; i < n; i++)
    {
      tree decl = DECL_ORIGIN (s.unknown[s.pairs[i].source]->decl);
      const struct candidate *candidate = &s.candidates[s.pairs[i].profile];
      if (!trees)
        {
          trees = new hash_map<int_hash<int, -1, -2>, const struct pgo_instance *>;
          names = new hash_map<int_hash<int, -1, -2>, const char *>;
        }
      trees->put (DECL_UID (decl), candidate->tree);
      if (!candidate->caller)
        names->put (DECL_UID (decl), candidate->tree->name);
    }
  return n;
}
