// Runs the browser tests: all files, or those that are named. A file that fails runs once more, after the
// others: on a machine that stands still for seconds, a browser may. What fails then, too, fails the run;
// what does not is named at the end, since it may be a fault that shows itself seldom.

import { readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { run } from "node:test";
import { tap } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const testsIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".test.mjs"))
    .sort()
    .map((name) => join(folder, name));

/** Runs files one after the other; the names of the tests that failed, by file. */
async function failuresOf(files) {
  const failures = new Map();
  const events = run({ files, concurrency: 1 });
  events.on("test:fail", ({ file, name, todo, skip }) => {
    if (todo !== undefined || skip !== undefined) return;
    // A file that ends before its tests do is a test by its own path.
    const failed = files.includes(resolve(name)) ? resolve(name) : file;
    failures.set(failed, [...(failures.get(failed) ?? []), name]);
  });
  const output = events.compose(tap);
  output.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => output.on("end", resolve).on("error", reject));
  return failures;
}

const named = process.argv.slice(2).map((file) => resolve(file));
const first = await failuresOf(named.length > 0 ? named : [...testsIn(here), ...testsIn(join(here, "engines"))]);
if (first.size > 0) {
  const words = (failures) =>
    [...failures].map(([file, names]) => `  ${relative(".", file)}: ${names.join("; ")}`).join("\n");
  console.log(`\n# Failed, and run once more:\n${words(first)}\n`);
  const second = await failuresOf([...first.keys()]);
  const passed = new Map([...first].filter(([file]) => !second.has(file)));
  if (passed.size > 0) console.log(`\n# Passed at the second try only:\n${words(passed)}`);
  if (second.size > 0) console.log(`\n# Failed twice:\n${words(second)}`);
  process.exitCode = second.size > 0 ? 1 : 0;
}
