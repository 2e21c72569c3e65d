/* XML profiles: what is written is read back the same, the schema and the reader know the same words, and
   adding profiles up does not depend on the order.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-io.h"
#include "core/profile-xml.h"
#include "core/sha256.h"
#include "random-profile.h"
#include "unit.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define PROFILES 60
#define MUTATIONS 2000

/* SHA-256 of the canonical text, and the text at PATH if that is not NULL.  */
static bool
digest (const struct pgo_profile *p, const char *path, unsigned char sum[PGO_SHA256_BYTES])
{
  struct pgo_status status = { 0 };
  struct pgo_sha256 sha;
  pgo_sha256_begin (&sha);
  struct pgo_output *out = pgo_output_open (path, &status);
  if (!out)
    return false;
  pgo_output_digest (out, &sha);
  bool good = pgo_profile_write_xml (p, out, &status);
  good &= pgo_output_commit (out, &status);
  pgo_sha256_end (&sha, sum);
  return good;
}

static bool
same (const struct pgo_profile *a, const struct pgo_profile *b)
{
  unsigned char a_sum[PGO_SHA256_BYTES], b_sum[PGO_SHA256_BYTES];
  return digest (a, NULL, a_sum) && digest (b, NULL, b_sum) && memcmp (a_sum, b_sum, sizeof a_sum) == 0;
}

static bool
same_name (const char *a, const char *b)
{
  return a == b || (a && b && strcmp (a, b) == 0);
}

/* Deep equality, by other means than the writer's.  */
static bool
same_place (const struct pgo_place *a, const struct pgo_place *b)
{
  if (a->n_steps != b->n_steps || pgo_location_compare (a->at, b->at) != 0)
    return false;
  for (uint32_t i = 0; i < a->n_steps; i++)
    if (pgo_location_compare (a->steps[i].at, b->steps[i].at) != 0
        || !same_name (a->steps[i].callee, b->steps[i].callee)
        || !same_name (a->steps[i].callee_file, b->steps[i].callee_file))
      return false;
  return true;
}

static bool
same_instance (const struct pgo_instance *a, const struct pgo_instance *b)
{
  if (!same_name (a->name, b->name) || !same_name (a->file, b->file)
      || pgo_location_compare (a->at, b->at) != 0 || a->kind != b->kind || a->keys != b->keys
      || a->checksum != b->checksum || a->head != b->head || a->head_samples != b->head_samples
      || a->total != b->total || a->size_bytes != b->size_bytes || a->rank != b->rank
      || a->n_lines != b->n_lines || a->n_calls != b->n_calls || a->n_branches != b->n_branches
      || a->n_inlined != b->n_inlined)
    return false;
  for (uint32_t i = 0; i < a->n_lines; i++)
    if (pgo_location_compare (a->lines[i].at, b->lines[i].at) != 0 || a->lines[i].weight != b->lines[i].weight
        || a->lines[i].samples != b->lines[i].samples)
      return false;
  for (uint32_t i = 0; i < a->n_calls; i++)
    if (pgo_location_compare (a->calls[i].at, b->calls[i].at) != 0 || a->calls[i].weight != b->calls[i].weight
        || a->calls[i].samples != b->calls[i].samples || !same_name (a->calls[i].callee, b->calls[i].callee)
        || !same_name (a->calls[i].callee_file, b->calls[i].callee_file))
      return false;
  for (uint32_t i = 0; i < a->n_branches; i++)
    if (!same_place (&a->branches[i].from, &b->branches[i].from)
        || !same_place (&a->branches[i].to, &b->branches[i].to)
        || a->branches[i].weight != b->branches[i].weight || a->branches[i].samples != b->branches[i].samples)
      return false;
  for (uint32_t i = 0; i < a->n_inlined; i++)
    if (!same_instance (a->inlined[i], b->inlined[i]))
      return false;
  return true;
}

static bool
same_profile (const struct pgo_profile *a, const struct pgo_profile *b)
{
  if (a->n_functions != b->n_functions || a->n_origins != b->n_origins || a->summary.total != b->summary.total
      || a->summary.n_cutoffs != b->summary.n_cutoffs)
    return false;
  for (uint32_t i = 0; i < a->n_origins; i++)
    if (a->origins[i].kind != b->origins[i].kind || !same_name (a->origins[i].binary, b->origins[i].binary)
        || !same_name (a->origins[i].build_id, b->origins[i].build_id)
        || a->origins[i].samples != b->origins[i].samples || a->origins[i].lost != b->origins[i].lost
        || a->origins[i].duration_ns != b->origins[i].duration_ns)
      return false;
  for (uint32_t i = 0; i < a->n_functions; i++)
    if (!same_instance (a->functions[i], b->functions[i]))
      return false;
  return true;
}

