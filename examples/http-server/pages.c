/* The pages: see pages.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "pages.h"
#include "articles.h"
#include "template.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 25
#define TEMPLATE_MAX 65536

static struct template *home;
static char source[TEMPLATE_MAX];
static atomic_long visits;

void
pages_open (const char *file)
{
  FILE *stream = fopen (file, "r");
  if (stream == NULL)
    {
      fprintf (stderr, "http-server: %s: %s\n", file, strerror (errno));
      exit (1);
    }
  size_t n = fread (source, 1, sizeof source - 1, stream);
  source[n] = 0;
  fclose (stream);
  const char *error;
  int line;
  home = template_parse (source, &error, &line);
  if (home == NULL)
    {
      fprintf (stderr, "%s:%d: %s\n", file, line, error);
      exit (1);
    }
}

/* Values of one page.  */
struct page
{
  const struct article *shown[SHOWN];
  struct value articles[SHOWN], tags[SHOWN][MAX_TAGS];
  struct field fields[SHOWN][6];
};

/* ARTICLE as the I'th of PAGE.  */
static void
show (struct page *page, size_t i, const struct article *article)
{
  struct field *field = page->fields[i];
  for (size_t t = 0; t < article->n_tags; t++)
    page->tags[i][t] = value_text (article->tags[t]);
  *field++ = (struct field) { "Title", value_text (article->title) };
  *field++ = (struct field) { "Summary", value_text (article->summary) };
  *field++ = (struct field) { "Author", value_text (article->author) };
  *field++ = (struct field) { "Votes", value_number (atomic_load_explicit (&article->votes, memory_order_relaxed)) };
  *field++ = (struct field) { "Age", value_number (article->age_hours) };
  *field++ = (struct field) { "Tags", value_list (page->tags[i], article->n_tags) };
  page->articles[i] = value_record (page->fields[i], 6);
}

int
pages_answer (const struct request *request, struct text *out)
{
  struct page page;
  size_t n = 0;
  bool is_home = strcmp (request->path, "/") == 0, is_search = strcmp (request->path, "/search") == 0;
  int status = request->status != 0 ? request->status : is_home || is_search ? 200 : 404;
  if (status == 200)
    n = is_search && request->query[0] != 0 ? articles_find (request->query, page.shown, SHOWN)
                                            : articles_best (page.shown, SHOWN);
  for (size_t i = 0; i < n; i++)
    show (&page, i, page.shown[i]);
  long visit = 1 + atomic_fetch_add_explicit (&visits, 1, memory_order_relaxed);
  const struct field fields[] = {
    { "Title", value_text (status != 200 ? "No such page" : is_search ? "Search" : "Home") },
    { "Name", value_text (request->name) },
    { "Query", value_text (request->query) },
    { "Status", value_number (status != 200 ? status : 0) },
    { "Visit", value_number (visit) },
    { "Articles", value_list (page.articles, n) },
  };
  struct value value = value_record (fields, sizeof fields / sizeof fields[0]);
  template_execute (home, &value, out);
  return status;
}
