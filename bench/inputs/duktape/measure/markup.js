// Markup: a small Markdown renderer, an HTML scanner, entities, indentation, template substitution.
function escape(text) {
    return text.replace(/[&<>"]/g, function (c) { return '&#' + c.charCodeAt(0) + ';'; });
}
function inline(text) {
    return escape(text)
        .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
        .replace(/_([^_]+)_/g, '<i>$1</i>')
        .replace(/`([^`]*)`/g, '<code>$1</code>')
        .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '<a href="$2">$1</a>');
}
function render(source) {
    var out = [], list = false, paragraph = [];
    function flush() {
        if (paragraph.length) out.push('<p>' + inline(paragraph.join(' ')) + '</p>');
        paragraph = [];
    }
    source.split('\n').forEach(function (line) {
        var m;
        if ((m = /^(#{1,3})\s+(.*)$/.exec(line))) {
            flush();
            out.push('<h' + m[1].length + '>' + inline(m[2]) + '</h' + m[1].length + '>');
        } else if ((m = /^[-+]\s+(.*)$/.exec(line))) {
            flush();
            if (!list) out.push('<ul>');
            list = true;
            out.push('  <li>' + inline(m[1]) + '</li>');
            return;
        } else if (/^\s*$/.test(line)) {
            flush();
        } else {
            paragraph.push(line.trim());
        }
        if (list) { out.push('</ul>'); list = false; }
    });
    flush();
    if (list) out.push('</ul>');
    return out.join('\n');
}
function scan(html) {
    var at = 0, open = [], counts = {}, text = 0;
    while (at < html.length) {
        if (html.charAt(at) === '<') {
            var end = html.indexOf('>', at), tag = html.substring(at + 1, end);
            if (tag.charAt(0) === '/') {
                if (open.pop() !== tag.substring(1)) throw new Error('mismatch at ' + at);
            } else {
                var name = tag.split(' ')[0];
                open.push(name);
                counts[name] = (counts[name] || 0) + 1;
            }
            at = end + 1;
        } else {
            var next = html.indexOf('<', at);
            if (next < 0) next = html.length;
            text += html.substring(at, next).replace(/&#\d+;/g, '?').length;
            at = next;
        }
    }
    return Object.keys(counts).sort().map(function (k) { return k + counts[k]; }).join(' ') + ' ' + text;
}

var state = 77;
function pick(list) {
    state = (state * 1103515 + 12345) % 2147483;
    return list[state % list.length];
}
var phrases = ['plain words', '**bold** claim', 'an _odd_ one', 'code `a < b && c`', '[link](page.html?x=1)',
               'quotes "here"', 'more & more', 'and so on'];
function page(n) {
    var lines = ['# Page ' + n];
    for (var i = 0; i < 12; i++) {
        var kind = pick([0, 1, 2, 2, 3]);
        var body = pick(phrases) + ', ' + pick(phrases) + ' ' + pick(phrases);
        lines.push(kind === 0 ? '' : kind === 1 ? '- ' + body : kind === 2 ? body : '## ' + body);
    }
    return lines.join('\n');
}

var check = 0, last = '';
for (var unit = 0; unit < UNITS; unit++) {
    for (var k = 0; k < 3; k++) {
        var html = render(page(unit * 3 + k));
        last = scan(html);
        var filled = 'Dear {name}, page {no} has {n} bytes. {missing}'.replace(/\{(\w+)\}/g, function (all, key) {
            var values = { name: 'reader', no: unit, n: html.length };
            return values.hasOwnProperty(key) ? values[key] : all;
        });
        var text = last + filled;
        for (var i = 0; i < text.length; i += 2) check = (check * 33 + text.charCodeAt(i)) >>> 0;
    }
}
print('markup', check, last);
