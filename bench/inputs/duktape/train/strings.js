// Text: regular expressions, splitting, joining, replacing, character codes, a word count.
var words = 'the quick brown fox jumps over a lazy dog while seven wizards quietly brew potions at dawn'.split(' ');
var state = 1;
function pick(n) {
    state = (state * 69069 + 5) >>> 0;
    return (state >>> 10) % n;
}

function sentence() {
    var list = [];
    for (var i = 0, n = 4 + pick(9); i < n; i++) list.push(words[pick(words.length)]);
    var text = list.join(' ');
    return text.charAt(0).toUpperCase() + text.substring(1) + (pick(4) ? '.' : '!');
}

function hash(text) {
    var h = 5381;
    for (var i = 0; i < text.length; i++) h = ((h << 5) + h + text.charCodeAt(i)) | 0;
    return h;
}

function caesar(text, by) {
    var out = '';
    for (var i = 0; i < text.length; i++) {
        var code = text.charCodeAt(i);
        if (code >= 97 && code <= 122) code = 97 + (code - 97 + by) % 26;
        out += String.fromCharCode(code);
    }
    return out;
}

var total = 0;
for (var unit = 0; unit < UNITS; unit++) {
    var lines = [];
    for (var i = 0; i < 14; i++) lines.push(sentence() + ' <' + pick(1000) + '@host' + pick(9) + '.example>');
    var text = lines.join('\n');
    var counts = {};
    text.toLowerCase().split(/[^a-z]+/).forEach(function (w) { if (w) counts[w] = (counts[w] || 0) + 1; });
    var top = Object.keys(counts).sort(function (a, b) { return counts[b] - counts[a] || (a < b ? -1 : 1); });
    var mails = text.match(/<(\d+)@(\w+)\.example>/g) || [];
    var swapped = text.replace(/(\w+) (\w+)([.!])/g, '$2 $1$3');
    var numbered = swapped.replace(/^/gm, function () { return '> '; }).replace(/\b[aeiou]\w*/gi, function (w) {
        return w.length > 2 ? w + 'way' : w.toUpperCase();
    });
    var secret = caesar(text.substring(0, 160), unit % 26);
    var back = caesar(secret, 26 - unit % 26);
    if (back !== text.substring(0, 160)) throw new Error('cipher');
    var fields = lines.map(function (line) {
        var m = /^(\w+)\s+(.*?)\s+<(\d+)@/.exec(line);
        return m ? m[1].length + ':' + m[2].length + ':' + parseInt(m[3], 10) : 'none';
    });
    total = (total + hash(numbered) + hash(fields.join(';')) + mails.length + top.slice(0, 3).join().length) | 0;
    if (encodeURIComponent(top[0] + ' ü').length < 3) total++;
}
print('strings', total);
