/* SPDX-License-Identifier: GPL-3.0-or-later

   Counts from evidence, in three steps.

   Blocks and edges that follow each other without a choice have the same count; such a *stretch* is the
   unit of work, and the ends of stretches, where ways part or join, are the nodes.

   1. Fit.  The least weighted deviation from all witnesses, over all conserved flows, is a minimum-cost
      circulation: each stretch is a bundle of parallel arcs, one for each interval between the values its
      witnesses name, cheaper below a value than above it.  Where witnesses disagree a stretch gets their
      weighted median, bent as far as conservation demands.  A unit of deviation from a small value costs
      somewhat more than from a great one: a surplus rather goes through a hot stretch than a cold one.

   2. Spread.  The fit says nothing of stretches without witnesses: any flow through them that joins up is
      as cheap as another.  Among those flows we want the one closest to the static estimate: the random
      walk by the estimated probabilities, conditioned on visiting the witnessed places as often as
      fitted.  Conditioning a walk multiplies each edge's probability by h(target) / h(source), where h
      is the (weighted) chance to go on from there to where flow is wanted (Doob's h-transform); h at
      the witnessed places is found by iterative proportional fitting.

   3. Settle.  The spread is fractional and conserved only approximately; a second circulation keeps what
      was fitted and comes as close as possible to the spread in whole numbers.  It is solved as a change
      of the fit, in which fitted stretches have no part, so that it falls into small pieces.  */
#include "core/flowgraph.h"
#include "core/alloc.h"
#include "core/netflow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Greatest value; leaves the solver's 64 bits room to add up.  */
#define MAX_VALUE (UINT64_C (1) << 48)

/* Bound on pivots of one circulation, per arc.  Measured on sqlite3.c and lua: up to 4.  */
#define PIVOTS_PER_ARC 40

/* Rounds of proportional fitting at most, and the relative change at which it stops early.  */
#define SPREAD_ROUNDS 200
#define SPREAD_ENOUGH 1e-4

/* Floor of an edge's static probability: no edge is impossible, and h stays finite.  */
#define MIN_PROBABILITY 1e-6

/* What a unit less or more than the spread costs, at a count of 0; falls with the count's root.  */
#define SPREAD_COST 1024

/* A unit's cost falls with this power of the value it deviates from.  Noise like that of Poisson counts would
   ask for 0.5; but the errors of code that was moved, merged or copied are as large as what they are wrong
   about, and a stray small value must not outvote several great ones.  Measured on lua with callgrind's
   counts, instructions of the result: 0 246.0M, 0.1 246.4M, 0.2 247.0M, 0.5 251.7M (-O2 262.8M).  */
#define DEVIATION_EXPONENT 0.1
/* Scale of costs, for whole numbers.  */
#define DEVIATION_COST 4

#define NONE UINT32_MAX

struct stretch
{
  uint32_t tail, head;          /* Nodes: 2b where block b is entered, 2b + 1 where it is left.  */
  uint32_t first_evidence, n_evidence;
  uint32_t block, edge;         /* A block of it, or NONE; its first edge, or NONE.  */
  int64_t detour_cost;          /* Of a unit that no witness asks for; by the static estimate.  */
  bool fitted;                  /* Bounded from both sides by witnesses.  */
  int64_t count;
};

/* Objects 0 … n_blocks - 1 are the blocks, then come the edges: first the graph's, then those we add
   (dead ends to the exit, exit to entry).  */
struct problem
{
  uint32_t n_blocks, n_edges, n_evidence, n_stretches;
  struct pgo_flow_edge *edges;  /* Probabilities normalised.  */
  uint32_t *out_first, *out_edges; /* Edges by source.  */
  uint32_t *in_degree;
  uint32_t *order;              /* Blocks in reverse post-order from the entry, then the rest.  */
  uint32_t *stretch_of;         /* By object.  */
  struct stretch *stretches;
  struct pgo_flow_evidence *evidence; /* INDEX is the stretch; sorted by it and value; scaled.  */
  double max_value;
  unsigned shift;               /* Values and counts are scaled down by 2^SHIFT inside.  */
};

/* Copy GRAPH's edges and add those that make it a circulation.  A block from which the exit cannot be
   reached gets a way out too: control that entered an endless loop is never seen to leave it.  */
