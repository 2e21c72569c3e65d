/* Source of corpus/binary: a function with another inlined into it, twice.  In this folder, with gcc 12:

     options="-O2 -g -gno-record-gcc-switches -ffile-prefix-map=$PWD=. -shared -nostdlib
	      -Wl,-z,noseparate-code -Wl,-z,norelro"
     gcc $options -o ../corpus/binary/inlines binary.c
     gcc $options -fplugin=pgoinline -fplugin-arg-pgoinline-mark=on -o ../corpus/binary/marked binary.c
     strip -o ../corpus/binary/stripped ../corpus/binary/inlines

   SPDX-License-Identifier: GPL-3.0-or-later  */
static inline int
square (int x)
{
  return x * x;
}

int
squares (int *numbers, int n)
{
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += square (numbers[i]);
  return sum;
}

int
of_three (int *numbers)
{
  return squares (numbers, 3) + square (numbers[1]);
}
