// Runs the browser tests: all files, or those that are named. A file that fails runs once more, after the
// others: on a machine that stands still for seconds, a browser may. What fails then, too, fails the run;
// what does not is named at the end, since it may be a fault that shows itself seldom.

import { readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
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
  /** What the runs tell, as one run: not what each of them sums up. */
  async function* events() {
    for (const file of files) {
      for await (const event of run({ files: [file], concurrency: 1 })) {
        const { name, nesting, todo, skip } = event.data;
        const isSum = nesting === 0 && ["test:plan", "test:diagnostic"].includes(event.type) && !event.data.file;
        if (!isSum) yield event;
        // A file may have its tests from others.
        const hasFailed = event.type === "test:fail" && todo === undefined && skip === undefined;
        if (hasFailed) failures.set(file, [...(failures.get(file) ?? []), name]);
      }
    }
  }
  const output = Readable.from(events()).compose(tap);
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
