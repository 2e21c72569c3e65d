// Records: objects and prototypes, JSON there and back, sorting, grouping.
var seed = 12345;
function random(limit) {
    seed = (seed * 16807) % 2147483647;
    return seed % limit;
}

function Item(id, name, price, count) {
    this.id = id;
    this.name = name;
    this.price = price;
    this.count = count;
}
Item.prototype.value = function () { return this.price * this.count; };
Item.prototype.toJSON = function () {
    return { id: this.id, name: this.name, price: this.price, count: this.count, tags: [this.name.charAt(0), this.id % 3] };
};

function Perishable(id, name, price, count, days) {
    Item.call(this, id, name, price, count);
    this.days = days;
}
Perishable.prototype = Object.create(Item.prototype);
Perishable.prototype.constructor = Perishable;
Perishable.prototype.value = function () {
    var full = Item.prototype.value.call(this);
    return this.days < 3 ? full / 2 : full;
};

var names = ['apple', 'hammer', 'bread', 'nail', 'milk', 'saw', 'cheese', 'rope'];
var check = 0;
for (var unit = 0; unit < UNITS; unit++) {
    var stock = [];
    for (var i = 0; i < 90; i++) {
        var kind = random(names.length);
        stock.push(kind % 2 ? new Item(i, names[kind], 1 + random(900) / 10, random(50))
                            : new Perishable(i, names[kind], 1 + random(90) / 10, random(50), random(9)));
    }
    stock.sort(function (a, b) { return b.value() - a.value() || a.id - b.id; });
    var groups = {};
    stock.forEach(function (item) {
        var group = groups[item.name] || (groups[item.name] = { total: 0, items: [] });
        group.total += item.value();
        group.items.push(item);
    });
    var text = JSON.stringify(groups);
    var copy = JSON.parse(text);
    for (var name in copy) {
        if (!copy.hasOwnProperty(name)) continue;
        var list = copy[name].items;
        for (var k = 0; k < list.length; k++) {
            if (list[k].count === 0) { list.splice(k, 1); k--; }
            else if ('days' in list[k]) check += 1;
            else list[k].count -= 1;
        }
        check = (check * 7 + list.length + Math.floor(copy[name].total)) % 1000003;
    }
    check = (check + JSON.stringify(copy, null, unit % 2 ? 2 : undefined).length) % 1000003;
}
print('inventory', check);
