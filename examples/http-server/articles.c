/* The articles that the pages show: see articles.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "articles.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct article articles[N_ARTICLES];

static uint64_t state = 1;

/* splitmix64 (Steele, Lea, Flood 2014).  */
static unsigned
below (unsigned bound)
{
  uint64_t z = state += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return (unsigned) ((z ^ (z >> 31)) % bound);
}

static const char *const words[] = {
  "compilers", "gardens", "rivers", "the",   "of",     "and",   "\"why\"",  "slow",   "fast",  "profiles", "caches",
  "letters",   "R&D",     "bridges", "small", "<code>", "in",    "winter",   "summer", "night", "measured", "without",
  "tables",    "history", "a",       "new",   "old",    "tea's", "branches", "birds",  "maps",  "engines",  "songs",
};
static const char *const tags[] = { "science", "tools", "c", "history", "food & drink", "travel", "music", "maths" };
static const char *const people[] = { "Ada", "Grace", "Edsger", "Barbara", "Donald", "Frances", "John O'Neil", "Ken" };

#define COUNT(array) (sizeof (array) / sizeof (array)[0])

static void
make_sentence (char *to, size_t size, unsigned n)
{
  size_t length = 0;
  for (unsigned i = 0; i < n; i++)
    {
      const char *word = words[below (COUNT (words))];
      if (length + strlen (word) + 2 > size)
        break;
      length += (size_t) sprintf (to + length, "%s%s", i != 0 ? " " : "", word);
    }
}

void
articles_make (void)
{
  state = 1;
  for (size_t i = 0; i < N_ARTICLES; i++)
    {
      struct article *a = &articles[i];
      make_sentence (a->title, sizeof a->title, 3 + below (5));
      make_sentence (a->summary, sizeof a->summary, 20 + below (30));
      strcpy (a->author, people[below (COUNT (people))]);
      a->n_tags = below (MAX_TAGS + 1);
      for (size_t t = 0; t < a->n_tags; t++)
        a->tags[t] = tags[below (COUNT (tags))];
      a->age_hours = (int) below (24 * 30);
      atomic_store (&a->votes, below (5000));
    }
}

/* Votes, that count the less the older they are.  */
static long
rank_of (const struct article *a)
{
  return 1000 * (atomic_load_explicit (&a->votes, memory_order_relaxed) + 1) / (a->age_hours + 2);
}

size_t
articles_best (const struct article **best, size_t max)
{
  long ranks[64];
  size_t n = 0;
  if (max > COUNT (ranks))
    max = COUNT (ranks);
  for (size_t i = 0; i < N_ARTICLES; i++)
    {
      long rank = rank_of (&articles[i]);
      if (n == max && rank <= ranks[n - 1])
        continue;
      size_t at = n < max ? n++ : n - 1;
      for (; at > 0 && ranks[at - 1] < rank; at--)
        {
          ranks[at] = ranks[at - 1];
          best[at] = best[at - 1];
        }
      ranks[at] = rank;
      best[at] = &articles[i];
    }
  return n;
}

static int
lower (int c)
{
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static int
contains (const char *text, const char *word)
{
  for (; *text != 0; text++)
    {
      size_t i = 0;
      while (word[i] != 0 && lower (text[i]) == lower (word[i]))
        i++;
      if (word[i] == 0)
        return 1;
    }
  return 0;
}

size_t
articles_find (const char *word, const struct article **found, size_t max)
{
  size_t n = 0;
  for (size_t i = 0; i < N_ARTICLES && n < max; i++)
    if (contains (articles[i].title, word) || contains (articles[i].summary, word))
      found[n++] = &articles[i];
  return n;
}
