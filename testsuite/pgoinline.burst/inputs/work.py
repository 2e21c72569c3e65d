# For the burst recorder: a bit of everything an interpreter does.
# SPDX-License-Identifier: GPL-3.0-or-later
import collections, decimal, hashlib, json, re, struct, threading, zlib

def primes(n):
    sieve = bytearray([1]) * n
    for i in range(2, int(n ** .5) + 1):
        if sieve[i]:
            sieve[i * i::i] = bytes(len(range(i * i, n, i)))
    return sum(sieve[2:])

class Node:
    __slots__ = ("left", "right", "value")
    def __init__(self, value):
        self.left = self.right = None
        self.value = value
    def insert(self, value):
        node = self
        while True:
            side = "left" if value < node.value else "right"
            if getattr(node, side) is None:
                setattr(node, side, Node(value))
                return
            node = getattr(node, side)

tree, x = Node(50), 1
for _ in range(4000):
    x = x * 1103515245 + 12345 & 0x7fffffff
    tree.insert(x % 1000003)
text = json.dumps([{"n": i, "s": "v%d" % (i * i), "f": i / 7} for i in range(3000)])
found = re.findall(r'"s": "v(\d+)9"', text)
caught = 0
for i in range(2000):
    try:
        raise KeyError(i)
    except KeyError as error:
        caught += error.args[0] % 3
results = []
def run(seed):
    results.append(sum(struct.unpack("<%dI" % 500, hashlib.sha256(str(seed).encode()).digest() * 62 + bytes(16))))
threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
decimal.getcontext().prec = 200
print(primes(300000), len(found), caught, sorted(results)[0], zlib.crc32(zlib.compress(text.encode())))
print(json.loads(text)[17], collections.Counter(text).most_common(3), decimal.Decimal(2).sqrt())