static void
build_edges (struct problem *p, const struct pgo_flowgraph *graph)
{
  uint32_t n = graph->n_blocks;
  bool *reaches = pgo_alloc_array (n, sizeof *reaches);
  uint32_t *in_first = pgo_alloc_array (n + 2, sizeof *in_first);
  uint32_t *in_edges = pgo_alloc_array (graph->n_edges + 1, sizeof *in_edges);
  uint32_t *stack = pgo_alloc_array (n + 1, sizeof *stack);
  for (uint32_t e = 0; e < graph->n_edges; e++)
    in_first[graph->edges[e].dst + 2]++;
  for (uint32_t b = 0; b < n; b++)
    in_first[b + 2] += in_first[b + 1];
  for (uint32_t e = 0; e < graph->n_edges; e++)
    in_edges[in_first[graph->edges[e].dst + 1]++] = e;

  p->edges = pgo_alloc_array ((size_t) graph->n_edges + n + 1, sizeof *p->edges);
  memcpy (p->edges, graph->edges, graph->n_edges * sizeof *p->edges);
  p->n_edges = graph->n_edges;
  bool *has_successor = pgo_alloc_array (n, sizeof *has_successor);
  for (uint32_t e = 0; e < graph->n_edges; e++)
    has_successor[graph->edges[e].src] = true;
  uint32_t depth = 0;
  reaches[PGO_FLOW_EXIT] = true;
  stack[depth++] = PGO_FLOW_EXIT;
  for (uint32_t next = 0;;)
    {
      while (depth > 0)
        {
          uint32_t b = stack[--depth];
          for (uint32_t i = in_first[b]; i < in_first[b + 1]; i++)
            {
              uint32_t src = graph->edges[in_edges[i]].src;
              if (!reaches[src])
                {
                  reaches[src] = true;
                  stack[depth++] = src;
                }
            }
        }
      /* Dead ends first, whatever their number; then one block of each endless loop at a time.  */
      while (next < 2 * n && (reaches[next % n] || (next < n && has_successor[next])))
        next++;
      if (next >= 2 * n)
        break;
      uint32_t b = next % n;
      p->edges[p->n_edges++] = (struct pgo_flow_edge) { b, PGO_FLOW_EXIT, has_successor[b] ? MIN_PROBABILITY : 1 };
      reaches[b] = true;
      stack[depth++] = b;
    }
  p->edges[p->n_edges++] = (struct pgo_flow_edge) { PGO_FLOW_EXIT, PGO_FLOW_ENTRY, 1 };
  pgo_free (reaches);
  pgo_free (in_first);
  pgo_free (in_edges);
  pgo_free (stack);
  pgo_free (has_successor);

  p->out_first = pgo_alloc_array ((size_t) n + 2, sizeof *p->out_first);
  p->out_edges = pgo_alloc_array ((size_t) p->n_edges + 1, sizeof *p->out_edges);
  p->in_degree = pgo_alloc_array (n, sizeof *p->in_degree);
  for (uint32_t e = 0; e < p->n_edges; e++)
    {
      p->out_first[p->edges[e].src + 2]++;
      p->in_degree[p->edges[e].dst]++;
    }
  for (uint32_t b = 0; b < n; b++)
    p->out_first[b + 2] += p->out_first[b + 1];
  for (uint32_t e = 0; e < p->n_edges; e++)
    p->out_edges[p->out_first[p->edges[e].src + 1]++] = e;
  for (uint32_t b = 0; b < n; b++)
    {
      double sum = 0;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        {
          struct pgo_flow_edge *e = &p->edges[p->out_edges[i]];
          if (!(e->probability >= MIN_PROBABILITY))
            e->probability = MIN_PROBABILITY;
          sum += e->probability;
        }
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        p->edges[p->out_edges[i]].probability /= sum;
    }
}

/* Reverse post-order of the blocks, for sweeps that see most predecessors before a block.  */
static void
build_order (struct problem *p)
{
  uint32_t n = p->n_blocks;
  p->order = pgo_alloc_array (n, sizeof *p->order);
  uint32_t *stack = pgo_alloc_array ((size_t) n + 1, sizeof *stack);
  uint32_t *at = pgo_alloc_array (n, sizeof *at);
  bool *seen = pgo_alloc_array (n, sizeof *seen);
  uint32_t place = n;
  for (uint32_t start = 0; start < n; start++)
    {
      if (seen[start])
        continue;
      uint32_t depth = 0;
      stack[depth++] = start;
      seen[start] = true;
      at[start] = p->out_first[start];
      while (depth > 0)
        {
          uint32_t b = stack[depth - 1];
          if (at[b] == p->out_first[b + 1])
            {
              p->order[--place] = b;
              depth--;
              continue;
            }
          uint32_t d = p->edges[p->out_edges[at[b]++]].dst;
          if (!seen[d])
            {
              seen[d] = true;
              at[d] = p->out_first[d];
              stack[depth++] = d;
            }
        }
    }
  pgo_free (stack);
  pgo_free (at);
  pgo_free (seen);
}

