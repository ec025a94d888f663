// Earlier pages come in front of what is read, and nothing that is read moves.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { sameTimeline, until } from "./agree.mjs";
import { fromEnd, topOf } from "./screen.mjs";
import { World } from "./world.mjs";

const ALL = 2000;
const PAGE = 50;
const STILL_PIXELS = 2;

let world, ada, ben;

before(async () => {
  world = await World.open();
  ada = await world.found("Archive");
  ben = await world.invite(ada, "Ben");
  // Of many heights, so that a view that only happens to stand still is found out.
  await ada.api.sendMany(world.space, ALL, (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 60)}`);
});

beforeEach(() => ben.enter(world.space));

after(() => world.close());

/**
 * Scrolls to `above` pixels below the top, and tells where the text of the topmost whole message then
 * stands. Its text, because its head goes away once it follows another of the same person.
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
  assert.equal(await fromEnd(ben.page), 0);
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
  // Near the top, at the very top, and at the button that says the same in words.
  for (const above of [700, 300, 40, 0, 500, 0]) {
    const before = await shown();
    const anchor = await scrollTo(above);
    await more(before);
    jumps.push(Math.abs((await topOf(ben.page, anchor.id)) - anchor.y));
  }
  console.log(
    `a page in front moves the view by ${Math.max(...jumps).toFixed(2)} px at most, in ${jumps.length} loads`,
  );
  assert.ok(
    jumps.every((jump) => jump <= STILL_PIXELS),
    `${jumps} px`,
  );
  assert.equal(await shown(), PAGE * 7);
});

test("the wheel of a mouse loads earlier pages, and the view moves with the wheel only", async () => {
  await ben.page.getByRole("region", { name: "Messages" }).hover();
  const before = await shown();
  await until("an earlier page is there", async () => {
    await ben.page.mouse.wheel(0, -400);
    return (await shown()) > before;
  });
  const still = await ben.page.evaluate(() => {
    const scroller = document.querySelector("[aria-label=Messages]");
    const [top, middle] = [scroller.getBoundingClientRect().top, scroller.clientHeight / 2];
    const inView = [...scroller.querySelectorAll("article.message")].find(
      (article) => article.getBoundingClientRect().top >= top + middle,
    );
    const y = inView.querySelector(".content").getBoundingClientRect().top;
    return { id: inView.id, y, turned: scroller.scrollTop };
  });
  const y = await topOf(ben.page, still.id);
  const turned = await ben.page.evaluate(() => document.querySelector("[aria-label=Messages]").scrollTop);
  // The wheel may still be running out.
  assert.ok(Math.abs(y - still.y + (turned - still.turned)) <= STILL_PIXELS);
});

test("all 2,000 are loaded in the end, in order, each once", async () => {
  const began = performance.now();
  await ben.loadAll();
  console.log(`all ${ALL} loaded in ${Math.round(performance.now() - began)} ms`);
  sameTimeline(await ben.timeline(), await ada.api.truth(world.space), "Ben");
  assert.equal(await ben.page.getByRole("button", { name: /earlier/ }).count(), 0);
});

test("a reader who has scrolled up is not moved by a new message", async () => {
  // Far enough from the top that no page loads meanwhile.
  const anchor = await scrollTo(1500);
  assert.ok((await fromEnd(ben.page)) > 200, "Ben has scrolled up");
  const jumps = [];
  for (const text of Array.from({ length: 30 }, (_, i) => "and on ".repeat(1 + ((i * 37) % 100)))) {
    const { messageId } = await ada.api.send(world.space, text);
    await ben.page.waitForSelector(`#${messageId}`, { state: "attached" });
    jumps.push(Math.abs((await topOf(ben.page, anchor.id)) - anchor.y));
  }
  console.log(`30 new messages move who has scrolled up by ${Math.max(...jumps).toFixed(2)} px at most`);
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
    assert.equal(await fromEnd(ben.page), 0);
  }
});
