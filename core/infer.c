/* Counts from evidence, in three steps.

   1. Fit.  The least weighted deviation from all witnesses, over all conserved flows, is a minimum-cost
      circulation: each block is split in two nodes joined by parallel arcs, one for each stretch between
      the values its witnesses name, cheaper below a value than above it.  Where witnesses disagree a
      block gets their weighted median, bent as far as conservation demands.  Deviations are weighed
      relative to the square root of the value, as for Poisson counts: a surplus of thousands goes
      through a hot block that said a million, not through a cold one that said three.

   2. Spread.  The fit says nothing of blocks without witnesses: any flow through them that joins up is
      as cheap as another.  Among those flows we want the one closest to the static estimate: the random
      walk by the estimated probabilities, conditioned on visiting the witnessed blocks as often as
      fitted.  Conditioning a walk multiplies each edge's probability by h(target) / h(source), where h
      is the (weighted) chance to go on from there to where flow is wanted (Doob's h-transform); h at
      the witnessed blocks is found by iterative proportional fitting.

   3. Round.  The spread is fractional and conserved only approximately; a second circulation keeps what
      was fitted and comes as close as possible to the spread in whole numbers.

   SPDX-License-Identifier: GPL-3.0-or-later  */
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
#define SPREAD_ROUNDS 100
#define SPREAD_ENOUGH 1e-3

/* Floor of an edge's static probability: no edge is impossible, and h stays finite.  */
#define MIN_PROBABILITY 1e-6

/* Costs of the second circulation: a unit more or less of what is fitted outweighs any path of units
   of what is only spread.  */
#define ROUND_FITTED_COST (INT64_C (1) << 36)
#define ROUND_SPREAD_COST 1024

/* A block or edge in the making.  Objects 0 … n_blocks - 1 are the blocks, then come the edges: first
   the graph's, then those we add (dead ends to the exit, exit to entry).  */
struct object
{
  uint32_t first_evidence, n_evidence;
  bool fitted;                  /* Bounded from both sides by witnesses.  */
  int64_t count;
  double spread;
};

struct problem
{
  uint32_t n_blocks, n_edges, n_given_edges;
  struct pgo_flow_edge *edges;  /* Probabilities normalised.  */
  struct pgo_flow_evidence *evidence; /* Sorted by object, value; scaled.  */
  uint32_t n_evidence;
  struct object *objects;
  double max_value;
  unsigned shift;               /* Values and counts are scaled down by 2^SHIFT inside.  */
  uint32_t *out_first, *out_edges; /* Edges by source.  */
  uint32_t *order;              /* Blocks in reverse post-order from the entry, then the rest.  */
};

static struct object *
edge_object (const struct problem *p, uint32_t edge)
{
  return &p->objects[p->n_blocks + edge];
}

static uint32_t
evidence_object (const struct problem *p, const struct pgo_flow_evidence *e)
{
  return e->is_edge ? p->n_blocks + e->index : e->index;
}

static int
compare_evidence (const void *a, const void *b)
{
  const struct pgo_flow_evidence *x = a, *y = b;
  if (x->is_edge != y->is_edge)
    return x->is_edge ? 1 : -1;
  if (x->index != y->index)
    return x->index < y->index ? -1 : 1;
  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  if (x->under != y->under)
    return x->under < y->under ? -1 : 1;
  return x->over < y->over ? -1 : x->over > y->over;
}

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
  p->n_given_edges = p->n_edges = graph->n_edges;
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
  for (uint32_t e = 0; e < p->n_edges; e++)
    p->out_first[p->edges[e].src + 2]++;
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

/* Copy the evidence, scaled below MAX_VALUE, and tell each object its share.  */
static void
build_evidence (struct problem *p, const struct pgo_flowgraph *graph)
{
  p->n_evidence = graph->n_evidence;
  p->evidence = pgo_alloc_array ((size_t) p->n_evidence + 1, sizeof *p->evidence);
  uint64_t max = 0;
  for (uint32_t i = 0; i < p->n_evidence; i++)
    {
      p->evidence[i] = graph->evidence[i];
      if (p->evidence[i].value > max)
        max = p->evidence[i].value;
    }
  while (max >> p->shift > MAX_VALUE)
    p->shift++;
  for (uint32_t i = 0; i < p->n_evidence; i++)
    p->evidence[i].value >>= p->shift;
  p->max_value = (double) (max >> p->shift);
  qsort (p->evidence, p->n_evidence, sizeof *p->evidence, compare_evidence);
  p->objects = pgo_alloc_array ((size_t) p->n_blocks + p->n_edges, sizeof *p->objects);
  for (uint32_t i = 0; i < p->n_evidence;)
    {
      struct object *o = &p->objects[evidence_object (p, &p->evidence[i])];
      bool under = false, over = false;
      o->first_evidence = i;
      for (; i < p->n_evidence && &p->objects[evidence_object (p, &p->evidence[i])] == o; i++)
        {
          o->n_evidence++;
          under |= p->evidence[i].under > 0;
          over |= p->evidence[i].over > 0;
        }
      o->fitted = under && over;
    }
}

