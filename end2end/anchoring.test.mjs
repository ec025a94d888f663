// A reader who has scrolled up is not moved by what grows below, nor by history above, in a browser that does
// not anchor the scroll position by itself either.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerFixture, button, waitForText, wordByWord } from "./answer_fixture.mjs";
import { until } from "./assertions.mjs";
import { Gate } from "./provider.mjs";
import { distanceFromEnd, topOf } from "./screen.mjs";

const STILL_PIXELS = 2;
const LINES = 30;

const fixture = await AnswerFixture.open();
const { provider, ada, ben } = fixture;
await ben.context.addInitScript(() => {
  const { supports } = CSS;
  CSS.supports = (...asked) => asked[0] !== "overflow-anchor" && supports.apply(CSS, asked);
  addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "* { overflow-anchor: none !important; }";
    document.head.append(style);
  });
});

/** Scrolls to a number of views above the end, or a number of pixels below the top; returns what is at the top. */
const scroll = (views, pixels = 0) =>
  ben.page.evaluate(
    async ([views, pixels]) => {
      const scroller = document.querySelector("[aria-label=Messages]");
      const height = scroller.clientHeight;
      scroller.scrollTop = views ? -views * height : pixels + height - scroller.scrollHeight;
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      const { top, bottom } = scroller.getBoundingClientRect();
      const isSeen = (message) => {
        const of = message.querySelector(".content").getBoundingClientRect();
        return of.top >= top && of.top < bottom;
      };
      return [...scroller.querySelectorAll("article.message")].find(isSeen).id;
    },
    [views, pixels],
  );

test("an answer of 30 lines and messages that arrive below do not move the view", async () => {
  const { space, sage } = await fixture.newSpace("Tower");
  await ada.api.sendMany(space, 60, (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 40)}`);
  await ben.api.readAll(space);
  const gate = new Gate();
  const lines = Array.from({ length: LINES }, (_, i) => `Line ${i} of the answer\n`);
  provider.play(wordByWord(gate, lines));
  const id = await fixture.ask(space, sage, "Grow.");
  gate.letThrough();
  await waitForText(ben, id, lines[0]);
  const read = await scroll(2);
  const [before, distance] = [await topOf(ben.page, read), await distanceFromEnd(ben.page)];
  const moved = async () => Math.abs((await topOf(ben.page, read)) - before);
  for (let count = 2; count <= LINES; count++) {
    gate.letThrough();
    await waitForText(ben, id, lines.slice(0, count).join(""));
    assert.ok((await moved()) <= STILL_PIXELS, `${await moved()} px at line ${count}`);
  }
  gate.open();
  await button(ben, id, "Answer again").waitFor({ state: "attached" });
  for (let i = 0; i < 5; i++) {
    const { messageId } = await ada.api.send(space, "and on ".repeat(20 * i + 1));
    await ben.page.waitForSelector(`#${messageId}`, { state: "attached" });
    assert.ok((await moved()) <= STILL_PIXELS, `${await moved()} px at message ${i}`);
  }
  assert.ok((await distanceFromEnd(ben.page)) > distance + 500, "much has grown below");
});

test("history that is loaded above does not move the view, and a reader at the end follows", async () => {
  const { space } = await fixture.newSpace("Archive");
  await ada.api.sendMany(space, 200, (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 40)}`);
  await ben.api.readAll(space);
  await ben.enter(space);
  const shown = () => ben.page.locator("article.message").count();
  for (const pixels of [700, 40, 0]) {
    const had = await shown();
    const read = await scroll(0, pixels);
    const before = await topOf(ben.page, read);
    await until("an earlier page has loaded", async () => (await shown()) > had);
    const moved = Math.abs((await topOf(ben.page, read)) - before);
    assert.ok(moved <= STILL_PIXELS, `${moved} px`);
  }
  await ben.page.evaluate(() => (document.querySelector("[aria-label=Messages]").scrollTop = 0));
  for (const text of ["Here", "And here ".repeat(100)]) {
    const { messageId } = await ada.api.send(space, text);
    await ben.page.waitForSelector(`#${messageId}`);
    await topOf(ben.page, messageId);
    assert.equal(await distanceFromEnd(ben.page), 0);
  }
});