/* The nodes between which OBJECT leads.  */
static void
object_ends (const struct problem *p, uint32_t object, uint32_t *tail, uint32_t *head)
{
  if (object < p->n_blocks)
    {
      *tail = 2 * object;
      *head = 2 * object + 1;
    }
  else
    {
      *tail = 2 * p->edges[object - p->n_blocks].src + 1;
      *head = 2 * p->edges[object - p->n_blocks].dst;
    }
}

/* One way in and one way out: the node is inside a stretch.  */
static bool
is_inner (const struct problem *p, uint32_t node)
{
  uint32_t b = node / 2;
  return node % 2 ? p->out_first[b + 1] - p->out_first[b] == 1 : p->in_degree[b] == 1;
}

/* The only object that leaves the inner NODE.  */
static uint32_t
object_from (const struct problem *p, uint32_t node)
{
  return node % 2 ? p->n_blocks + p->out_edges[p->out_first[node / 2]] : node / 2;
}

/* Make OBJECT and what follows it without a choice a stretch.  */
static void
add_stretch (struct problem *p, uint32_t object)
{
  uint32_t index = p->n_stretches++;
  struct stretch *s = &p->stretches[index];
  *s = (struct stretch) { .block = NONE, .edge = NONE };
  object_ends (p, object, &s->tail, &s->head);
  for (;;)
    {
      p->stretch_of[object] = index;
      if (object < p->n_blocks)
        s->block = s->block == NONE ? object : s->block;
      else
        {
          uint32_t e = object - p->n_blocks;
          s->edge = s->edge == NONE ? e : s->edge;
          s->detour_cost += 1 + (int64_t) -log2 (p->edges[e].probability);
        }
      uint32_t tail;
      object_ends (p, object, &tail, &s->head);
      if (!is_inner (p, s->head))
        return;
      object = object_from (p, s->head);
      if (p->stretch_of[object] != NONE)
        {
          /* Without any choice, as a function of one path is: its head is where it began.  */
          s->head = s->tail;
          return;
        }
    }
}

static void
build_stretches (struct problem *p)
{
  uint32_t n_objects = p->n_blocks + p->n_edges;
  p->stretch_of = pgo_alloc_array (n_objects, sizeof *p->stretch_of);
  p->stretches = pgo_alloc_array (n_objects, sizeof *p->stretches);
  for (uint32_t o = 0; o < n_objects; o++)
    p->stretch_of[o] = NONE;
  for (uint32_t o = 0; o < n_objects; o++)
    {
      uint32_t tail, head;
      object_ends (p, o, &tail, &head);
      if (!is_inner (p, tail))
        add_stretch (p, o);
    }
  for (uint32_t o = 0; o < n_objects; o++)
    if (p->stretch_of[o] == NONE)
      add_stretch (p, o);
}

static int
compare_evidence (const void *a, const void *b)
{
  const struct pgo_flow_evidence *x = a, *y = b;
  if (x->index != y->index)
    return x->index < y->index ? -1 : 1;
  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  if (x->under != y->under)
    return x->under < y->under ? -1 : 1;
  return x->over < y->over ? -1 : x->over > y->over;
}