static void
test_round_trip (void)
{
  bool read = true, equal = true, identical = true, idempotent = true;
  for (unsigned i = 0; i < PROFILES; i++)
    {
      struct pgo_status status = { 0 };
      struct pgo_profile *p = random_profile (i, i % 20);
      unsigned char once[PGO_SHA256_BYTES], twice[PGO_SHA256_BYTES];
      char file_id[65], id[65];
      pgo_profile_normalize (p);
      pgo_profile_order (p);
      digest (p, "p.pgo.xml", once);
      pgo_profile_normalize (p);
      idempotent &= digest (p, NULL, twice) && memcmp (once, twice, sizeof once) == 0;
      struct pgo_profile *q = pgo_profile_read_id ("p.pgo.xml", file_id, &status);
      if (!q)
        {
          char text[800];
          printf ("seed %u: %s\n", i, pgo_status_text (&status, text, sizeof text));
          read = false;
        }
      else
        {
          pgo_sha256_text (once, id);
          equal &= same_profile (p, q);
          identical &= same (p, q) && strcmp (id, file_id) == 0;
        }
      pgo_profile_free (q);
      pgo_profile_free (p);
    }
  CHECK ("what is written can be read", read);
  CHECK ("and is the same profile", equal);
  CHECK ("and is written as the same bytes, whose SHA-256 is the id", identical);
  CHECK ("normalising twice changes nothing", idempotent);
}

/* Texts with a few bytes changed, dropped, doubled: each is refused with a line, or read as a profile that
   can be written.  */
static void
test_mutations (void)
{
  static const char bytes[] = "<>\"'&=/ \n\t%|:.-0189azAZ\xff\xc3\xa4";
  struct pgo_status status = { 0 };
  struct pgo_profile *p = random_profile (8, 2);
  pgo_profile_normalize (p);
  pgo_profile_write (p, "p.pgo.xml", &status);
  pgo_profile_free (p);
  static char text[1 << 16], changed[1 << 16];
  FILE *file = fopen ("p.pgo.xml", "r");
  size_t size = file ? fread (text, 1, sizeof text / 2, file) : 0;
  if (file)
    fclose (file);
  uint64_t seed = 5;
  unsigned refused = 0, read = 0;
  bool good = true;
  for (unsigned i = 0; i < MUTATIONS; i++)
    {
      size_t n = size;
      memcpy (changed, text, n);
      for (uint32_t j = 1 + random_below (&seed, 3); j-- > 0;)
        {
          /* Behind the head, where most would be the same complaint.  */
          size_t at = 60 + random_below (&seed, (uint32_t) n - 60), length = 1 + random_below (&seed, 20);
          if (length > n - at)
            length = n - at;
          switch (random_below (&seed, 4))
            {
            case 0: changed[at] ^= (char) (1u << random_below (&seed, 8)); break;
            case 1: changed[at] = bytes[random_below (&seed, sizeof bytes - 1)]; break;
            case 2:
              memmove (changed + at, changed + at + length, n - at - length);
              n -= length;
              break;
            default:
              memmove (changed + at + length, changed + at, n - at);
              n += length;
            }
        }
      file = fopen ("m.pgo.xml", "w");
      good &= file && fwrite (changed, 1, n, file) == n;
      if (file)
        fclose (file);
      memset (&status, 0, sizeof status);
      struct pgo_profile *q = pgo_profile_read ("m.pgo.xml", &status), *r = NULL;
      refused += q == NULL;
      read += q != NULL;
      if (q)
        good &= pgo_profile_write (q, "n.pgo.xml", &status) && (r = pgo_profile_read ("n.pgo.xml", &status))
                && same (q, r);
      else
        good &= strcmp (status.file, "m.pgo.xml") == 0 && status.line > 0 && status.message[0]
                && !strchr (status.message, '\n');
      pgo_profile_free (q);
      pgo_profile_free (r);
    }
  CHECK ("a changed text is refused, with its line, or is a profile", good && refused > 100 && read > 20);
}

static struct pgo_profile *
sum (unsigned n, const unsigned *seeds, const uint64_t *weights)
{
  struct pgo_profile *p = pgo_profile_new ();
  for (unsigned i = 0; i < n; i++)
    {
      struct pgo_profile *input = random_profile (seeds[i], 8);
      pgo_profile_normalize (input);
      pgo_profile_merge (p, input, weights[i]);
      pgo_profile_free (input);
    }
  pgo_profile_normalize (p);
  pgo_profile_order (p);
  return p;
}

