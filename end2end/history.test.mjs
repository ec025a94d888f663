// Earlier pages load above the message being read, which does not move.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { until } from "./assertions.mjs";
import { distanceFromEnd, topOf } from "./screen.mjs";
import { World } from "./world.mjs";

const ALL = 500;
const PAGE = 50;
const STILL_PIXELS = 2;

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} }, { space: "Archive" });
// Messages of many heights, so that a view does not keep its position by chance.
await ada.api.sendMany(world.space, ALL, (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 60)}`);
await ben.api.readAll(world.space);

beforeEach(() => ben.enter(world.space));

/**
 * Scrolls to `above` pixels below the top, and returns the position of the text of the topmost whole
 * message: of its text, because its header disappears once it follows another message of the same person.
 */
const scrollTo = (above) =>
  ben.page.evaluate((above) => {
    const scroller = document.querySelector("[aria-label=Messages]");
    scroller.scrollTop = above - (scroller.scrollHeight - scroller.clientHeight);
    const top = scroller.getBoundingClientRect().top;
    const inView = [...scroller.querySelectorAll("article.message")].find(
      (article) => article.getBoundingClientRect().top >= top,
    );
    return { id: inView.id, y: inView.querySelector(".content").getBoundingClientRect().top };
  }, above);

const shown = () => ben.page.locator("article.message").count();

const more = (than) =>
  ben.page.waitForFunction((than) => document.querySelectorAll("article.message").length > than, than);

test("a page opens at its end, with the newest message in view", async () => {
  assert.equal(await distanceFromEnd(ben.page), 0);
  const [{ id }] = (await ada.api.truth(world.space)).slice(-1);
  const isInView = await ben.page.evaluate((id) => {
    const [message, scroller] = [
      document.getElementById(id),
      document.querySelector("[aria-label=Messages]"),
    ];
    const [of, within] = [message.getBoundingClientRect(), scroller.getBoundingClientRect()];
    return of.top >= within.top && of.bottom <= within.bottom;
  }, id);
  assert.ok(isInView);
});

test("earlier pages load on scrolling up, and the view does not jump", async () => {
  const jumps = [];
  // Near the top, at the very top, and at the button that loads earlier messages.
  for (const above of [700, 300, 40, 0, 500, 0]) {
    const before = await shown();
    const anchor = await scrollTo(above);
    await more(before);
    jumps.push(Math.abs((await topOf(ben.page, anchor.id)) - anchor.y));
  }
  console.log(
    `loading an earlier page moves the view by ${Math.max(...jumps).toFixed(2)} px at most, in ${jumps.length} loads`,
  );
  assert.ok(
    jumps.every((jump) => jump <= STILL_PIXELS),
    `${jumps} px`,
  );
  assert.equal(await shown(), PAGE * 7);
});

test("the mouse wheel loads earlier pages, and the view moves only with the wheel", async () => {
  await ben.page.getByRole("region", { name: "Messages" }).hover();
  const before = await shown();
  await until("an earlier page has loaded", async () => {
    await ben.page.mouse.wheel(0, -400);
    return (await shown()) > before;
  });
  // The wheel's scroll may still be going on, so each place is read in one turn with how far it went.
  const place = (id) =>
    ben.page.evaluate(async (id) => {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      const scroller = document.querySelector("[aria-label=Messages]");
      const middle = scroller.getBoundingClientRect().top + scroller.clientHeight / 2;
      const textOf = (article) => article.querySelector(".content").getBoundingClientRect();
      const message = id
        ? document.getElementById(id)
        : [...scroller.querySelectorAll("article.message")].find((article) => textOf(article).top >= middle);
      return { id: message.id, inContent: textOf(message).top + scroller.scrollTop };
    }, id);
  const still = await place(null);
  const later = await place(still.id);
  const moved = Math.abs(later.inContent - still.inContent);
  assert.ok(moved <= STILL_PIXELS, `${moved} px`);
});

test("a reader who has scrolled up is not moved by a new message", async () => {
  // Far enough from the top that no page loads during the test.
  const anchor = await scrollTo(1500);
  assert.ok((await distanceFromEnd(ben.page)) > 200, "Ben has scrolled up");
  const jumps = [];
  for (const text of Array.from({ length: 30 }, (_, i) => "and on ".repeat(1 + ((i * 37) % 100)))) {
    const { messageId } = await ada.api.send(world.space, text);
    await ben.page.waitForSelector(`#${messageId}`, { state: "attached" });
    jumps.push(Math.abs((await topOf(ben.page, anchor.id)) - anchor.y));
  }
  console.log(
    `30 new messages move a reader who has scrolled up by ${Math.max(...jumps).toFixed(2)} px at most`,
  );
  assert.ok(
    jumps.every((jump) => jump <= STILL_PIXELS),
    `${jumps} px`,
  );
});

test("a reader at the end follows", async () => {
  for (const text of ["Here", "And here ".repeat(100)]) {
    const { messageId } = await ada.api.send(world.space, text);
    await ben.page.waitForSelector(`#${messageId}`);
    await topOf(ben.page, messageId);
    assert.equal(await distanceFromEnd(ben.page), 0);
  }
});
