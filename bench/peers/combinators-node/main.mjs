// The Node side of the combinators: rows of bench/items.c as async generators, and by the operators of
// stream.Readable.
//
//     node main.mjs        row, style and nanoseconds an item, the least of all runs
import { Readable } from 'node:stream';

const RUNS = 5;
const ITEMS = 20000;

const scale = (x) => x * 3 + 1;
const isEven = (x) => (x & 1) === 0;
const mixBits = (x) => x ^ (x >> 3);

async function* counted(from, to) {
    for (let x = from; x < to; x++) yield x;
}

async function* mapped(source, f) {
    for await (const x of source) yield f(x);
}

async function* filtered(source, f) {
    for await (const x of source) if (f(x)) yield x;
}

async function* takenWhile(source, f) {
    for await (const x of source) {
        if (!f(x)) return;
        yield x;
    }
}

async function* scanned(source) {
    let sum = 0;
    for await (const x of source) yield (sum += x);
}

async function* chained(a, b) {
    yield* a;
    yield* b;
}

async function* zipped(a, b) {
    for await (const x of a) {
        const { value, done } = await b.next();
        if (done) return;
        yield x + value;
    }
}

async function* chunkSums(source, n) {
    let chunk = [];
    for await (const x of source) {
        chunk.push(x);
        if (chunk.length < n) continue;
        yield chunk.reduce((a, b) => a + b, 0);
        chunk = [];
    }
    if (chunk.length) yield chunk.reduce((a, b) => a + b, 0);
}

async function* flattened(source, f) {
    for await (const x of source) yield* f(x);
}

async function sum(source) {
    let total = 0;
    for await (const x of source) total += x;
    return total;
}

const readable = (n) => Readable.from(counted(0, n));

const rows = [
    ['map', 'generators', (n) => sum(mapped(counted(0, n), scale))],
    ['chain4', 'generators',
        (n) => sum(mapped(filtered(mapped(counted(0, n), scale), isEven), mixBits))],
    ['take_while', 'generators', (n) => sum(takenWhile(counted(0, n), (x) => x >= 0))],
    ['scan', 'generators', (n) => sum(scanned(counted(0, n)))],
    ['chain', 'generators', (n) => sum(chained(counted(0, n / 2), counted(0, n / 2)))],
    ['zip', 'generators', (n) => sum(zipped(counted(0, n), counted(0, n)))],
    ['chunks64', 'generators', (n) => sum(chunkSums(counted(0, n), 64))],
    ['flatten10', 'generators', (n) => sum(flattened(counted(0, n / 10), (x) => counted(x, x + 10)))],
    ['map', 'Readable', (n) => sum(readable(n).map(scale))],
    ['chain4', 'Readable', (n) => sum(readable(n).map(scale).filter(isEven).map(mixBits))],
];

for (const [name, style, run] of rows) {
    let least = Infinity;
    for (let i = 0; i < RUNS; i++) {
        const start = process.cpuUsage();
        await run(ITEMS);
        const used = process.cpuUsage(start);
        least = Math.min(least, (used.user + used.system) * 1000);
    }
    console.log(`${name}\t${style}\t${(least / ITEMS).toFixed(3)}`);
}