/* Copy the evidence, scaled below MAX_VALUE, and tell each stretch its share.  */
static void
build_evidence (struct problem *p, const struct pgo_flowgraph *graph)
{
  p->n_evidence = graph->n_evidence;
  p->evidence = pgo_alloc_array ((size_t) p->n_evidence + 1, sizeof *p->evidence);
  uint64_t max = 0;
  for (uint32_t i = 0; i < p->n_evidence; i++)
    {
      struct pgo_flow_evidence *e = &p->evidence[i];
      *e = graph->evidence[i];
      e->index = p->stretch_of[e->is_edge ? p->n_blocks + e->index : e->index];
      if (e->value > max)
        max = e->value;
    }
  while (max >> p->shift > MAX_VALUE)
    p->shift++;
  for (uint32_t i = 0; i < p->n_evidence; i++)
    p->evidence[i].value >>= p->shift;
  p->max_value = (double) (max >> p->shift);
  qsort (p->evidence, p->n_evidence, sizeof *p->evidence, compare_evidence);
  for (uint32_t i = 0; i < p->n_evidence;)
    {
      struct stretch *s = &p->stretches[p->evidence[i].index];
      bool under = false, over = false;
      s->first_evidence = i;
      for (; i < p->n_evidence && &p->stretches[p->evidence[i].index] == s; i++)
        {
          s->n_evidence++;
          under |= p->evidence[i].under > 0;
          over |= p->evidence[i].over > 0;
        }
      s->fitted = under && over;
    }
}

/* Cost of a unit of deviation from VALUE at TRUST.  */
static int64_t
unit_cost (const struct problem *p, uint64_t value, uint32_t trust)
{
  double cost = DEVIATION_COST * trust * pow ((p->max_value + 1) / ((double) value + 1), DEVIATION_EXPONENT);
  return cost < 1e9 ? (int64_t) (cost + 0.5) : INT64_C (1000000000);
}

/* The arcs of a circulation.  Flow is counted from ORIGIN[stretch]: below it arcs are reversed.  */
struct arcs
{
  struct pgo_arc *arc;
  struct { uint32_t stretch; bool reversed; } *part;
  uint32_t n;
  bool from_counts;             /* The origin is the stretch's count, else 0.  */
};

/* Let STRETCH carry FROM … TO units at SLOPE each.  */
static void
add_interval (const struct problem *p, struct arcs *a, uint32_t stretch, int64_t from, int64_t to, int64_t slope)
{
  const struct stretch *s = &p->stretches[stretch];
  int64_t origin = a->from_counts ? s->count : 0;
  if (from < origin)
    {
      a->arc[a->n] = (struct pgo_arc) { s->head, s->tail, (to < origin ? to : origin) - from, -slope };
      a->part[a->n].stretch = stretch;
      a->part[a->n++].reversed = true;
    }
  if (to > origin)
    {
      int64_t capacity = to == PGO_NETFLOW_UNBOUNDED ? to : to - (from > origin ? from : origin);
      a->arc[a->n] = (struct pgo_arc) { s->tail, s->head, capacity, slope };
      a->part[a->n++].stretch = stretch;
    }
}

/* Let STRETCH carry flow at a cost that is least at its witnesses' values and, if TARGET is not negative, at
   TARGET, from which a unit away costs TARGET_COST.  BASE is the cost of a unit as such.  */
static void
add_stretch_arcs (const struct problem *p, struct arcs *a, uint32_t stretch, int64_t base, int64_t target,
                  int64_t target_cost)
{
  const struct stretch *s = &p->stretches[stretch];
  const struct pgo_flow_evidence *e = p->evidence + s->first_evidence;
  int64_t slope = base, from = 0;
  for (uint32_t i = 0; i < s->n_evidence; i++)
    slope -= unit_cost (p, e[i].value, e[i].under);
  if (target >= 0)
    slope -= target_cost;
  for (uint32_t i = 0; i < s->n_evidence || target >= 0;)
    {
      bool at_target = target >= 0 && (i == s->n_evidence || target < (int64_t) e[i].value);
      int64_t to = at_target ? target : (int64_t) e[i].value;
      if (to > from)
        {
          add_interval (p, a, stretch, from, to, slope);
          from = to;
        }
      if (at_target)
        {
          slope += 2 * target_cost;
          target = -1;
        }
      else
        {
          slope += unit_cost (p, e[i].value, e[i].under) + unit_cost (p, e[i].value, e[i].over);
          i++;
        }
    }
  /* Endless flow must not pay.  */
  add_interval (p, a, stretch, from, PGO_NETFLOW_UNBOUNDED, slope > 0 ? slope : 0);
}

