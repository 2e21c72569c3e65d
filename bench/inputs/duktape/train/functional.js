// Functions: closures, map and reduce, recursion, exceptions, getters, code made at run time.
function compose() {
    var parts = Array.prototype.slice.call(arguments);
    return function (x) { return parts.reduce(function (v, f) { return f(v); }, x); };
}
function curry(f) {
    return function (a) { return function (b) { return f(a, b); }; };
}
var add = curry(function (a, b) { return a + b; });
var times = curry(function (a, b) { return a * b; });

function range(from, to) {
    var out = [];
    for (var i = from; i < to; i++) out.push(i);
    return out;
}
function queens(n, row, columns, up, down) {
    if (row === n) return 1;
    var count = 0;
    for (var c = 0; c < n; c++) {
        if (columns[c] || up[row + c] || down[row - c + n]) continue;
        columns[c] = up[row + c] = down[row - c + n] = true;
        count += queens(n, row + 1, columns, up, down);
        columns[c] = up[row + c] = down[row - c + n] = false;
    }
    return count;
}
function Tree(left, right) { this.left = left; this.right = right; }
function grow(depth) { return depth ? new Tree(grow(depth - 1), grow(depth - 1)) : null; }
function leaves(tree) { return tree ? leaves(tree.left) + leaves(tree.right) : 1; }

var thermometer = { c: 20 };
Object.defineProperty(thermometer, 'f', {
    get: function () { return this.c * 9 / 5 + 32; },
    set: function (v) { this.c = (v - 32) * 5 / 9; }
});

function parse(number) {
    if (number % 5 === 0) throw new RangeError('five ' + number);
    if (number % 7 === 0) throw { code: number };
    return number;
}

var result = 0;
for (var unit = 0; unit < UNITS; unit++) {
    var f = compose(add(unit), times(3), function (v) { return v % 101; });
    result += range(0, 120).map(f).filter(function (v) { return v & 1; }).reduce(function (a, b) { return a + b; }, 0);
    result += queens(5, 0, [], [], []);
    result += leaves(grow(7));
    for (var i = 0; i < 60; i++) {
        try {
            result += parse(i + unit);
        } catch (e) {
            result += e instanceof RangeError ? e.message.length : e.code;
        } finally {
            thermometer.f += 1;
        }
    }
    var made = new Function('x', 'y', 'return x * ' + (unit % 9 + 1) + ' + (y > x ? y : -x);');
    for (i = 0; i < 40; i++) result += made(i, 20);
    result += eval('(function (n) { var s = 0; while (n --> 0) s += n; return s; })(' + unit % 30 + ')');
    var memo = {};
    (function fib(n) { return n in memo ? memo[n] : memo[n] = n < 2 ? n : fib(n - 1) + fib(n - 2); })(30);
    result = (result + memo[30] + Object.keys(memo).length) % 1000000007;
    with_arguments(1, 2, unit);
}
function with_arguments() {
    for (var i = 0; i < arguments.length; i++) result += arguments[i] * (i + 1);
}
print('functional', result, thermometer.c.toFixed(3));
