// Says which crate the bytes of a WASM file belong to, by the names of its functions. With the name of a
// crate as the second argument, lists that crate's functions.

import { readFileSync } from "node:fs";

import { KIND, SECTION, sections, skipDescription } from "./wasm_reader.mjs";

const [path, only] = process.argv.slice(2);
const bytes = readFileSync(path);
const FUNCTION_NAMES = 1;

function readModule() {
  const module = { imported: 0, bodies: [], names: new Map(), data: 0 };
  for (const { id, section } of sections(bytes)) {
    if (id === SECTION.import) module.imported = countImportedFunctions(section);
    if (id === SECTION.code) module.bodies = section.list(() => section.part()).map(({ at, end }) => end - at);
    if (id === SECTION.data) module.data = section.end - section.at;
    if (id === SECTION.custom && section.text() === "name") readNames(section, module.names);
  }
  return module;
}

function countImportedFunctions(section) {
  const kinds = section.list(() => {
    section.text();
    section.text();
    return skipDescription(section);
  });
  return kinds.filter((kind) => kind === KIND.function).length;
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