/* Solve, set or change each stretch's count by what its arcs carry, and free the arcs.  */
static bool
circulate (struct problem *p, struct arcs *a)
{
  int64_t *flow = pgo_alloc_array ((size_t) a->n + 1, sizeof *flow);
  enum pgo_netflow_result result
    = pgo_min_cost_circulation (2 * p->n_blocks, a->arc, a->n, (uint64_t) PIVOTS_PER_ARC * a->n, flow, NULL);
  for (uint32_t i = 0; i < a->n; i++)
    p->stretches[a->part[i].stretch].count += a->part[i].reversed ? -flow[i] : flow[i];
  pgo_free (flow);
  pgo_free (a->arc);
  pgo_free (a->part);
  return result == PGO_NETFLOW_OPTIMAL;
}

/* Room for the arcs of all stretches, with a target and an origin for each.  */
static struct arcs
new_arcs (const struct problem *p, bool from_counts)
{
  size_t room = 3 * (size_t) p->n_stretches + p->n_evidence;
  struct arcs a = { .from_counts = from_counts };
  a.arc = pgo_alloc_array (room, sizeof *a.arc);
  a.part = pgo_alloc_array (room, sizeof *a.part);
  return a;
}

/* Step 1.  */
static bool
fit (struct problem *p)
{
  struct arcs a = new_arcs (p, false);
  for (uint32_t s = 0; s < p->n_stretches; s++)
    add_stretch_arcs (p, &a, s, p->stretches[s].detour_cost, -1, 0);
  return circulate (p, &a);
}

/* The walk of step 2.  A fitted stretch is represented by one of its blocks or, if it is a mere edge, by
   that; FIXED is its count there and negative elsewhere.  */
struct walk
{
  double *fixed, *multiplier;   /* By object: MULTIPLIER is h of a fixed block, the factor of a fixed edge.  */
  double *spread;               /* By object.  */
  double *ahead;                /* By block: weighted sum over the ways out.  */
  double *arriving;             /* By block: what reached it in this sweep or, over back edges, the last.  */
};

/* h at the target of EDGE times the edge's own factor and probability: what the walk weighs it by.  */
static double
edge_weight (const struct problem *p, const struct walk *w, uint32_t edge)
{
  uint32_t d = p->edges[edge].dst;
  double h = w->fixed[d] >= 0 ? w->multiplier[d] : w->ahead[d];
  return p->edges[edge].probability * w->multiplier[p->n_blocks + edge] * h;
}

static void
sweep_back (const struct problem *p, struct walk *w)
{
  double top = 0;
  for (uint32_t k = p->n_blocks; k-- > 0;)
    {
      uint32_t b = p->order[k];
      double sum = 0;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        sum += edge_weight (p, w, p->out_edges[i]);
      w->ahead[b] = sum;
      top = sum > top ? sum : top;
    }
  /* Only ratios matter; keep them from drifting out of range.  */
  if (top > 0)
    for (uint32_t b = 0; b < p->n_blocks; b++)
      {
        w->ahead[b] /= top;
        w->multiplier[b] /= top;
      }
}

/* Blocks hand on what arrives (fixed ones: what was fitted) by the weights.  Returns the greatest change of
   an edge, relative to the flow through its source.  */
static double
sweep_forward (const struct problem *p, struct walk *w)
{
  double change = 0;
  for (uint32_t k = 0; k < p->n_blocks; k++)
    {
      uint32_t b = p->order[k];
      if (w->fixed[b] < 0)
        w->spread[b] = w->arriving[b] > 0 ? w->arriving[b] : 0;
      double sum = 0;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        sum += edge_weight (p, w, p->out_edges[i]);
      if (!(sum > 0))
        continue;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        {
          uint32_t e = p->out_edges[i];
          double flow = w->spread[b] * edge_weight (p, w, e) / sum;
          double more = flow - w->spread[p->n_blocks + e];
          w->arriving[p->edges[e].dst] += more;
          w->spread[p->n_blocks + e] = flow;
          if (fabs (more) > change * (w->spread[b] + 1))
            change = fabs (more) / (w->spread[b] + 1);
        }
    }
  return change;
}

