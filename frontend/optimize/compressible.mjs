// Rewrites a WASM file, and the script that wasm-bindgen has made for it, so that they compress better. They do
// the same as before.
//
// - Functions that are alike stand side by side: those of one signature, each behind the one most like it.
// - What the WASM imports has short names, in it and in the script. wasm-bindgen's end with hashes, which do not
//   compress; they keep apart what different crates may call the same, which nobody does any more.
// - Locals have the numbers that are usual where they are used.
// - No load and no store promises an alignment: a hint that varies, and of which 64-bit processors make nothing.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { hash, orderByLikeness } from "./alike.mjs";
import { numberLocals } from "./locals.mjs";
import {
  END, KIND, Reader, SECTION, accessesMemory, namesFunction, namesLocal, sections, skipDescription, skipInstruction,
} from "./wasm_reader.mjs";

const [path] = process.argv.slice(2);
const scriptPath = path.replace(/(_bg)?\.wasm$/, ".js");
const bytes = readFileSync(path);
const parts = sections(bytes);

function compress() {
  const imports = readImports();
  const names = existsSync(scriptPath) ? shortNames(imports) : new Map();
  const signatures = read(SECTION.function, (entry) => entry.number());
  const parameters = read(SECTION.type, readParameters);
  const given = read(SECTION.code, (code) => readBody(code.part()));
  const order = orderOf(given, signatures);
  const bodies = numberLocals(order.map((index) => ({ ...given[index], parameters: parameters[signatures[index]] })));
  const imported = imports.filter(({ kind }) => kind === KIND.function).length;
  const written = write({ imports, names, bodies, signatures, order, imported });
  if (!WebAssembly.validate(written)) throw new Error(`${path} would not be valid`);
  if (names.size > 0) writeFileSync(scriptPath, renamed(readFileSync(scriptPath, "utf8"), names));
  writeFileSync(path, written);
}

function read(wanted, entry) {
  return parts.find(({ id }) => id === wanted)?.section.list(entry) ?? [];
}

function readImports() {
  return read(SECTION.import, (entry) => {
    const [module, name] = [entry.text(), entry.text()];
    let kind;
    const description = entry.over(() => (kind = skipDescription(entry)));
    return { module, name, kind, description };
  });
}

/** How many parameters a signature has. */
function readParameters(signature) {
  signature.byte();
  const [parameters] = [signature.part(), signature.part()];
  return parameters.end - parameters.at;
}

function readBody(body) {
  const types = body.list(() => Array(body.number()).fill(body.byte())).flat();
  const instructions = [];
  while (body.at < body.end) {
    const start = body.at;
    const opcode = skipInstruction(body);
    const written = bytes.subarray(start, body.at);
    if (accessesMemory(opcode)) written[1] = 0;
    const named = new Reader(written, 1);
    if (namesFunction(opcode)) instructions.push({ opcode, written, kind: opcode, target: named.number() });
    else if (namesLocal(opcode)) instructions.push({ opcode, written, kind: opcode, local: named.number() });
    else instructions.push({ opcode, written, kind: hash(written) });
  }
  return { types, instructions };
}

function orderOf(bodies, signatures) {
  const lists = bodies.map(({ instructions }) =>
    instructions.map(({ kind, written, local }) => (local === undefined ? kind : hash(written))),
  );
  const groups = [];
  signatures.forEach((signature, index) => (groups[signature] ??= []).push(index));
  return groups.flatMap((group) =>
    orderByLikeness(group.map((index) => lists[index])).map((at) => group[at]),
  );
}

/** Names of one or two letters, for the imports as they come. */
function shortNames(imports) {
  const LETTERS = "abcdefghijklmnopqrstuvwxyz";
  const short = (index) => (index < 26 ? "" : LETTERS[Math.floor(index / 26) - 1]) + LETTERS[index % 26];
  return new Map([...new Set(imports.map(({ name }) => name))].map((name, index) => [name, short(index)]));
}

/** wasm-bindgen writes each import as a property of one object. */
function renamed(script, names) {
  const seen = new Set();
  const text = script.replace(/^( +)(\w+)(?=: )/gm, (whole, indent, name) => {
    if (!names.has(name)) return whole;
    seen.add(name);
    return indent + names.get(name);
  });
  const missing = [...names.keys()].filter((name) => !seen.has(name));
  if (missing.length > 0) throw new Error(`${scriptPath} does not say what these are: ${missing}`);
  return text;
}

function write({ imports, names, bodies, signatures, order, imported }) {
  const moved = new Map(order.map((index, to) => [imported + index, imported + to]));
  const functionIndex = (index) => number(moved.get(index) ?? index);
  const writers = {
    [SECTION.import]: () =>
      list(imports.map(({ module, name, description }) => [text(module), text(names.get(name) ?? name), description])),
    [SECTION.function]: () => list(order.map((index) => number(signatures[index]))),
    [SECTION.export]: (section) =>
      list(
        section.list(() => {
          const [name, kind, index] = [section.text(), section.byte(), section.number()];
          return [text(name), [kind], kind === KIND.function ? functionIndex(index) : number(index)];
        }),
      ),
    [SECTION.start]: (section) => functionIndex(section.number()),
    [SECTION.element]: (section) => list(section.list(() => element(section, functionIndex))),
    [SECTION.code]: () => list(bodies.map((body) => sized(bodyOf(body, functionIndex)))),
  };
  const written = parts.map(({ id, section }) => {
    const { start, end } = section;
    return [[id], sized(writers[id]?.(section) ?? bytes.subarray(start, end))];
  });
  return Buffer.concat([bytes.subarray(0, 8), bytesOf(written)]);
}

/** Functions for a table, where they are listed by their indices; other lists Rust's compiler does not make. */
function element(section, functionIndex) {
  const flags = section.number();
  if (flags > 3) throw new Error(`an element segment has the flags ${flags}`);
  const [isActive, isPlain] = [flags % 2 === 0, flags === 0];
  const head = section.over(() => {
    if (isActive && !isPlain) section.number();
    if (isActive) while (skipInstruction(section) !== END);
    if (!isPlain) section.byte();
  });
  return [number(flags), head, list(section.list(() => functionIndex(section.number())))];
}

function bodyOf({ types, instructions }, functionIndex) {
  const kinds = [...new Set(types)];
  return [
    list(kinds.map((type) => [...number(types.filter((other) => other === type).length), type])),
    instructions.map(({ opcode, written, target, local }) => {
      if (target !== undefined) return [[opcode], functionIndex(target)];
      return local === undefined ? written : [opcode, ...number(local)];
    }),
  ];
}

const list = (entries) => [number(entries.length), entries];
const text = (string) => sized(Buffer.from(string));

function sized(content) {
  const flat = bytesOf(content);
  return [number(flat.length), flat];
}

function number(value) {
  const written = [];
  do {
    written.push((value % 128) | (value >= 128 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return written;
}

/** The bytes of nested lists of bytes. */
function bytesOf(content) {
  if (content instanceof Uint8Array) return content;
  if (typeof content[0] === "number") return Buffer.from(content);
  return Buffer.concat(content.map(bytesOf));
}

// A file with names is there to be looked at, by `make size`.
if (!parts.some(({ id, section }) => id === SECTION.custom && section.text() === "name")) compress();