static void
test_merge_laws (void)
{
  bool commutative = true, associative = true, weights_multiply = true;
  for (unsigned i = 0; i < PROFILES; i += 3)
    {
      const unsigned ab[] = { i, i + 1 }, ba[] = { i + 1, i }, abc[] = { i, i + 1, i + 2 };
      const unsigned aab[] = { i, i, i + 1 };
      struct pgo_profile *p = sum (2, ab, (uint64_t[]) { 2, 3 }), *q = sum (2, ba, (uint64_t[]) { 3, 2 });
      commutative &= same (p, q);
      pgo_profile_free (q);

      /* (2a + 3b) + 5c, and 2a + (3b + 5c).  */
      struct pgo_profile *c = sum (1, abc + 2, (uint64_t[]) { 5 }),
                         *bc = sum (2, abc + 1, (uint64_t[]) { 3, 5 });
      pgo_profile_merge (p, c, 1);
      pgo_profile_normalize (p);
      pgo_profile_order (p);
      struct pgo_profile *a = sum (1, abc, (uint64_t[]) { 2 });
      pgo_profile_merge (a, bc, 1);
      pgo_profile_normalize (a);
      pgo_profile_order (a);
      struct pgo_profile *at_once = sum (3, abc, (uint64_t[]) { 2, 3, 5 });
      associative &= same (a, p) && same (a, at_once);
      pgo_profile_free (at_once);
      pgo_profile_free (p);
      pgo_profile_free (c);
      pgo_profile_free (bc);
      pgo_profile_free (a);

      p = sum (2, ab, (uint64_t[]) { 2, 1 });
      q = sum (3, aab, (uint64_t[]) { 1, 1, 1 });
      weights_multiply &= same (p, q);
      pgo_profile_free (p);
      pgo_profile_free (q);
    }
  CHECK ("a + b = b + a", commutative);
  CHECK ("(a + b) + c = a + (b + c)", associative);
  CHECK ("a with weight 2 is a twice", weights_multiply);
}

static void
test_limits (void)
{
  struct pgo_status status = { 0 };
  struct pgo_profile *p = pgo_profile_new ();
  pgo_profile_add_function (p, "", NULL);
  pgo_profile_normalize (p);
  CHECK ("an empty name is not written", !pgo_profile_write (p, "empty.pgo.xml", &status));
  CHECK ("and no file is there", fopen ("empty.pgo.xml", "r") == NULL);
  pgo_profile_free (p);

  char *name = malloc (70000);
  memset (name, 'x', 69999);
  name[69999] = '\0';
  p = pgo_profile_new ();
  pgo_profile_add_function (p, name, NULL);
  pgo_profile_normalize (p);
  memset (&status, 0, sizeof status);
  CHECK ("a name that is too long is not written", !pgo_profile_write (p, "long.pgo.xml", &status)
                                                   && strstr (status.message, "too long"));
  pgo_profile_free (p);
  name[65535] = '\0';
  p = pgo_profile_new ();
  pgo_profile_add_function (p, name, NULL);
  pgo_profile_normalize (p);
  struct pgo_profile *q = NULL;
  CHECK ("the longest name is written and read", pgo_profile_write (p, "long.pgo.xml", &status)
                                                     && (q = pgo_profile_read ("long.pgo.xml", &status))
                                                     && same (p, q));
  pgo_profile_free (p);
  pgo_profile_free (q);
  free (name);

  p = pgo_profile_new ();
  struct pgo_instance *i = pgo_profile_add_function (p, "f", NULL);
  for (int depth = 0; depth < PGO_DEPTH_MAX; depth++)
    i = pgo_instance_add_inlined (p, i, (struct pgo_location) { 1, 0, 0 }, "f", NULL);
  pgo_instance_add_line (p, i, (struct pgo_location) { 1, 0, 0 }, 1, 1);
  pgo_profile_normalize (p);
  q = NULL;
  CHECK ("the deepest nesting is written and read", pgo_profile_write (p, "deep.pgo.xml", &status)
                                                    && (q = pgo_profile_read ("deep.pgo.xml", &status))
                                                    && same_profile (p, q));
  pgo_profile_free (p);
  pgo_profile_free (q);
}

/* ---- The schema ------------------------------------------------------------------------------------ */

