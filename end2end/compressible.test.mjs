// What `frontend/optimize/compressible.mjs` writes does the same as what it was given.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

import binaryen from "binaryen";

import { numberLocals } from "../frontend/optimize/locals.mjs";

const COMPRESSIBLE = resolve(import.meta.dirname, "../frontend/optimize/compressible.mjs");

/**
 * Two functions that are alike stand apart, and each is called, by its name and through the table. One has locals
 * of several types, which are mixed, and one loads.
 */
const MODULE = `(module
  (type $unary (func (param i32) (result i32)))
  (import "./x_bg.js" "__wbg_tell_0123456789abcdef" (func $tell (param i32)))
  (memory 1)
  (data (i32.const 4) "\\07")
  (table 2 funcref)
  (elem (i32.const 0) $double $more)
  (func $double (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const 0)) (i32.const 2)))
  (func $other (param i32) (result i32) (i32.clz (i32.popcnt (i32.ctz (i32.eqz (local.get 0))))))
  (func $more (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const 0)) (i32.const 3)))
  (func $mixed (param i32) (result i32) (local f64 i32 i64 i32 i64)
    (local.set 4 (i32.add (local.get 0) (i32.const 4)))
    (local.set 5 (i64.extend_i32_u (local.tee 2 (i32.mul (local.get 4) (i32.const 3)))))
    (local.set 3 (i64.add (local.get 5) (local.get 5)))
    (local.set 1 (f64.convert_i64_s (i64.sub (local.get 3) (i64.extend_i32_u (local.get 4)))))
    (i32.sub (i32.trunc_f64_s (local.get 1)) (local.get 2)))
  (func (export "run") (param i32)
    (call $tell (call $double (local.get 0)))
    (call $tell (call $other (local.get 0)))
    (call $tell (call $more (local.get 0)))
    (call $tell (call_indirect (type $unary) (local.get 0) (i32.const 0)))
    (call $tell (call_indirect (type $unary) (local.get 0) (i32.const 1)))
    (call $tell (i32.load (i32.const 4)))
    (call $tell (call $mixed (local.get 0)))))`;

const SCRIPT = `export const imports = (tell) => ({
    "./x_bg.js": {
        __wbg_tell_0123456789abcdef: tell,
    },
});
`;

async function told(folder) {
  const script = readFileSync(join(folder, "x.js"), "utf8");
  const { imports } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
  const numbers = [];
  const module = new WebAssembly.Module(readFileSync(join(folder, "x.wasm")));
  new WebAssembly.Instance(module, imports((number) => numbers.push(number))).exports.run(21);
  return numbers;
}

test("in another order, by short names, with other locals and no alignment, functions do what they did", async () => {
  const folder = mkdtempSync(join(tmpdir(), "compressible-"));
  const [wasm, script] = [join(folder, "x.wasm"), join(folder, "x.js")];
  const given = binaryen.parseText(MODULE).emitBinary();
  writeFileSync(wasm, given);
  writeFileSync(script, SCRIPT);
  execFileSync("node", [COMPRESSIBLE, wasm]);
  const written = readFileSync(wasm);
  assert.notDeepEqual(new Uint8Array(written), given);
  assert.match(binaryen.readBinary(written).emitText(), /i32\.load align=1/);
  assert.match(readFileSync(script, "utf8"), /^ +a: tell/m);
  assert.deepEqual(await told(folder), [42, 31, 63, 42, 63, 7, 50]);
});

test("locals get the numbers that were usual in the same places, of their type and behind the parameters", () => {
  const [I32, F64] = [0x7f, 0x7c];
  const uses = (...locals) => locals.map((local, kind) => ({ kind, local }));
  const numbered = numberLocals([
    { parameters: 1, types: [I32, I32, F64], instructions: uses(0, 1, undefined, 2, 1, 3) },
    { parameters: 1, types: [F64, I32, I32], instructions: uses(0, 3, undefined, 2, 3, 1) },
  ]);
  for (const { types, instructions } of numbered) {
    assert.deepEqual(types, [I32, I32, F64]);
    assert.deepEqual(instructions, uses(0, 1, undefined, 2, 1, 3));
  }
});
