/* Paths: where in a document something is, `address.city' or `items[0].price'.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_PATH_H
#define JSON_STORE_PATH_H

#include "text.h"
#include "value.h"

/* Most steps of a path.  */
#define PATH_STEPS_MAX 16

struct path_step
{
  atom name;                    /* Of a member; ATOM_NONE: an item of an array.  */
  int32_t item;                 /* From 0; from -1 backwards from the last.  */
  uint32_t hint;                /* Where the member was found last.  */
};

struct path
{
  struct path_step *steps;
  unsigned count;               /* 0: the document itself.  */
};

/* What is at PATH in ROOT, VALUE_MISSING if nothing.  Updates the hints.  */
struct value path_get (struct path *, struct value root);
/* ROOT with VALUE at PATH: what lies on the way is copied into ARENA, the rest shared.  Members that
   are not there are added, items must be.  False if a step does not fit what it finds.  */
bool path_set (const struct path *, struct value root, struct value value, struct arena *,
               struct value *result);
/* The same steps?  */
bool path_equal (const struct path *, const struct path *);
/* Append the path as it is written in a query.  */
void path_print (struct text *, const struct atoms *, const struct path *);

#endif
