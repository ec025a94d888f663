// Says which crate the bytes of a WASM file belong to, by the names of its functions. With the name of a
// crate as the second argument, lists that crate's functions.

import { readFileSync } from "node:fs";

const [path, only] = process.argv.slice(2);
const bytes = readFileSync(path);
const decoder = new TextDecoder();

/** Reads the format's numbers and strings, one after the other. */
class Reader {
  constructor(at, end) {
    this.at = at;
    this.end = end;
  }

  number() {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }

  part() {
    const size = this.number();
    const part = new Reader(this.at, this.at + size);
    this.at += size;
    return part;
  }

  text() {
    const { at, end } = this.part();
    return decoder.decode(bytes.subarray(at, end));
  }

  /** What `read` returns for each element of a list. */
  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }
}

const [CUSTOM, IMPORT, CODE, DATA] = [0, 2, 10, 11];
const FUNCTION_NAMES = 1;

function readModule() {
  const module = { imported: 0, bodies: [], names: new Map(), data: 0 };
  const file = new Reader(8, bytes.length);
  while (file.at < file.end) {
    const id = bytes[file.at++];
    const section = file.part();
    if (id === IMPORT) module.imported = countImportedFunctions(section);
    if (id === CODE) module.bodies = section.list((code) => code.part()).map(({ at, end }) => end - at);
    if (id === DATA) module.data = section.end - section.at;
    if (id === CUSTOM && section.text() === "name") readNames(section, module.names);
  }
  return module;
}

function countImportedFunctions(section) {
  const isFunction = section.list((entry) => {
    entry.text();
    entry.text();
    const kind = bytes[entry.at++];
    if (kind === 0) entry.number();
    else skipDescription(entry, kind);
    return kind === 0;
  });
  return isFunction.filter(Boolean).length;
}

function skipDescription(entry, kind) {
  const [TABLE, MEMORY, TAG] = [1, 2, 4];
  if (kind === TABLE || kind === TAG) entry.at++;
  if (kind === TAG) entry.number();
  else if (kind === TABLE || kind === MEMORY) {
    const hasMaximum = bytes[entry.at++] & 1;
    for (let i = 0; i <= hasMaximum; i++) entry.number();
  } else entry.at += 2;
}

function readNames(section, names) {
  while (section.at < section.end) {
    const id = bytes[section.at++];
    const part = section.part();
    if (id === FUNCTION_NAMES) part.list(() => names.set(part.number(), part.text()));
  }
}

/**
 * The crate of the type or the path that a function's name begins with; of the trait, where the type is
 * any or the language's own.
 */
function crateOf(name) {
  const path = name
    .replace(/^byn\$mgfn-shared\$/, "")
    .replace(/\[[0-9a-f]{16}\]/g, "")
    .replace(/^core::ptr::drop_(in_place|glue)</, "")
    .replace(/^alloc::(boxed::Box|sync::Arc|rc::Rc|vec::Vec)<(?=[a-z])/, "");
  const crate = /^(?:[<&*([]|dyn |mut |const |impl )*([a-z_][a-z0-9_]*)::/.exec(path)?.[1];
  return crate ?? /^<.* as ([a-z_][a-z0-9_]*)::/.exec(path)?.[1] ?? "others";
}

const { imported, bodies, names, data } = readModule();
if (names.size === 0) throw new Error(`${path} has no names: it was stripped`);
const sums = new Map();
bodies.forEach((size, index) => {
  const name = (names.get(imported + index) ?? `function ${index}`).replace(/::h[0-9a-f]{16}$/, "");
  if (only && crateOf(name) !== only) return;
  const key = only ? name : crateOf(name);
  const sum = sums.get(key) ?? { size: 0, count: 0 };
  sums.set(key, { size: sum.size + size, count: sum.count + 1 });
});
const all = bodies.reduce((sum, size) => sum + size, 0);
console.log(`${bytes.length} bytes: ${all} of code, ${data} of data, the rest names and tables`);
console.log("  bytes  functions");
for (const [key, { size, count }] of [...sums].sort(([, a], [, b]) => b.size - a.size)) {
  console.log(`${String(size).padStart(7)} ${String(count).padStart(6)}  ${key}`);
}
