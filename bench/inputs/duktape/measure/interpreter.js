// A little machine: an assembler with labels, a stack interpreter by switch, and one by handler table.
var programs = [
    'push 0 store 0 push 1 store 1 loop: load 1 push 60 gt jump done load 0 load 1 add store 0 ' +
        'load 1 push 1 add store 1 goto loop done: load 0 out halt',
    'push 27 store 0 push 0 store 1 again: load 0 push 1 eq jump end load 0 push 2 mod jump odd ' +
        'load 0 push 2 div store 0 goto next odd: load 0 push 3 mul push 1 add store 0 ' +
        'next: load 1 push 1 add store 1 goto again end: load 1 out halt',
    'push 1071 store 0 push 462 store 1 step: load 1 push 0 eq jump fin load 0 load 1 mod store 2 ' +
        'load 1 store 0 load 2 store 1 goto step fin: load 0 out load 9 out halt'
];

function assemble(source) {
    var words = source.split(/\s+/), code = [], labels = {}, fixes = [];
    for (var i = 0; i < words.length; i++) {
        var word = words[i];
        if (word.charAt(word.length - 1) === ':') {
            labels[word.slice(0, -1)] = code.length;
            continue;
        }
        switch (word) {
        case 'push': case 'load': case 'store':
            code.push({ op: word, arg: parseInt(words[++i], 10) });
            break;
        case 'jump': case 'goto':
            fixes.push(code.length);
            code.push({ op: word, arg: words[++i] });
            break;
        default:
            code.push({ op: word });
        }
    }
    fixes.forEach(function (at) {
        if (!(code[at].arg in labels)) throw new SyntaxError('no label ' + code[at].arg);
        code[at].arg = labels[code[at].arg];
    });
    return code;
}

function runSwitch(code) {
    var stack = [], vars = {}, out = [], pc = 0, steps = 0;
    for (;;) {
        var ins = code[pc++], a, b;
        steps++;
        switch (ins.op) {
        case 'push': stack.push(ins.arg); break;
        case 'load': stack.push(vars[ins.arg] === undefined ? -1 : vars[ins.arg]); break;
        case 'store': vars[ins.arg] = stack.pop(); break;
        case 'add': b = stack.pop(); a = stack.pop(); stack.push(a + b); break;
        case 'mul': b = stack.pop(); a = stack.pop(); stack.push(a * b); break;
        case 'div': b = stack.pop(); a = stack.pop(); stack.push(a / b | 0); break;
        case 'mod': b = stack.pop(); a = stack.pop(); stack.push(a % b); break;
        case 'gt': b = stack.pop(); a = stack.pop(); stack.push(a > b ? 1 : 0); break;
        case 'eq': b = stack.pop(); a = stack.pop(); stack.push(a === b ? 1 : 0); break;
        case 'jump': if (stack.pop()) pc = ins.arg; break;
        case 'goto': pc = ins.arg; break;
        case 'out': out.push(stack.pop()); break;
        case 'halt': return out.join(',') + '/' + steps;
        default: throw new Error('bad op ' + ins.op);
        }
    }
}

function Machine() { this.stack = []; this.vars = []; this.out = []; this.pc = 0; this.running = true; }
function binary(f) {
    return function (m) { var b = m.stack.pop(); m.stack[m.stack.length - 1] = f(m.stack[m.stack.length - 1], b); };
}
var handlers = {
    push: function (m, arg) { m.stack.push(arg); },
    load: function (m, arg) { m.stack.push(arg in m.vars ? m.vars[arg] : -1); },
    store: function (m, arg) { m.vars[arg] = m.stack.pop(); },
    add: binary(function (a, b) { return a + b; }),
    mul: binary(function (a, b) { return a * b; }),
    div: binary(function (a, b) { return Math.floor(a / b); }),
    mod: binary(function (a, b) { return a % b; }),
    gt: binary(function (a, b) { return +(a > b); }),
    eq: binary(function (a, b) { return +(a === b); }),
    jump: function (m, arg) { if (m.stack.pop()) m.pc = arg; },
    'goto': function (m, arg) { m.pc = arg; },
    out: function (m) { m.out.push(m.stack.pop()); },
    halt: function (m) { m.running = false; }
};
Machine.prototype.run = function (code) {
    var steps = 0;
    while (this.running) {
        var ins = code[this.pc++];
        handlers[ins.op](this, ins.arg);
        steps++;
    }
    return this.out.join(',') + '/' + steps;
};

var check = 0;
for (var unit = 0; unit < UNITS; unit++) {
    programs.forEach(function (source, index) {
        var code = assemble(source.replace('27', String(27 + unit % 5)));
        var first = runSwitch(code), second = new Machine().run(code);
        if (first !== second) throw new Error(first + ' is not ' + second);
        for (var i = 0; i < first.length; i++) check = (check * 31 + first.charCodeAt(i) + index) % 1000003;
    });
    try {
        assemble('goto nowhere');
    } catch (e) {
        check += e.message.length;
    }
}
print('interpreter', check);
