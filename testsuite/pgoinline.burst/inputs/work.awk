# For the burst recorder: a bit of everything an interpreter does.
# SPDX-License-Identifier: GPL-3.0-or-later
BEGIN {
  x = 1
  for (i = 0; i < 60000; i++) {
    x = (x * 16807) % 2147483647
    word = sprintf ("%x", x)
    count[substr (word, 1, 2)]++
    if (word ~ /^[0-9]+[a-f]/)
      text = text word ","
  }
  n = split (text, parts, ",")
  gsub (/[a-f]+/, "<&>", text)
  for (key in count) { total += count[key]; if (count[key] > best) best = count[key] }
  printf "%d %d %d %.6f %d\n", n, total, best, exp (log (x) / 3), length (text)
  while (("echo a b c; echo d e f" | getline line) > 0) { split (line, f); print f[3], f[1] }
}
