// A class, a template and lambdas: a scanner of numbers.  The digit is the hot path; a sign is not in the input.
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

class scanner
{
public:
  explicit scanner (const std::string &input) : input_ (input) {}

  template <typename Sum> void
  scan (Sum &&add)
  {
    unsigned value = 0;
    for (std::size_t i = 0; i < input_.size (); i++)
      {
        char c = input_[i];
        if (c >= '0' && c <= '9')
          value = digit (value, c);
        else if (c == ' ')
          {
            add (value);
            value = 0;
          }
        else
          value = sign (value, c, i);
      }
  }

private:
  unsigned digit (unsigned value, char c) const;
  unsigned sign (unsigned value, char c, std::size_t at) const;

  const std::string &input_;
};

unsigned
scanner::digit (unsigned value, char c) const
{
  unsigned next = value * 10 + (c - '0');
  next ^= next >> 7;
  next *= 0x9e3779b1u;
  next ^= next >> 11;
  next *= 0x85ebca6bu;
  next ^= next << 16;
  next ^= value << 3;
  next *= 0xc2b2ae35u;
  next ^= next >> 5;
  next += value >> 9;
  next *= 0x27d4eb2fu;
  next ^= next >> 15;
  next += c;
  next ^= next << 7;
  return next % 1000003;
}

unsigned
scanner::sign (unsigned value, char c, std::size_t at) const
{
  std::fprintf (stderr, "'%c' at %zu\n", c, at);
  return digit (value ^ 1, '0');
}

}

int
main (int argc, char **argv)
{
  unsigned rounds = argc > 1 ? std::atoi (argv[1]) : 1;
  std::string input;
  for (int i = 0; i < 400; i++)
    input += std::to_string (i * 7919 % 10007) + " ";
  if (argc > 2)
    input += argv[2];
  unsigned total = 0;
  scanner numbers (input);
  for (unsigned i = 0; i < rounds; i++)
    numbers.scan ([&total] (unsigned value) { total += value; });
  std::printf ("%u\n", total);
  return 0;
}
