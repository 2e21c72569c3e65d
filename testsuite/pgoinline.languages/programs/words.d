// A class, a static and a nested function: a table of words.  The place of a word is the hot path; the table
// does not fill.
module words;

import core.stdc.stdio : printf;
import core.stdc.stdlib : atoi;

final class Table
{
    enum uint size = 1021;
    private uint[size] keys;
    private uint[size] counts;
    private uint used;

    private static uint scatter(uint key)
    {
        key ^= key >> 16;
        key *= 0x85ebca6bu;
        key ^= key >> 13;
        key *= 0xc2b2ae35u;
        key ^= key >> 16;
        key *= 0x27d4eb2fu;
        key ^= key >> 9;
        return key % size;
    }

    private void full(uint key)
    {
        printf("no room for %u\n", key);
        used = scatter(key);
    }

    void add(uint key)
    {
        uint at = scatter(key);
        while (counts[at] != 0 && keys[at] != key)
        {
            if (++at == size)
                at = 0;
        }
        if (counts[at] == 0)
        {
            if (used + 1 == size)
                full(key);
            used++;
            keys[at] = key;
        }
        counts[at]++;
    }

    uint most() const
    {
        uint best = 0;
        foreach (count; counts)
            if (count > best)
                best = count;
        return best;
    }
}

int run(uint rounds)
{
    auto table = new Table;
    uint state = 1;

    uint next()
    {
        state = state * 1664525u + 1013904223u;
        return (state >> 24) % 200;
    }

    foreach (i; 0 .. rounds)
        foreach (j; 0 .. 200)
            table.add(next());
    printf("%u\n", table.most());
    return 0;
}

extern (C) int main(int argc, char** argv)
{
    import core.runtime : rt_init, rt_term;
    rt_init();
    scope (exit)
        rt_term();
    return run(argc > 1 ? atoi(argv[1]) : 1);
}
