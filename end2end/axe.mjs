// The accessibility violations that axe finds on a page, in words.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function violations(page) {
  // An animation in progress would distort the colours that axe measures.
  await page.waitForFunction(() =>
    document.getAnimations().every(({ playState }) => playState !== "running"),
  );
  if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document));
  const words = ({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.length} times, first at ${nodes[0].html.slice(0, 200)}`;
  return found.violations.map(words);
}
