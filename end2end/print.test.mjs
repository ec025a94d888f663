// On paper: the conversation as far as it is loaded, from its first line to its last, and nothing to press.

import assert from "node:assert/strict";
import { test } from "node:test";

import { World } from "./world.mjs";

const MESSAGES = 120;
const LINES = 4;

const { world, ada } = await World.meet();
for (let i = 1; i <= MESSAGES; i++) {
  await ada.api.send(world.space, Array.from({ length: LINES }, (_, line) => `Message ${i}, line ${line + 1}`).join("\n"));
}
await ada.enter(world.space);
await ada.loadAll();

test("what is loaded is printed whole, in reading order", async () => {
  await ada.page.emulateMedia({ media: "print", colorScheme: "dark" });
  const tops = await ada.page.evaluate(() =>
    [...document.querySelectorAll("article.message .content")].map((content) => {
      const { top, height } = content.getBoundingClientRect();
      return { text: content.textContent.split(",")[0], top, height };
    }),
  );
  assert.deepEqual(
    tops.map(({ text }) => text),
    Array.from({ length: MESSAGES }, (_, i) => `Message ${i + 1}`),
  );
  // The box of a text has room for marks above and below it, which reaches into its neighbour's.
  const ROOM = 8;
  for (let i = 1; i < tops.length; i++) {
    assert.ok(tops[i].top >= tops[i - 1].top + tops[i - 1].height - ROOM, `${i}`);
  }
  // Nothing clips or scrolls: the document is as high as its messages.
  const { height, scrollers, paper } = await ada.page.evaluate(() => ({
    height: document.documentElement.scrollHeight,
    scrollers: [...document.querySelectorAll(".conversation, .conversation *")]
      .filter((element) => ["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowY))
      .filter((element) => element.scrollHeight > element.clientHeight + 1 && element.checkVisibility())
      .filter((element) => !element.matches(".visually-hidden, .author, time"))
      .map((element) => element.className),
    paper: getComputedStyle(document.body).backgroundColor,
  }));
  assert.ok(height >= tops.at(-1).top + tops.at(-1).height, `${height}`);
  assert.deepEqual(scrollers, []);
  assert.equal(paper, "rgb(255, 255, 255)", "no ink is spent on a dark page");
  await ada.page.emulateMedia({ media: null, colorScheme: null });
});

test("nothing that can only be pressed is printed", async () => {
  await ada.page.emulateMedia({ media: "print" });
  for (const selector of [".composer", ".sidebar", ".message .tools", ".member-bar", ".space-header .icon"]) {
    const shown = await ada.page.locator(selector).evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
    assert.equal(shown, 0, selector);
  }
  await ada.page.getByRole("heading", { name: "Garden" }).waitFor();
  await ada.page.emulateMedia({ media: null });
});

test("it takes as many sheets as it needs", async () => {
  const pdf = (await ada.page.pdf({ format: "A4" })).toString("latin1");
  const sheets = pdf.match(/\/Type\s*\/Page\b/g).length;
  // 480 lines of 24 px, on sheets of about 1,050 px.
  assert.ok(sheets >= 10, `${sheets} sheets`);
});