/* Step 2, from the fit.  SPREAD is by object.  */
static void
spread_unknown (const struct problem *p, double *spread)
{
  uint32_t n = p->n_blocks, n_objects = n + p->n_edges;
  struct walk w = { .spread = spread };
  w.fixed = pgo_alloc_array (n_objects, sizeof *w.fixed);
  w.multiplier = pgo_alloc_array (n_objects, sizeof *w.multiplier);
  w.ahead = pgo_alloc_array (n, sizeof *w.ahead);
  w.arriving = pgo_alloc_array (n, sizeof *w.arriving);
  for (uint32_t o = 0; o < n_objects; o++)
    {
      const struct stretch *s = &p->stretches[p->stretch_of[o]];
      bool fixed = s->fitted && (o < n ? s->block == o : s->block == NONE && s->edge == o - n);
      spread[o] = (double) s->count;
      w.fixed[o] = fixed ? spread[o] : -1;
      w.multiplier[o] = fixed && s->count == 0 ? 0 : 1;
      if (o < n)
        w.ahead[o] = 1;
      else
        w.arriving[p->edges[o - n].dst] += spread[o];
    }
  for (unsigned round = 0; round < SPREAD_ROUNDS; round++)
    {
      sweep_back (p, &w);
      double worst = sweep_forward (p, &w);
      /* Blocks and edges in turn, or an edge and the block it leads to would both correct the same error.  */
      for (uint32_t o = 0; o < n_objects; o++)
        {
          double have = o < n ? w.arriving[o] : spread[o];
          if (!(w.fixed[o] > 0) || !(have > 0))
            continue;
          double ratio = w.fixed[o] / have;
          double off = fabs (log (ratio));
          worst = off > worst ? off : worst;
          if ((o < n) == (round % 2 == 0))
            w.multiplier[o] *= ratio;
        }
      if (worst < SPREAD_ENOUGH && round > 1)
        break;
    }
  pgo_free (w.fixed);
  pgo_free (w.multiplier);
  pgo_free (w.ahead);
  pgo_free (w.arriving);
}

/* Step 3.  */
static bool
settle (struct problem *p, const double *spread)
{
  struct arcs a = new_arcs (p, true);
  for (uint32_t i = 0; i < p->n_stretches; i++)
    {
      const struct stretch *s = &p->stretches[i];
      if (s->fitted)
        continue;
      double whole = floor (spread[s->edge == NONE ? s->block : p->n_blocks + s->edge] + 0.5);
      int64_t target = whole < 0 ? 0 : whole > (double) MAX_VALUE ? (int64_t) MAX_VALUE : (int64_t) whole;
      add_stretch_arcs (p, &a, i, 0, target, 1 + (int64_t) (SPREAD_COST / sqrt ((double) target + 1)));
    }
  return circulate (p, &a);
}

enum pgo_infer_result
pgo_infer (const struct pgo_flowgraph *graph, struct pgo_flow_counts *counts)
{
  if (graph->n_evidence == 0)
    return PGO_INFER_NOTHING;
  struct problem p = { .n_blocks = graph->n_blocks };
  build_edges (&p, graph);
  build_order (&p);
  build_stretches (&p);
  build_evidence (&p, graph);
  double *spread = pgo_alloc_array ((size_t) p.n_blocks + p.n_edges, sizeof *spread);
  bool optimal = fit (&p);
  spread_unknown (&p, spread);
  optimal &= settle (&p, spread);
  for (uint32_t b = 0; b < graph->n_blocks; b++)
    counts->block[b] = (uint64_t) p.stretches[p.stretch_of[b]].count << p.shift;
  for (uint32_t e = 0; e < graph->n_edges; e++)
    counts->edge[e] = (uint64_t) p.stretches[p.stretch_of[p.n_blocks + e]].count << p.shift;
  pgo_free (spread);
  pgo_free (p.edges);
  pgo_free (p.out_first);
  pgo_free (p.out_edges);
  pgo_free (p.in_degree);
  pgo_free (p.order);
  pgo_free (p.stretch_of);
  pgo_free (p.stretches);
  pgo_free (p.evidence);
  return optimal ? PGO_INFER_DONE : PGO_INFER_LIMITED;
}

uint32_t
pgo_infer_disagreement (const struct pgo_flowgraph *graph, const struct pgo_flow_counts *counts)
{
  double deviation = 0, greater = 0;
  for (uint32_t i = 0; i < graph->n_evidence; i++)
    {
      const struct pgo_flow_evidence *e = &graph->evidence[i];
      double said = (double) e->value, count = (double) (e->is_edge ? counts->edge : counts->block)[e->index];
      double trust = count < said ? e->under : e->over;
      deviation += trust * fabs (said - count);
      greater += trust * (said > count ? said : count);
    }
  return greater > 0 ? (uint32_t) (1000 * deviation / greater + 0.5) : 0;
}
