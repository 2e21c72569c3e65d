/* The primal network simplex.

   A spanning tree of the graph (plus a root joined to every node) determines potentials such that tree
   arcs have reduced cost 0.  Other arcs sit at their lower (0) or upper (capacity) bound.  A pivot takes
   an arc whose reduced cost says that changing its flow saves cost, pushes flow around the cycle that it
   closes with the tree until some arc meets a bound, and exchanges the two.

   The tree is kept strongly feasible (from every node a positive amount could still be sent to the root);
   among several blocking arcs the last in the direction of the push, seen from the apex of the cycle, leaves.
   This rules out endless degenerate pivots (Cunningham 1976; Ahuja, Magnanti, Orlin, "Network Flows",
   11.6).  The start is the zero flow with the tree of artificial arcs from each node to the root; as no
   arc leads back from the root they never carry anything, and there is no first phase.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/netflow.h"
#include "core/alloc.h"

#include <stdlib.h>

/* Arcs priced before the best one seen so far is taken: this or the square root of the number of arcs,
   whichever is greater (block search; Kiraly and Kovacs 2012 find the square root robust).  */
#define MIN_PRICING_BLOCK 16

#define NONE UINT32_MAX

enum state { AT_UPPER = -1, IN_TREE = 0, AT_LOWER = 1 };

struct tree_node
{
  uint32_t parent, arc;         /* ARC joins the node with its parent.  */
  uint32_t first_child, next, previous; /* Siblings.  */
  uint32_t depth;
  bool up;                      /* ARC leads from the node to its parent.  */
  int64_t potential;
};

struct simplex
{
  uint32_t n_nodes, n_arcs;     /* Without root and artificial arcs.  */
  const struct pgo_arc *arcs;
  int64_t *flow;
  signed char *state;
  struct tree_node *tree;       /* Root is n_nodes.  */
  uint32_t pricing_block, next_arc;
};

static int64_t
arc_cost (const struct simplex *s, uint32_t arc)
{
  return arc < s->n_arcs ? s->arcs[arc].cost : 0;
}

/* Flow that ARC could still take.  */
static int64_t
residual (const struct simplex *s, uint32_t arc)
{
  if (arc >= s->n_arcs || s->arcs[arc].capacity >= PGO_NETFLOW_UNBOUNDED)
    return PGO_NETFLOW_UNBOUNDED;
  return s->arcs[arc].capacity - s->flow[arc];
}

static int64_t
carried (const struct simplex *s, uint32_t arc)
{
  return arc < s->n_arcs ? s->flow[arc] : 0;
}

static void
add_flow (struct simplex *s, uint32_t arc, int64_t amount)
{
  if (arc < s->n_arcs)
    s->flow[arc] += amount;
}

/* The most profitable arc of the next block that has one, or NONE at the optimum.  */
static uint32_t
entering_arc (struct simplex *s)
{
  uint32_t best = NONE;
  int64_t best_gain = 0;
  uint32_t in_block = 0;
  for (uint32_t seen = 0; seen < s->n_arcs; seen++)
    {
      uint32_t i = s->next_arc;
      s->next_arc = i + 1 == s->n_arcs ? 0 : i + 1;
      if (s->state[i] != IN_TREE)
        {
          const struct pgo_arc *a = &s->arcs[i];
          int64_t gain = -s->state[i] * (a->cost + s->tree[a->tail].potential - s->tree[a->head].potential);
          if (gain > best_gain)
            {
              best_gain = gain;
              best = i;
            }
        }
      if (++in_block >= s->pricing_block)
        {
          if (best != NONE)
            return best;
          in_block = 0;
        }
    }
  return best;
}

static void
unlink_child (struct simplex *s, uint32_t node)
{
  struct tree_node *n = &s->tree[node];
  if (n->previous != NONE)
    s->tree[n->previous].next = n->next;
  else
    s->tree[n->parent].first_child = n->next;
  if (n->next != NONE)
    s->tree[n->next].previous = n->previous;
}

static void
link_child (struct simplex *s, uint32_t node, uint32_t parent)
{
  struct tree_node *n = &s->tree[node];
  n->parent = parent;
  n->previous = NONE;
  n->next = s->tree[parent].first_child;
  if (n->next != NONE)
    s->tree[n->next].previous = node;
  s->tree[parent].first_child = node;
}

/* Potential and depth of NODE from its parent's.  */
static void
derive (struct simplex *s, uint32_t node)
{
  struct tree_node *n = &s->tree[node];
  const struct tree_node *p = &s->tree[n->parent];
  int64_t cost = arc_cost (s, n->arc);
  n->potential = n->up ? p->potential - cost : p->potential + cost;
  n->depth = p->depth + 1;
}

/* Derive the whole subtree at TOP, parents first.  */
static void
derive_subtree (struct simplex *s, uint32_t top)
{
  uint32_t node = top;
  derive (s, node);
  for (;;)
    {
      uint32_t next = s->tree[node].first_child;
      while (next == NONE)
        {
          if (node == top)
            return;
          next = s->tree[node].next;
          if (next == NONE)
            node = s->tree[node].parent;
        }
      node = next;
      derive (s, node);
    }
}

