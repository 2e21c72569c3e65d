/* json-load: a client that puts load on json-store, the same for the same arguments.

   It plays a small shop: people, products, orders.  First it fills the store, then it makes requests of
   many kinds, drawn by weight.  The two workloads differ in their data, their mix of requests and a few
   kinds that only one of them has: as the day on which a service was sampled differs from the next.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "log.h"
#include "server.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage_text[] =
  "usage: json-load [--workload train|measure] [--seed N] [--requests N] [--connect ADDRESS [--shutdown]]\n"
  "\n"
  "Print commands for json-store, or send them to a service and print the checksum of its replies.\n"
  "\n"
  "  --workload W   train (the default) or measure\n"
  "  --seed N       of the random numbers, 1 if not given\n"
  "  --requests N   after the store is filled, 1000 if not given\n"
  "  --connect A    HOST:PORT, or the path of a Unix socket\n"
  "  --shutdown     end the service when done\n";

enum workload
{
  TRAIN,
  MEASURE,
  WORKLOADS
};

struct shop
{
  enum workload workload;
  uint64_t random;
  unsigned people, products, orders;    /* Made so far.  */
  unsigned archived;            /* Orders removed, the oldest first.  */
  struct text *out;
};

/* --- Random choices.  */

/* splitmix64 */
static uint64_t
next_random (struct shop *shop)
{
  uint64_t z = shop->random += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* Less than LIMIT.  */
static unsigned
below (struct shop *shop, unsigned limit)
{
  return (next_random (shop) >> 32) * limit >> 32;
}

static unsigned
between (struct shop *shop, unsigned low, unsigned high)
{
  return low + below (shop, high - low + 1);
}

/* Less than LIMIT, small numbers more often: some people order much, some products sell well.  */
static unsigned
skewed (struct shop *shop, unsigned limit)
{
  unsigned a = below (shop, limit), b = below (shop, limit);
  return a < b ? a : b;
}

/* Random choices are made in declarations, one after the other: the arguments of a call have no order.  */
#define PICK(shop, list) ((list)[below ((shop), sizeof (list) / sizeof *(list))])

static const char *const first_names[] =
  { "Ada", "Bela", "Carl", "Dora", "Edda", "Finn", "Gina", "Hugo", "Ines", "J\xc3\xb8rgen", "Kira", "Lars",
    "Mona", "Nils", "Olga", "Paul", "Rosa", "Sven", "Tove", "Uta", "Vera", "Willem", "Zo\xc3\xab" };
static const char *const last_names[] =
  { "Berg", "Carlsen", "Dahl", "Eklund", "Fischer", "Garcia", "Holm", "Ivanova", "Jansen", "Keller",
    "Lind", "Meyer", "Novak", "O'Brien", "Petit", "Rossi", "Schmidt", "Toth", "Vogel", "Weber" };
static const char *const cities[] =
  { "Aarhus", "Bergen", "Cork", "Delft", "Espoo", "Fulda", "Gdansk", "Graz", "Leeds", "Lyon", "Malm\xc3\xb6",
    "Oslo", "Porto", "Riga", "Siena", "Turku" };
static const char *const categories[] =
  { "books", "garden", "kitchen", "music", "office", "outdoor", "sport", "tools", "toys" };
static const char *const adjectives[] =
  { "blue", "compact", "electric", "folding", "heavy", "little", "quiet", "round", "sturdy", "wooden" };
static const char *const things[] =
  { "bench", "bottle", "drum", "guide", "hammer", "kettle", "lamp", "notebook", "pan", "rake", "shelf",
    "tent" };
static const char *const statuses[] = { "open", "paid", "paid", "sent", "sent", "sent", "sent", "returned" };
static const char *const tags[] = { "new", "vip", "abroad", "late", "staff", "news", "trial" };

/* --- Documents.  */

static void
put_date (struct shop *shop)
{
  unsigned year = between (shop, 19, 24), month = between (shop, 1, 12), day = between (shop, 1, 28);
  text_format (shop->out, "\"20%02u-%02u-%02u\"", year, month, day);
}

/* An amount in hundredths.  */
static void
put_amount (struct shop *shop, unsigned hundredths)
{
  text_format (shop->out, "%u.%02u", hundredths / 100, hundredths % 100);
}

static void
put_person (struct shop *shop)
{
  unsigned id = ++shop->people;
  const char *first = PICK (shop, first_names), *last = PICK (shop, last_names), *city = PICK (shop, cities);
  unsigned age = between (shop, 18, 79);
  text_format (shop->out, "{\"id\":%u,\"name\":\"%s %s\",\"email\":\"p%u@example.org\",\"age\":%u", id, first,
               last, id, age);
  text_format (shop->out, ",\"city\":\"%s\"", city);
  text_string (shop->out, ",\"joined\":");
  put_date (shop);
  text_string (shop->out, ",\"balance\":");
  put_amount (shop, below (shop, 200000));
  const char *street = PICK (shop, last_names);
  unsigned house = between (shop, 1, 120), zip = below (shop, 100000);
  text_format (shop->out, ",\"address\":{\"street\":\"%s %u\",\"zip\":\"%05u\"}", street, house, zip);
  text_format (shop->out, ",\"active\":%s", below (shop, 10) ? "true" : "false");
  unsigned n_tags = below (shop, 4);
  text_string (shop->out, ",\"tags\":[");
  for (unsigned i = 0; i < n_tags; i++)
    text_format (shop->out, "%s\"%s\"", i ? "," : "", PICK (shop, tags));
  text_byte (shop->out, ']');
  if (!below (shop, 12))
    text_string (shop->out, ",\"note\":\"said: \\\"ring twice\\\"\\nback \\u00e0 5\"");
  text_byte (shop->out, '}');
}

static void
put_product (struct shop *shop)
{
  unsigned id = ++shop->products;
  const char *first = PICK (shop, adjectives), *second = PICK (shop, adjectives);
  const char *thing = PICK (shop, things), *category = PICK (shop, categories);
  text_format (shop->out, "{\"id\":%u,\"title\":\"%s %s %s\",\"category\":\"%s\",\"price\":", id, first,
               second, thing, category);
  put_amount (shop, 100 + skewed (shop, 30000));
  text_format (shop->out, ",\"stock\":%u,\"ratings\":[", below (shop, 500));
  unsigned n_ratings = below (shop, 8);
  for (unsigned i = 0; i < n_ratings; i++)
    text_format (shop->out, "%s%u", i ? "," : "", 5 - skewed (shop, 5));
  text_string (shop->out, "]}");
}

static void
put_order (struct shop *shop)
{
  unsigned id = ++shop->orders, total = 0, n_items = 1 + skewed (shop, 6);
  unsigned person = 1 + skewed (shop, shop->people);
  text_format (shop->out, "{\"id\":%u,\"person\":%u,\"date\":", id, person);
  put_date (shop);
  text_format (shop->out, ",\"status\":\"%s\",\"items\":[", PICK (shop, statuses));
  for (unsigned i = 0; i < n_items; i++)
    {
      unsigned price = 100 + skewed (shop, 30000), quantity = 1 + skewed (shop, 5),
               product = 1 + skewed (shop, shop->products);
      total += price * quantity;
      text_format (shop->out, "%s{\"product\":%u,\"quantity\":%u,\"price\":", i ? "," : "",
                   product, quantity);
      put_amount (shop, price);
      text_byte (shop->out, '}');
    }
  text_string (shop->out, "],\"total\":");
  put_amount (shop, total);
  text_byte (shop->out, '}');
}

static void
fill_store (struct shop *shop)
{
  static const unsigned people[WORKLOADS] = { 500, 700 }, products[WORKLOADS] = { 150, 120 },
                        orders[WORKLOADS] = { 1500, 1900 };
  text_string (shop->out,
               "require people name string\n"
               "require people age number\n"
               "require orders total number\n"
               "require orders items array\n"
               "require orders note missing string\n"
               "index people id unique\n"
               "index people city strings\n"
               "index people age\n"
               "index products id unique\n"
               "index products price numbers\n"
               "index orders person\n"
               "index orders date strings\n");
  for (unsigned i = 0; i < people[shop->workload]; i++)
    {
      text_string (shop->out, "insert people ");
      put_person (shop);
      text_byte (shop->out, '\n');
    }
  for (unsigned i = 0; i < products[shop->workload]; i++)
    {
      text_string (shop->out, "insert products ");
      put_product (shop);
      text_byte (shop->out, '\n');
    }
  for (unsigned i = 0; i < orders[shop->workload]; i++)
    {
      text_string (shop->out, "insert orders ");
      put_order (shop);
      text_byte (shop->out, '\n');
    }
}

/* --- Requests.  */

static void
request_order (struct shop *shop)
{
  text_string (shop->out, "insert orders ");
  put_order (shop);
}

static void
request_person (struct shop *shop)
{
  text_string (shop->out, "insert people ");
  put_person (shop);
}

static void
request_document (struct shop *shop)
{
  text_format (shop->out, "get orders %u", shop->archived + 1 + below (shop, shop->orders - shop->archived));
}

static void
request_person_by_id (struct shop *shop)
{
  text_format (shop->out, "from people where id = %u", 1 + skewed (shop, shop->people));
}

static void
request_orders_of_person (struct shop *shop)
{
  text_format (shop->out, "from orders where person = %u select id, date, total order by date desc limit 20",
               1 + skewed (shop, shop->people));
}

static void
request_people_of_city (struct shop *shop)
{
  const char *city = PICK (shop, cities);
  unsigned age = between (shop, 18, 50);
  text_format (shop->out,
               "from people where city = \"%s\" and age >= %u and age < %u and active"
               " select name, age, city order by age, name", city, age, age + 15);
}

static void
request_recent_orders (struct shop *shop)
{
  unsigned year = between (shop, 19, 24), month = between (shop, 1, 12);
  text_format (shop->out,
               "from orders where date >= \"20%02u-%02u-01\" and status = \"%s\""
               " select id, total order by date limit 25", year, month, PICK (shop, statuses));
}

static void
request_large_orders (struct shop *shop)
{
  text_format (shop->out,
               "from orders where total > %u and status != \"returned\""
               " select id, person, total order by total desc, id limit 10", between (shop, 200, 900));
}

static void
request_status_report (struct shop *shop)
{
  text_format (shop->out,
               "from orders where date >= \"20%02u-01-01\" group by status"
               " select status, count() as n, sum(total) as revenue, round(avg(total), 2) as mean"
               " order by status",
               between (shop, 19, 23));
}

static void
request_monthly_report (struct shop *shop)
{
  text_format (shop->out,
               "from orders where year(date) = 20%02u and status in [\"paid\", \"sent\"] group by month(date)"
               " select month(date) as month, count() as n, sum(total) as revenue, max(total) as best"
               " order by month", between (shop, 19, 24));
}

static void
request_city_report (struct shop *shop)
{
  text_format (shop->out,
               "from orders o join people p on o.person = p.id where o.total > %u"
               " group by p.city having count() > 2"
               " select p.city as city, count() as n, sum(o.total) as revenue order by revenue desc limit 8",
               between (shop, 100, 500));
}

static void
request_names_of_orders (struct shop *shop)
{
  unsigned year = between (shop, 22, 24), month = between (shop, 1, 12), age = between (shop, 25, 60);
  text_format (shop->out,
               "from orders o join people p on p.id = o.person"
               " where o.date >= \"20%02u-%02u-01\" and p.age < %u"
               " select o.id, p.name, o.total order by o.id desc limit 15", year, month, age);
}

static void
request_product_in_orders (struct shop *shop)
{
  text_format (shop->out,
               "from orders where any(i in items, i.product = %u and i.quantity > 1)"
               " select id, date, length(items) as n order by id limit 20",
               1 + skewed (shop, shop->products));
}

static void
request_bulk_orders (struct shop *shop)
{
  text_format (shop->out,
               "from orders where total(i in items, i.quantity * i.price) > %u"
               " and all(i in items, i.quantity < 4) select count() as n, min(date) as first",
               between (shop, 200, 700));
}

static void
request_products (struct shop *shop)
{
  unsigned price = between (shop, 5, 150), width = between (shop, 10, 60);
  text_format (shop->out,
               "from products where price >= %u and price < %u.5 and stock > 0 select title, category, price"
               " order by price, id limit 12", price, price + width);
}

static void
request_search (struct shop *shop)
{
  const char *adjective = PICK (shop, adjectives), *thing = PICK (shop, things);
  text_format (shop->out,
               "from products where title like \"%s%%\" or title like \"%% %s\""
               " select id, title order by title, id", adjective, thing);
}

static void
request_people_by_name (struct shop *shop)
{
  text_format (shop->out,
               "from people where lower(name) like \"%%%.3s%%\""
               " select id, name order by name nocase, id limit 10", PICK (shop, last_names) + 1);
}

static void
request_categories (struct shop *shop)
{
  text_format (shop->out, "from products where stock < %u select distinct category order by category",
               between (shop, 20, 200));
}

static void
request_tagged (struct shop *shop)
{
  const char *tag = PICK (shop, tags), *city = PICK (shop, cities);
  text_format (shop->out,
               "from people where contains(tags, \"%s\") and not (city = \"%s\")"
               " select name || \" <\" || email || \">\" as mail order by id limit 30", tag, city);
}

static void
request_ship (struct shop *shop)
{
  const char *note = PICK (shop, adjectives);
  text_format (shop->out,
               "update orders set status = \"sent\", note = \"%s\" where person = %u and status = \"paid\"",
               note, 1 + below (shop, shop->people));
}

static void
request_sell (struct shop *shop)
{
  text_format (shop->out, "update products set stock = if(stock > 0, stock - 1, 400) where id = %u",
               1 + skewed (shop, shop->products));
}

static void
request_deposit (struct shop *shop)
{
  unsigned whole = below (shop, 100), hundredths = below (shop, 100), id = 1 + below (shop, shop->people);
  text_format (shop->out, "update people set balance = round(balance + %u.%02u, 2) where id = %u", whole,
               hundredths, id);
}

static void
request_forget (struct shop *shop)
{
  text_format (shop->out,
               "delete from orders where status = \"returned\" and person = %u and date < \"2021\"",
               1 + below (shop, shop->people));
}

/* The oldest order goes, so that the store stays as large as it is.  An order's number is its id.  */
static void
request_archive (struct shop *shop)
{
  if (shop->archived + 1 < shop->orders)
    shop->archived++;
  text_format (shop->out, "remove orders %u", shop->archived);
}

static void
request_explain (struct shop *shop)
{
  text_string (shop->out, "explain ");
  request_city_report (shop);
}

/* What clients get wrong.  */
static void
request_mistake (struct shop *shop)
{
  static const char *const mistakes[] =
    { "insert people {\"name\":\"nobody\",\"age\":\"old\"}",
      "insert orders {\"id\":1,\"total\":3,\"items\":[1,2,}",
      "insert people {\"id\":1,\"name\":\"twice\",\"age\":30}",
      "from people where age >< 3",
      "from nowhere select x",
      "from orders group by status select id",
      "get orders 99999999",
      "form people" };
  text_string (shop->out, PICK (shop, mistakes));
}

static void
request_checksum (struct shop *shop)
{
  text_string (shop->out, "checksum products");
}

static const struct
{
  void (*make) (struct shop *);
  unsigned weight[WORKLOADS];
} requests[] =
{
  { request_order,             { 60, 90 } },
  { request_person,            { 6, 12 } },
  { request_document,          { 70, 120 } },
  { request_person_by_id,      { 120, 90 } },
  { request_orders_of_person,  { 90, 110 } },
  { request_people_of_city,    { 40, 55 } },
  { request_recent_orders,     { 45, 35 } },
  { request_large_orders,      { 25, 35 } },
  { request_status_report,     { 20, 14 } },
  { request_monthly_report,    { 12, 20 } },
  { request_city_report,       { 14, 10 } },
  { request_names_of_orders,   { 25, 35 } },
  { request_product_in_orders, { 16, 24 } },
  { request_bulk_orders,       { 10, 14 } },
  { request_products,          { 50, 40 } },
  { request_search,            { 20, 32 } },
  { request_people_by_name,    { 10, 18 } },
  { request_categories,        { 12, 8 } },
  { request_tagged,            { 12, 16 } },
  { request_ship,              { 20, 26 } },
  { request_sell,              { 40, 30 } },
  { request_deposit,           { 24, 30 } },
  { request_forget,            { 0, 10 } },
  { request_archive,           { 58, 84 } },
  { request_explain,           { 0, 2 } },
  { request_mistake,           { 6, 10 } },
  { request_checksum,          { 1, 1 } },
};

#define N_REQUESTS (sizeof requests / sizeof *requests)

static void
make_request (struct shop *shop)
{
  unsigned sum = 0, at = 0;
  for (size_t i = 0; i < N_REQUESTS; i++)
    sum += requests[i].weight[shop->workload];
  unsigned choice = below (shop, sum);
  while (choice >= requests[at].weight[shop->workload])
    choice -= requests[at++].weight[shop->workload];
  requests[at].make (shop);
  text_byte (shop->out, '\n');
}

/* --- Sending.  */

struct replies
{
  uint64_t sum, bytes, lines;
};

/* Send all of COMMANDS, then say that no more comes, while taking the replies.  */
static bool
converse (int fd, const struct text *commands, struct replies *replies, struct error *error)
{
  char buffer[1 << 16];
  size_t sent = 0;
  bool shut = false;
  *replies = (struct replies) { .sum = CHECKSUM_START };
  for (;;)
    {
      struct pollfd poll_fd = { .fd = fd, .events = sent < commands->length ? POLLIN | POLLOUT : POLLIN };
      if (poll (&poll_fd, 1, -1) < 0 && errno != EINTR)
        return fail (error, "poll: %s", strerror (errno));
      if (poll_fd.revents & POLLOUT)
        {
          /* In pieces that the socket takes without waiting, or little longer.  */
          size_t piece = commands->length - sent < 2048 ? commands->length - sent : 2048;
          ssize_t put = write (fd, commands->bytes + sent, piece);
          if (put < 0 && errno != EINTR && errno != EAGAIN)
            return fail (error, "the service is gone: %s", strerror (errno));
          sent += put > 0 ? put : 0;
        }
      if (sent == commands->length && !shut)
        {
          shutdown (fd, SHUT_WR);
          shut = true;
        }
      if (!(poll_fd.revents & (POLLIN | POLLHUP | POLLERR)))
        continue;
      ssize_t got = read (fd, buffer, sizeof buffer);
      if (got == 0)
        return shut || fail (error, "the service closed the connection");
      if (got < 0 && errno != EINTR)
        return fail (error, "the service is gone: %s", strerror (errno));
      replies->sum = checksum (replies->sum, buffer, got > 0 ? got : 0);
      replies->bytes += got > 0 ? got : 0;
      for (ssize_t i = 0; i < got; i++)
        replies->lines += buffer[i] == '\n';
    }
}

static bool
send_all (const char *address, const struct text *commands, struct error *error)
{
  struct replies replies;
  int fd = server_connect (address, error);
  if (fd < 0)
    return false;
  bool ok = converse (fd, commands, &replies, error);
  close (fd);
  if (ok)
    printf ("%016" PRIx64 " %" PRIu64 " lines %" PRIu64 " bytes\n", replies.sum, replies.lines,
            replies.bytes);
  return ok;
}

static int
usage_error (const char *message)
{
  fprintf (stderr, "json-load: %s\n%s", message, usage_text);
  return 2;
}

/* A number up to 10^9; false if TEXT is none.  */
static bool
parse_number (const char *text, uint64_t *number)
{
  char *end;
  errno = 0;
  *number = strtoull (text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno && *number <= 1000000000;
}

int
main (int argc, char **argv)
{
  static const struct option long_options[] =
  {
    { "connect", required_argument, NULL, 'c' },
    { "help", no_argument, NULL, 'h' },
    { "requests", required_argument, NULL, 'r' },
    { "seed", required_argument, NULL, 's' },
    { "shutdown", no_argument, NULL, 'x' },
    { "workload", required_argument, NULL, 'w' },
    { 0 }
  };
  const char *address = NULL;
  bool shutdown_service = false;
  uint64_t seed = 1, n_requests = 1000;
  struct text commands = { 0 };
  struct shop shop = { .workload = TRAIN, .out = &commands };
  for (int option; (option = getopt_long (argc, argv, "", long_options, NULL)) != -1;)
    switch (option)
      {
      case 'c':
        address = optarg;
        break;
      case 'h':
        fputs (usage_text, stdout);
        return 0;
      case 'r':
        if (!parse_number (optarg, &n_requests))
          return usage_error ("--requests needs a number");
        break;
      case 's':
        if (!parse_number (optarg, &seed))
          return usage_error ("--seed needs a number");
        break;
      case 'w':
        if (strcmp (optarg, "train") && strcmp (optarg, "measure"))
          return usage_error ("--workload is train or measure");
        shop.workload = strcmp (optarg, "train") ? MEASURE : TRAIN;
        break;
      case 'x':
        shutdown_service = true;
        break;
      default:
        fputs (usage_text, stderr);
        return 2;
      }
  if (optind < argc || (shutdown_service && !address))
    return usage_error (optind < argc ? "unexpected argument" : "--shutdown needs --connect");

  shop.random = seed * WORKLOADS + shop.workload;
  fill_store (&shop);
  for (uint64_t i = 0; i < n_requests; i++)
    make_request (&shop);
  text_string (&commands, "checksum people\nchecksum products\nchecksum orders\n");
  if (shutdown_service)
    text_string (&commands, "shutdown\n");

  struct error error;
  bool ok;
  if (address)
    ok = send_all (address, &commands, &error);
  else
    ok = ((fwrite (commands.bytes, 1, commands.length, stdout) == commands.length && fflush (stdout) == 0)
          || fail (&error, "standard output: %s", strerror (errno)));
  if (!ok)
    fprintf (stderr, "json-load: %s\n", error.message);
  text_free (&commands);
  return ok ? 0 : 1;
}
