// Tables: CSV in, typed records, filters and joins with closures, sorting by several keys, JSON and CSV out, dates.
var state = 3;
function random(n) { state = (state * 75 + 74) % 65537; return state % n; }

function makeCsv(rows) {
    var lines = ['id,name,dept,salary,since,note'];
    for (var i = 0; i < rows; i++) {
        lines.push([i, 'emp' + random(500), 'D' + random(6), (random(9000) / 7).toFixed(2),
                    (1990 + random(30)) + '-' + (1 + random(12)) + '-' + (1 + random(28)),
                    random(3) ? 'ok' : '"said ""hi"", left"'].join(','));
    }
    return lines.join('\n');
}
function parseCsv(text) {
    var rows = [], row = [], field = '', quoted = false;
    for (var i = 0; i < text.length; i++) {
        var c = text.charAt(i);
        if (quoted) {
            if (c === '"') {
                if (text.charAt(i + 1) === '"') { field += '"'; i++; } else quoted = false;
            } else field += c;
        } else if (c === '"') quoted = true;
        else if (c === ',') { row.push(field); field = ''; }
        else if (c === '\n') { row.push(field); rows.push(row); row = []; field = ''; }
        else field += c;
    }
    row.push(field);
    rows.push(row);
    return rows;
}
function toRecords(rows) {
    var names = rows[0];
    return rows.slice(1).map(function (row) {
        var record = {};
        names.forEach(function (name, i) {
            record[name] = name === 'id' ? parseInt(row[i], 10) : name === 'salary' ? parseFloat(row[i]) : row[i];
        });
        return record;
    });
}
function by() {
    var keys = [].slice.call(arguments);
    return function (a, b) {
        for (var i = 0; i < keys.length; i++) {
            var key = keys[i], sign = 1;
            if (key.charAt(0) === '-') { sign = -1; key = key.substring(1); }
            if (a[key] < b[key]) return -sign;
            if (a[key] > b[key]) return sign;
        }
        return 0;
    };
}
function days(text) {
    var parts = text.split('-').map(Number);
    return Date.UTC(parts[0], parts[1] - 1, parts[2]) / 86400000;
}

var check = 0;
for (var unit = 0; unit < UNITS; unit++) {
    var people = toRecords(parseCsv(makeCsv(34)));
    var depts = { D0: 'sales', D1: 'lab', D2: 'press', D3: 'legal' };
    var joined = people.filter(function (p) { return p.dept in depts; }).map(function (p) {
        var copy = JSON.parse(JSON.stringify(p));
        copy.department = depts[p.dept];
        copy.age = days('2020-1-1') - days(p.since);
        return copy;
    });
    joined.sort(by('department', '-salary', 'id'));
    var sums = joined.reduce(function (all, p) {
        var s = all[p.department] || (all[p.department] = { n: 0, pay: 0, oldest: -Infinity });
        s.n++;
        s.pay += p.salary;
        s.oldest = Math.max(s.oldest, p.age);
        return all;
    }, {});
    var out = Object.keys(sums).map(function (k) {
        return [k, sums[k].n, sums[k].pay.toFixed(1), Math.round(sums[k].pay / sums[k].n), sums[k].oldest].join(';');
    }).join('\n') + JSON.stringify(joined.slice(0, 5));
    var parsed = JSON.parse(out.substring(out.indexOf('[{')));
    for (var i = 0; i < out.length; i++) check = (check * 31 + out.charCodeAt(i)) % 16777213;
    check += parsed.length + new Date(unit * 86400000).toISOString().length + String(parsed[0] && parsed[0].age).length;
}
print('records', check);
