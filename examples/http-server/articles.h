/* The articles that the pages show: a thousand, made from a seed, the same every time.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_ARTICLES_H
#define HTTP_SERVER_ARTICLES_H

#include <stdatomic.h>
#include <stddef.h>

#define N_ARTICLES 1000
#define MAX_TAGS 4

struct article
{
  char title[80], summary[400], author[32];
  const char *tags[MAX_TAGS];
  size_t n_tags;
  int age_hours;
  atomic_long votes;            /* Rises when somebody reads it.  */
};

extern struct article articles[N_ARTICLES];

void articles_make (void);

/* The MAX articles with the highest rank (votes, fading with age) into BEST; how many there are.  */
size_t articles_best (const struct article **best, size_t max);

/* At most MAX articles in whose title or summary WORD is, letters of either case, into FOUND; how many.  */
size_t articles_find (const char *word, const struct article **found, size_t max);

#endif
