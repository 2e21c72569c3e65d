// Grids and numbers: the game of life, matrices, a Mandelbrot picture, a knapsack, bits, sorting by hand.
function life(width, height, rounds) {
    var now = new Uint8Array(width * height), next = new Uint8Array(width * height);
    for (var i = 0; i < now.length; i++) now[i] = (i * 7 + (i >> 3)) % 3 === 0 ? 1 : 0;
    for (var r = 0; r < rounds; r++) {
        for (var y = 0; y < height; y++) {
            for (var x = 0; x < width; x++) {
                var n = 0;
                for (var dy = -1; dy <= 1; dy++) {
                    for (var dx = -1; dx <= 1; dx++) {
                        if (dx === 0 && dy === 0) continue;
                        n += now[(y + dy + height) % height * width + (x + dx + width) % width];
                    }
                }
                next[y * width + x] = n === 3 || n === 2 && now[y * width + x] ? 1 : 0;
            }
        }
        var t = now; now = next; next = t;
    }
    var alive = 0;
    for (i = 0; i < now.length; i++) alive += now[i];
    return alive;
}
function product(n, seed) {
    var a = [], b = [], c = [];
    for (var i = 0; i < n; i++) {
        a.push([]); b.push([]); c.push([]);
        for (var j = 0; j < n; j++) {
            a[i][j] = (i * seed + j) % 9 / 2;
            b[i][j] = (i + j * seed) % 7 / 4;
        }
    }
    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            var sum = 0;
            for (var k = 0; k < n; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    }
    return c[n - 1][1] + c[0][n - 1];
}
function mandelbrot(size) {
    var rows = [];
    for (var y = 0; y < size; y++) {
        var row = '';
        for (var x = 0; x < size; x++) {
            var cr = x * 3 / size - 2, ci = y * 2 / size - 1, zr = 0, zi = 0, n = 0;
            while (n < 25 && zr * zr + zi * zi < 4) {
                var t = zr * zr - zi * zi + cr;
                zi = 2 * zr * zi + ci;
                zr = t;
                n++;
            }
            row += n === 25 ? '#' : n > 6 ? '+' : '.';
        }
        rows.push(row);
    }
    return rows.join('\n');
}
function knapsack(capacity, seed) {
    var best = [];
    for (var i = 0; i <= capacity; i++) best[i] = 0;
    for (var item = 1; item <= 12; item++) {
        var weight = 1 + item * seed % 13, value = 3 + item * item % 17;
        for (i = capacity; i >= weight; i--) best[i] = Math.max(best[i], best[i - weight] + value);
    }
    return best[capacity];
}
function quicksort(list, low, high) {
    while (low < high) {
        var pivot = list[(low + high) >> 1], i = low, j = high;
        while (i <= j) {
            while (list[i] < pivot) i++;
            while (list[j] > pivot) j--;
            if (i <= j) { var t = list[i]; list[i++] = list[j]; list[j--] = t; }
        }
        quicksort(list, low, j);
        low = i;
    }
}

var check = 0, float = 0;
for (var unit = 0; unit < UNITS; unit++) {
    check = (check * 5 + life(16, 10, 3)) % 1000003;
    float += product(9, unit + 2);
    var picture = mandelbrot(14);
    for (var i = 0; i < picture.length; i += 3) check = (check * 3 + picture.charCodeAt(i)) % 1000003;
    check += knapsack(60, unit + 1);
    var list = [];
    for (i = 0; i < 150; i++) list.push((i * 7919 + unit * 31) % 1009);
    quicksort(list, 0, list.length - 1);
    for (i = 1; i < list.length; i++) if (list[i - 1] > list[i]) throw new Error('not sorted');
    for (i = 0; i < 150; i++) {
        var bits = 0;
        for (var v = list[i] * 2654435 ^ unit; v; v &= v - 1) bits++;
        check += bits;
    }
}
print('grids', check, float.toFixed(4));