static xmlNode *
find_define (xmlNode *grammar, const char *name)
{
  for (xmlNode *n = grammar->children; n; n = n->next)
    {
      xmlChar *text = n->type == XML_ELEMENT_NODE ? xmlGetProp (n, (const xmlChar *) "name") : NULL;
      bool found =
          text && strcmp ((const char *) n->name, "define") == 0 && strcmp ((const char *) text, name) == 0;
      xmlFree (text);
      if (found)
        return n;
    }
  return NULL;
}

static unsigned
find_word (const char *name, const char *const *words, unsigned n)
{
  unsigned i = 0;
  while (i < n && strcmp (words[i], name) != 0)
    i++;
  return i;
}

/* What a pattern of the schema allows: attributes that must be, attributes that may be, elements.  */
struct content
{
  uint32_t required, optional, elements;
  bool unknown;                 /* A word that the table has not.  */
};

static void
walk (xmlNode *grammar, xmlNode *pattern, bool is_optional, struct content *content)
{
  const char *element_names[PGO_XML_ELEMENTS];
  for (unsigned i = 0; i < PGO_XML_ELEMENTS; i++)
    element_names[i] = pgo_xml_rules[i].name;
  for (xmlNode *n = pattern->children; n; n = n->next)
    {
      if (n->type != XML_ELEMENT_NODE)
        continue;
      const char *kind = (const char *) n->name;
      xmlChar *name = xmlGetProp (n, (const xmlChar *) "name");
      if (strcmp (kind, "attribute") == 0)
        {
          unsigned i = find_word ((const char *) name, pgo_xml_attribute_names, PGO_XML_ATTRIBUTES);
          content->unknown |= i == PGO_XML_ATTRIBUTES;
          *(is_optional ? &content->optional : &content->required) |= UINT32_C (1) << i;
        }
      else if (strcmp (kind, "element") == 0)
        {
          unsigned i = find_word ((const char *) name, element_names, PGO_XML_ELEMENTS);
          content->unknown |= i == PGO_XML_ELEMENTS;
          content->elements |= UINT32_C (1) << i;
        }
      else if (strcmp (kind, "ref") == 0)
        {
          xmlNode *define = find_define (grammar, (const char *) name);
          content->unknown |= define == NULL;
          if (define)
            walk (grammar, define, is_optional, content);
        }
      else
        walk (grammar, n, is_optional || strcmp (kind, "optional") == 0 || strcmp (kind, "choice") == 0
              || strcmp (kind, "zeroOrMore") == 0, content);
      xmlFree (name);
    }
}

static void
test_schema (const char *directory)
{
  char path[4096];
  snprintf (path, sizeof path, "%s/../../docs/profile.rng", directory);
  xmlDoc *schema = xmlReadFile (path, NULL, XML_PARSE_NONET);
  REQUIRE ("the schema is there", schema != NULL);
  xmlNode *grammar = xmlDocGetRootElement (schema);
  for (unsigned i = 0; i < PGO_XML_ELEMENTS; i++)
    {
      const struct pgo_xml_rule *rule = &pgo_xml_rules[i];
      char name[100];
      snprintf (name, sizeof name, "the schema's <%s> is the reader's", rule->name);
      xmlNode *define = find_define (grammar, rule->name), *element = NULL;
      for (element = define ? define->children : NULL; element && element->type != XML_ELEMENT_NODE;)
        element = element->next;
      struct content content = { 0 };
      if (element)
        walk (grammar, element, false, &content);
      uint32_t children = 0;
      for (unsigned j = 0; j < PGO_XML_ELEMENTS; j++)
        if (pgo_xml_rules[j].parents >> i & 1)
          children |= UINT32_C (1) << j;
      CHECK (name, element && !content.unknown && content.required == rule->required
                   && content.optional == rule->optional && content.elements == children);
    }
  /* Nothing in the schema that the table lacks: as many elements there as here.  */
  unsigned n = 0;
  for (xmlNode *define = grammar->children; define; define = define->next)
    for (xmlNode *e = define->children; e; e = e->next)
      n += e->type == XML_ELEMENT_NODE && strcmp ((const char *) e->name, "element") == 0;
  CHECK ("the schema has no other elements", n == PGO_XML_ELEMENTS);
  xmlFreeDoc (schema);
}

int
main (int argc, char **argv)
{
  test_round_trip ();
  test_mutations ();
  test_merge_laws ();
  test_limits ();
  test_schema (argc > 1 ? argv[1] : ".");
  return unit_done ();
}
