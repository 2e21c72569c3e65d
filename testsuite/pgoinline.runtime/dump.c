/* Prints a file of samples as lines that a script can read:

     type samples count
     comment engine: perf
     mapping 1 START LIMIT OFFSET BUILD-ID FILE       (hexadecimal, without 0x)
     sample VALUE... @ MAPPING:ADDRESS ...            (leaf first)

   An independent decoder of profile.proto, so that the tests don't ask the writer what it meant.  Status 1 if
   the file is damaged.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct message
{
  const unsigned char *at, *end;
};

struct location
{
  uint64_t mapping, address;
};

static char **strings;
static size_t n_strings;
static struct location *locations;      /* By id.  */
static size_t n_locations;

static void
damaged (const char *what)
{
  printf ("damaged: %s\n", what);
  exit (1);
}

static uint64_t
varint (struct message *m)
{
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7)
    {
      if (m->at == m->end)
        damaged ("varint");
      unsigned char byte = *m->at++;
      value |= (uint64_t) (byte & 127) << shift;
      if (byte < 128)
        return value;
    }
  damaged ("long varint");
  return 0;
}

/* The number of the next field, 0 at the end.  */
static unsigned
field (struct message *m, uint64_t *value, struct message *inside)
{
  if (m->at == m->end)
    return 0;
  uint64_t key = varint (m);
  *value = varint (m);
  inside->at = inside->end = NULL;
  if ((key & 7) == 2)
    {
      if (*value > (uint64_t) (m->end - m->at))
        damaged ("length");
      inside->at = m->at;
      inside->end = m->at += *value;
    }
  else if ((key & 7) != 0)
    damaged ("wire type");
  return (unsigned) (key >> 3);
}

static const char *
string (uint64_t index)
{
  if (index >= n_strings)
    damaged ("string index");
  return strings[index];
}

static void
read_tables (struct message all)
{
  struct message inside, part;
  uint64_t value, x;
  unsigned number;
  while ((number = field (&all, &value, &inside)) != 0)
    if (number == 6)
      {
        strings = realloc (strings, (n_strings + 1) * sizeof strings[0]);
        strings[n_strings++] = strndup ((const char *) inside.at, (size_t) (inside.end - inside.at));
      }
    else if (number == 4)
      {
        uint64_t id = 0;
        struct location new = { 0, 0 };
        while ((number = field (&inside, &x, &part)) != 0)
          if (number == 1)
            id = x;
          else if (number == 2)
            new.mapping = x;
          else if (number == 3)
            new.address = x;
        if (id == 0 || id > 100000000)
          damaged ("location id");
        if (id >= n_locations)
          {
            locations = realloc (locations, (id + 1) * sizeof locations[0]);
            memset (locations + n_locations, 0, (id + 1 - n_locations) * sizeof locations[0]);
            n_locations = id + 1;
          }
        if (locations[id].address != 0)
          damaged ("location id twice");
        locations[id] = new;
      }
  if (n_strings == 0 || strings[0][0] != 0)
    damaged ("string 0");
}

static void
print_sample (struct message sample)
{
  struct message values = { NULL, NULL }, ids = { NULL, NULL }, inside;
  uint64_t value;
  unsigned number;
  while ((number = field (&sample, &value, &inside)) != 0)
    if (number == 1)
      ids = inside;
    else if (number == 2)
      values = inside;
  printf ("sample");
  while (values.at < values.end)
    printf (" %" PRIu64, varint (&values));
  printf (" @");
  while (ids.at < ids.end)
    {
      uint64_t id = varint (&ids);
      if (id == 0 || id >= n_locations)
        damaged ("sample's location");
      printf (" %" PRIu64 ":%" PRIx64, locations[id].mapping, locations[id].address);
    }
  printf ("\n");
}

static void
print_type (struct message m, const char *name)
{
  uint64_t value, fields[3] = { 0 };
  struct message inside;
  unsigned number;
  while ((number = field (&m, &value, &inside)) != 0)
    if (number < 3)
      fields[number] = value;
  printf ("%s %s %s\n", name, string (fields[1]), string (fields[2]));
}

static void
print_mapping (struct message m)
{
  uint64_t value, fields[7] = { 0 };
  struct message inside;
  unsigned number;
  while ((number = field (&m, &value, &inside)) != 0)
    if (number < 7)
      fields[number] = value;
  printf ("mapping %" PRIu64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %s %s\n", fields[1], fields[2], fields[3],
          fields[4], *string (fields[6]) ? string (fields[6]) : "-", string (fields[5]));
}

int
main (int argc, char **argv)
{
  size_t room = 64u << 20;
  unsigned char *data = malloc (room);
  gzFile file = argc == 2 ? gzopen (argv[1], "rb") : NULL;
  int n = file ? gzread (file, data, (unsigned) room) : -1;
  if (n <= 0 || (size_t) n == room || gzdirect (file))
    damaged ("gzip");
  struct message all = { data, data + n }, rest = all, inside;
  read_tables (all);
  uint64_t value;
  unsigned number;
  while ((number = field (&rest, &value, &inside)) != 0)
    switch (number)
      {
      case 1:
        print_type (inside, "type");
        break;
      case 2:
        print_sample (inside);
        break;
      case 3:
        print_mapping (inside);
        break;
      case 9:
        printf ("time %" PRIu64 "\n", value);
        break;
      case 10:
        printf ("duration %" PRIu64 "\n", value);
        break;
      case 11:
        print_type (inside, "period-type");
        break;
      case 12:
        printf ("period %" PRIu64 "\n", value);
        break;
      case 13:
        printf ("comment %s\n", string (value));
        break;
      case 14:
        printf ("default-type %s\n", string (value));
        break;
      default:
        break;
      }
  return 0;
}
