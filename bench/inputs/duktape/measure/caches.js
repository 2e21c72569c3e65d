// Structures: a least-recently-used cache, a linked list, a trie, a union-find, an event emitter, a binary tree.
function Lru(size) {
    this.size = size;
    this.map = {};
    this.count = 0;
    this.head = { key: null };
    this.head.next = this.head.prev = this.head;
}
Lru.prototype.unlink = function (node) { node.prev.next = node.next; node.next.prev = node.prev; };
Lru.prototype.front = function (node) {
    node.next = this.head.next;
    node.prev = this.head;
    node.next.prev = node;
    this.head.next = node;
};
Lru.prototype.get = function (key, make) {
    var node = this.map[key];
    if (node) {
        this.unlink(node);
    } else {
        if (this.count === this.size) {
            var last = this.head.prev;
            this.unlink(last);
            delete this.map[last.key];
            this.count--;
        }
        node = this.map[key] = { key: key, value: make(key) };
        this.count++;
    }
    this.front(node);
    return node.value;
};

function Trie() { this.children = {}; this.ends = 0; }
Trie.prototype.insert = function (word) {
    var node = this;
    for (var i = 0; i < word.length; i++) {
        var c = word[i];
        node = node.children[c] || (node.children[c] = new Trie());
    }
    node.ends++;
};
Trie.prototype.count = function (prefix) {
    var node = this;
    for (var i = 0; i < prefix.length && node; i++) node = node.children[prefix.charAt(i)];
    return node ? node.total() : 0;
};
Trie.prototype.total = function () {
    var sum = this.ends;
    for (var c in this.children) sum += this.children[c].total();
    return sum;
};

function Groups(n) { this.up = []; for (var i = 0; i < n; i++) this.up[i] = i; }
Groups.prototype.find = function (x) {
    while (this.up[x] !== x) x = this.up[x] = this.up[this.up[x]];
    return x;
};
Groups.prototype.join = function (a, b) { this.up[this.find(a)] = this.find(b); };

function Emitter() { this.listeners = {}; }
Emitter.prototype.on = function (name, f) { (this.listeners[name] = this.listeners[name] || []).push(f); return this; };
Emitter.prototype.emit = function (name) {
    var args = [].slice.call(arguments, 1), list = this.listeners[name] || [];
    for (var i = 0; i < list.length; i++) list[i].apply(this, args);
    return list.length;
};

function insert(tree, key) {
    if (!tree) return { key: key, left: null, right: null };
    if (key < tree.key) tree.left = insert(tree.left, key);
    else if (key > tree.key) tree.right = insert(tree.right, key);
    return tree;
}
function depth(tree) { return tree ? 1 + Math.max(depth(tree.left), depth(tree.right)) : 0; }

var state = 9;
function random(n) { state = (state * 48271) % 2147483647; return state % n; }

var check = 0, misses = 0;
for (var unit = 0; unit < UNITS; unit++) {
    var cache = new Lru(20), emitter = new Emitter();
    emitter.on('value', function (v) { check = (check + v) % 1000003; })
           .on('value', function (v, k) { check = (check * 3 + k.length) % 1000003; });
    for (var i = 0; i < 160; i++) {
        var key = 'k' + Math.min(random(40), random(40));
        emitter.emit('value', cache.get(key, function (k) { misses++; return k.length * 10 + unit; }), key);
    }
    var trie = new Trie();
    for (i = 0; i < 50; i++) trie.insert(random(500).toString(3));
    check += trie.count('1') * 7 + trie.count('12') + trie.count('222');
    var groups = new Groups(120);
    for (i = 0; i < 80; i++) groups.join(random(120), random(120));
    var roots = {};
    for (i = 0; i < 120; i++) roots[groups.find(i)] = true;
    check += Object.keys(roots).length;
    var tree = null;
    for (i = 0; i < 90; i++) tree = insert(tree, random(1000));
    check = (check + depth(tree) * 11) % 1000003;
}
print('caches', check, misses);
