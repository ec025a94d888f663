// The size of what a phone downloads before a space is live.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const SITE = process.env.RHIZOME_SITE ?? resolve(import.meta.dirname, "../target/site");
const PACKAGE = join(SITE, "pkg");
const FIRST_LOAD_MAX_KILOBYTES = 226;

/** The newest file of a kind, as the server picks it. */
function newest(extension) {
  const names = readdirSync(PACKAGE).filter((name) => name.endsWith(`.${extension}.br`));
  const files = names.map((name) => ({ name, ...statSync(join(PACKAGE, name)) }));
  return files.sort((a, b) => b.mtimeMs - a.mtimeMs)[0];
}

test("the first load of a space is at most 226 KB: script, WASM and style, as they are sent", () => {
  let sum = 0;
  for (const extension of ["js", "wasm", "css"]) {
    const { name, size } = newest(extension);
    console.log(`${name}: ${(size / 1000).toFixed(1)} KB`);
    sum += size;
  }
  // The server embeds this file, and compresses it as it sends it.
  const device = gzipSync(readFileSync(resolve(import.meta.dirname, "../server/static/device.js"))).length;
  console.log(`device.js: ${(device / 1000).toFixed(1)} KB`);
  sum += device;
  console.log(`together: ${(sum / 1000).toFixed(1)} KB`);
  assert.ok(sum <= FIRST_LOAD_MAX_KILOBYTES * 1000, `${sum} bytes`);
});