/* Cost of a unit of deviation from VALUE at TRUST.  */
static int64_t
unit_cost (const struct problem *p, uint64_t value, uint32_t trust)
{
  double cost = trust * sqrt ((p->max_value + 1) / ((double) value + 1));
  return cost < 1e9 ? (int64_t) (cost + 0.5) : INT64_C (1000000000);
}

struct arcs
{
  struct pgo_arc *arc;
  uint32_t *object;
  uint32_t n;
};

static void
add_arc (struct arcs *a, uint32_t object, uint32_t tail, uint32_t head, int64_t capacity, int64_t cost)
{
  a->arc[a->n] = (struct pgo_arc) { tail, head, capacity, cost };
  a->object[a->n++] = object;
}

/* The ends of OBJECT in the circulation: a block leads from its entering node (2b) to its leaving one.  */
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

/* Let OBJECT carry flow at a cost that is least at its witnesses' values and, if TARGET is not negative, at
   TARGET, from which a unit away costs TARGET_COST.  BASE is the cost of a unit as such.  */
static void
add_object (const struct problem *p, struct arcs *a, uint32_t object, int64_t base, int64_t target,
            int64_t target_cost)
{
  const struct pgo_flow_evidence *e = p->evidence + p->objects[object].first_evidence;
  uint32_t n = p->objects[object].n_evidence;
  uint32_t tail, head;
  object_ends (p, object, &tail, &head);
  int64_t slope = base, from = 0;
  for (uint32_t i = 0; i < n; i++)
    slope -= unit_cost (p, e[i].value, e[i].under);
  if (target >= 0)
    slope -= target_cost;
  for (uint32_t i = 0; i < n || target >= 0;)
    {
      bool at_target = target >= 0 && (i == n || target < (int64_t) e[i].value);
      int64_t to = at_target ? target : (int64_t) e[i].value;
      if (to > from)
        {
          add_arc (a, object, tail, head, to - from, slope);
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
  /* Rounding of costs must not make endless flow pay.  */
  add_arc (a, object, tail, head, PGO_NETFLOW_UNBOUNDED, slope > 0 ? slope : 0);
}

/* Solve, and set each object's count to what its arcs carry together.  */
static bool
circulate (struct problem *p, const struct arcs *a)
{
  int64_t *flow = pgo_alloc_array ((size_t) a->n + 1, sizeof *flow);
  enum pgo_netflow_result result
    = pgo_min_cost_circulation (2 * p->n_blocks, a->arc, a->n, (uint64_t) PIVOTS_PER_ARC * a->n, flow, NULL);
  for (uint32_t i = 0; i < p->n_blocks + p->n_edges; i++)
    p->objects[i].count = 0;
  for (uint32_t i = 0; i < a->n; i++)
    p->objects[a->object[i]].count += flow[i];
  pgo_free (flow);
  return result == PGO_NETFLOW_OPTIMAL;
}

/* Room for the arcs of all objects, and a target for each.  */
static struct arcs
new_arcs (const struct problem *p)
{
  size_t room = 2 * ((size_t) p->n_blocks + p->n_edges) + p->n_evidence;
  struct arcs a = { pgo_alloc_array (room, sizeof *a.arc), pgo_alloc_array (room, sizeof *a.object), 0 };
  return a;
}

/* Step 1.  */
static bool
fit (struct problem *p)
{
  struct arcs a = new_arcs (p);
  for (uint32_t o = 0; o < p->n_blocks + p->n_edges; o++)
    /* A trace of cost keeps flow off detours; less likely edges cost a little more.  */
    add_object (p, &a, o, o < p->n_blocks ? 0 : 1 + (int64_t) -log2 (p->edges[o - p->n_blocks].probability),
                -1, 0);
  bool optimal = circulate (p, &a);
  pgo_free (a.arc);
  pgo_free (a.object);
  return optimal;
}

/* h at the target of EDGE times the edge's own factor and probability: what the walk weighs it by.  */
static double
edge_weight (const struct problem *p, const double *multiplier, const double *ahead, uint32_t edge)
{
  uint32_t d = p->edges[edge].dst;
  double h = p->objects[d].fitted ? multiplier[d] : ahead[d];
  return p->edges[edge].probability * multiplier[p->n_blocks + edge] * h;
}

/* One sweep backwards: AHEAD[b], the weighted sum over the ways out of b.  */
static void
sweep_back (const struct problem *p, double *multiplier, double *ahead)
{
  double top = 0;
  for (uint32_t k = p->n_blocks; k-- > 0;)
    {
      uint32_t b = p->order[k];
      double sum = 0;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        sum += edge_weight (p, multiplier, ahead, p->out_edges[i]);
      ahead[b] = sum;
      top = sum > top ? sum : top;
    }
  /* Only ratios matter; keep them from drifting out of range.  */
  if (top > 0)
    for (uint32_t b = 0; b < p->n_blocks; b++)
      {
        ahead[b] /= top;
        multiplier[b] /= top;
      }
}

/* One sweep forwards: blocks hand on what arrives (fitted ones: what was fitted) by the weights.
   ARRIVING[b] is what reached b, in this sweep or, over back edges, in the one before.  Returns the greatest
   change of an edge, relative to the flow through its source.  */
static double
sweep_forward (struct problem *p, const double *multiplier, const double *ahead, double *arriving)
{
  double change = 0;
  for (uint32_t k = 0; k < p->n_blocks; k++)
    {
      uint32_t b = p->order[k];
      struct object *block = &p->objects[b];
      if (!block->fitted)
        block->spread = arriving[b] > 0 ? arriving[b] : 0;
      double sum = 0;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        sum += edge_weight (p, multiplier, ahead, p->out_edges[i]);
      if (!(sum > 0))
        continue;
      for (uint32_t i = p->out_first[b]; i < p->out_first[b + 1]; i++)
        {
          uint32_t e = p->out_edges[i];
          double flow = block->spread * edge_weight (p, multiplier, ahead, e) / sum;
          double more = flow - edge_object (p, e)->spread;
          arriving[p->edges[e].dst] += more;
          edge_object (p, e)->spread = flow;
          if (fabs (more) > change * (block->spread + 1))
            change = fabs (more) / (block->spread + 1);
        }
    }
  return change;
}

/* Step 2.  MULTIPLIER holds h at fitted blocks and the factors of fitted edges.  Starts from the fit.  */
static void
spread (struct problem *p)
{
  uint32_t n = p->n_blocks, n_objects = n + p->n_edges;
  double *multiplier = pgo_alloc_array (n_objects, sizeof *multiplier);
  double *ahead = pgo_alloc_array (n, sizeof *ahead);
  double *arriving = pgo_alloc_array (n, sizeof *arriving);
  for (uint32_t i = 0; i < n_objects; i++)
    {
      struct object *o = &p->objects[i];
      multiplier[i] = o->fitted && o->count == 0 ? 0 : 1;
      o->spread = (double) o->count;
      if (i < n)
        ahead[i] = 1;
      else
        arriving[p->edges[i - n].dst] += o->spread;
    }
  for (unsigned round = 0; round < SPREAD_ROUNDS; round++)
    {
      sweep_back (p, multiplier, ahead);
      double worst = sweep_forward (p, multiplier, ahead, arriving);
      /* Blocks and edges in turn, or an edge and the block it leads to would both correct the same error.  */
      for (uint32_t i = 0; i < n_objects; i++)
        {
          const struct object *o = &p->objects[i];
          double have = i < n ? arriving[i] : o->spread;
          if (!o->fitted || o->count == 0 || !(have > 0))
            continue;
          double ratio = (double) o->count / have;
          double off = fabs (log (ratio));
          worst = off > worst ? off : worst;
          if ((i < n) == (round % 2 == 0))
            multiplier[i] *= ratio;
        }
      if (worst < SPREAD_ENOUGH && round > 1)
        break;
    }
  pgo_free (multiplier);
  pgo_free (ahead);
  pgo_free (arriving);
}

/* Step 3.  */
static bool
settle (struct problem *p)
{
  struct arcs a = new_arcs (p);
  for (uint32_t o = 0; o < p->n_blocks + p->n_edges; o++)
    {
      const struct object *object = &p->objects[o];
      if (object->fitted)
        {
          uint32_t tail, head;
          object_ends (p, o, &tail, &head);
          if (object->count > 0)
            add_arc (&a, o, tail, head, object->count, -ROUND_FITTED_COST);
          add_arc (&a, o, tail, head, PGO_NETFLOW_UNBOUNDED, ROUND_FITTED_COST);
        }
      else if (o < p->n_blocks)
        /* Its edges speak for it, but for a bound.  */
        add_object (p, &a, o, 0, -1, 0);
      else
        {
          double whole = floor (object->spread + 0.5);
          int64_t target = whole < 0 ? 0 : whole > (double) MAX_VALUE ? (int64_t) MAX_VALUE : (int64_t) whole;
          add_object (p, &a, o, 0, target, 1 + (int64_t) (ROUND_SPREAD_COST / sqrt ((double) target + 1)));
        }
    }
  bool optimal = circulate (p, &a);
  pgo_free (a.arc);
  pgo_free (a.object);
  return optimal;
}

enum pgo_infer_result
pgo_infer (const struct pgo_flowgraph *graph, struct pgo_flow_counts *counts)
{
  if (graph->n_evidence == 0)
    return PGO_INFER_NOTHING;
  struct problem p = { .n_blocks = graph->n_blocks };
  build_edges (&p, graph);
  build_order (&p);
  build_evidence (&p, graph);
  bool optimal = fit (&p);
  spread (&p);
  optimal &= settle (&p);
  for (uint32_t b = 0; b < graph->n_blocks; b++)
    counts->block[b] = (uint64_t) p.objects[b].count << p.shift;
  for (uint32_t e = 0; e < graph->n_edges; e++)
    counts->edge[e] = (uint64_t) edge_object (&p, e)->count << p.shift;
  pgo_free (p.edges);
  pgo_free (p.evidence);
  pgo_free (p.objects);
  pgo_free (p.out_first);
  pgo_free (p.out_edges);
  pgo_free (p.order);
  return optimal ? PGO_INFER_DONE : PGO_INFER_LIMITED;
}
