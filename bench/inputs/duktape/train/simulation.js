// Numbers: particles in floating point, integer loops, typed arrays, a queue of events.
function Rng(s) { this.s = s; }
Rng.prototype.next = function () {
    this.s ^= this.s << 13; this.s ^= this.s >>> 17; this.s ^= this.s << 5;
    return (this.s >>> 0) / 4294967296;
};

function particles(rng, n, steps) {
    var list = [], energy = 0;
    for (var i = 0; i < n; i++) list.push({ x: rng.next(), y: rng.next(), vx: rng.next() - 0.5, vy: rng.next() - 0.5 });
    for (var s = 0; s < steps; s++) {
        for (i = 0; i < n; i++) {
            var p = list[i];
            p.x += p.vx * 0.02;
            p.y += p.vy * 0.02;
            if (p.x < 0 || p.x > 1) p.vx = -p.vx;
            if (p.y < 0 || p.y > 1) p.vy = -p.vy;
            p.vy -= 0.01;
        }
    }
    for (i = 0; i < n; i++) energy += list[i].vx * list[i].vx + list[i].vy * list[i].vy;
    return energy;
}

function sieve(limit) {
    var flags = new Uint8Array(limit + 1), count = 0;
    for (var i = 2; i <= limit; i++) {
        if (flags[i]) continue;
        count++;
        for (var j = i * 2; j <= limit; j += i) flags[j] = 1;
    }
    return count;
}

function blur(size, rounds) {
    var a = new Float64Array(size), b = new Float64Array(size);
    for (var i = 0; i < size; i++) a[i] = (i * 37) % 11;
    while (rounds-- > 0) {
        for (i = 1; i < size - 1; i++) b[i] = (a[i - 1] + 2 * a[i] + a[i + 1]) / 4;
        var t = a; a = b; b = t;
    }
    return a[size >> 1] + a[size >> 2];
}

function queue(rng, events) {
    var heap = [], time = 0, served = 0;
    for (var i = 0; i < events; i++) {
        heap.push({ at: time + rng.next() * 10, id: i });
        if (heap.length > 12) {
            heap.sort(function (x, y) { return x.at - y.at; });
            var first = heap.shift();
            time = Math.max(time, first.at);
            served = (served * 3 + first.id) % 65521;
        }
    }
    return served;
}

var rng = new Rng(2463534242), sum = 0, ints = 0;
for (var unit = 0; unit < UNITS; unit++) {
    sum += particles(rng, 12, 30) + blur(120, 5);
    ints = (ints + sieve(900) + queue(rng, 70)) & 0xffffff;
    for (var x = unit + 1, steps = 0; x !== 1; steps++) x = x % 2 ? 3 * x + 1 : x / 2;
    ints += steps;
}
print('simulation', sum.toFixed(6), ints);