/* Hang the subtree below LEAVE (cut from its parent) under PARENT by ARC, which touches it at TOP.  */
static void
rehang (struct simplex *s, uint32_t top, uint32_t parent, uint32_t arc, bool up, uint32_t leave)
{
  uint32_t node = top;
  for (;;)
    {
      struct tree_node *n = &s->tree[node];
      uint32_t old_parent = n->parent, old_arc = n->arc;
      bool old_up = n->up;
      unlink_child (s, node);
      link_child (s, node, parent);
      n->arc = arc;
      n->up = up;
      if (node == leave)
        break;
      parent = node;
      arc = old_arc;
      up = !old_up;
      node = old_parent;
    }
  derive_subtree (s, top);
}

/* Exchange ENTERING for the arc that blocks its cycle.  False: nothing blocks.  */
static bool
pivot (struct simplex *s, uint32_t entering)
{
  const struct pgo_arc *a = &s->arcs[entering];
  bool forward = s->state[entering] == AT_LOWER;
  /* The push goes first → second over ENTERING, up to the apex, and down to first.  */
  uint32_t first = forward ? a->tail : a->head;
  uint32_t second = forward ? a->head : a->tail;
  uint32_t u = first, v = second;
  while (u != v)
    if (s->tree[u].depth >= s->tree[v].depth)
      u = s->tree[u].parent;
    else
      v = s->tree[v].parent;
  uint32_t apex = u;

  int64_t amount = forward ? residual (s, entering) : carried (s, entering);
  uint32_t leave = NONE;
  bool leave_first = false;
  for (u = first; u != apex; u = s->tree[u].parent)
    {
      uint32_t arc = s->tree[u].arc;
      int64_t room = s->tree[u].up ? carried (s, arc) : residual (s, arc);
      if (room < amount)
        {
          amount = room;
          leave = u;
          leave_first = true;
        }
    }
  for (u = second; u != apex; u = s->tree[u].parent)
    {
      uint32_t arc = s->tree[u].arc;
      int64_t room = s->tree[u].up ? residual (s, arc) : carried (s, arc);
      if (room <= amount)
        {
          amount = room;
          leave = u;
          leave_first = false;
        }
    }
  if (amount >= PGO_NETFLOW_UNBOUNDED)
    return false;

  if (amount > 0)
    {
      add_flow (s, entering, forward ? amount : -amount);
      for (u = first; u != apex; u = s->tree[u].parent)
        add_flow (s, s->tree[u].arc, s->tree[u].up ? -amount : amount);
      for (u = second; u != apex; u = s->tree[u].parent)
        add_flow (s, s->tree[u].arc, s->tree[u].up ? amount : -amount);
    }
  if (leave == NONE)
    {
      s->state[entering] = (signed char) -s->state[entering];
      return true;
    }
  uint32_t leaving = s->tree[leave].arc;
  if (leaving < s->n_arcs)
    s->state[leaving] = s->flow[leaving] == 0 ? AT_LOWER : AT_UPPER;
  s->state[entering] = IN_TREE;
  uint32_t top = leave_first ? first : second;
  rehang (s, top, leave_first ? second : first, entering, top == a->tail, leave);
  return true;
}

enum pgo_netflow_result
pgo_min_cost_circulation (uint32_t n_nodes, const struct pgo_arc *arcs, uint32_t n_arcs,
                          uint64_t max_pivots, int64_t *flow, uint64_t *pivots)
{
  struct simplex s = { .n_nodes = n_nodes, .n_arcs = n_arcs, .arcs = arcs, .flow = flow };
  s.state = pgo_alloc_array (n_arcs + 1, sizeof *s.state);
  s.tree = pgo_alloc_array ((size_t) n_nodes + 1, sizeof *s.tree);
  s.tree[n_nodes] = (struct tree_node) { .parent = NONE, .arc = NONE, .first_child = NONE,
                                         .next = NONE, .previous = NONE };
  for (uint32_t i = 0; i < n_arcs; i++)
    {
      flow[i] = 0;
      s.state[i] = AT_LOWER;
    }
  for (uint32_t v = n_nodes; v-- > 0;)
    {
      s.tree[v].first_child = NONE;
      s.tree[v].arc = n_arcs + v;
      s.tree[v].up = true;
      link_child (&s, v, n_nodes);
      derive (&s, v);
    }
  uint32_t root_block = 1;
  while ((uint64_t) root_block * root_block < n_arcs)
    root_block++;
  s.pricing_block = root_block > MIN_PRICING_BLOCK ? root_block : MIN_PRICING_BLOCK;

  enum pgo_netflow_result result = PGO_NETFLOW_OPTIMAL;
  uint64_t count = 0;
  for (;; count++)
    {
      uint32_t entering = entering_arc (&s);
      if (entering == NONE)
        break;
      if (count >= max_pivots)
        {
          result = PGO_NETFLOW_LIMIT;
          break;
        }
      if (!pivot (&s, entering))
        {
          result = PGO_NETFLOW_UNBOUNDED_COST;
          break;
        }
    }
  if (pivots)
    *pivots = count;
  pgo_free (s.state);
  pgo_free (s.tree);
  return result;
}
