// A reader anywhere in a long history: a window that opens around a message, pages both ways, and meets what is
// live without a gap or a repeat. The page holds a bounded number of messages, and the view never jumps.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertSameTimeline, until } from "./assertions.mjs";
import { distanceFromEnd } from "./screen.mjs";
import { World } from "./world.mjs";

const ALL = 1000;
const SHOWN_MAX = 500;
const STILL_PIXELS = 2;

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} }, { space: "Archive" });
await ada.api.sendMany(world.space, ALL, (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 60)}`);
const truth = await ada.api.truth(world.space);
const { id: newest } = truth.at(-1);

const readUpTo = (upTo, more) => ben.api.request("PUT", `/spaces/${world.space}/read`, { upTo, ...more });
const open = (at) => ben.page.goto(`${ben.url}/spaces/${world.space}${at ? `?at=${at}` : ""}`);
const isInView = (id) =>
  ben.page.evaluate((id) => {
    const message = document.getElementById(id);
    if (!message) return false;
    const { top, bottom } = message.querySelector(".content").getBoundingClientRect();
    const view = document.querySelector("[aria-label=Messages]").getBoundingClientRect();
    return bottom > view.top && top < view.bottom;
  }, id);
const toEnd = () => ben.page.getByRole("button", { name: /To the newest message/ });
const notice = () => ben.page.locator(".notice");

/** Scrolls one way until nothing more comes, and returns what was shown, how many at once, and the largest jump. */
const walk = (way) =>
  ben.page.evaluate(async (way) => {
    const scroller = document.querySelector("[aria-label=Messages]");
    const frame = () => new Promise(requestAnimationFrame);
    const messages = () => [...scroller.querySelectorAll("article.message")];
    const seen = new Set();
    const more = way < 0 ? ".earlier" : ".later";
    let [most, jump, still] = [0, 0, 0];
    while (still < 20) {
      const shown = messages();
      most = Math.max(most, shown.length);
      for (const { id } of shown) seen.add(id);
      // The message in the middle of the view moves as far as the view is scrolled, and no further.
      const view = scroller.getBoundingClientRect();
      const middle = document.elementFromPoint(view.left + view.width / 2, view.top + view.height / 2);
      const article = middle?.closest(".message");
      const message = article?.querySelector(".content");
      // The header of a message goes where it turns out to follow another.
      const grouping = article?.className;
      const before = message?.getBoundingClientRect().top;
      for (let i = 0; i < 3; i++) await frame();
      if (message?.isConnected && article.className === grouping) jump = Math.max(jump, Math.abs(message.getBoundingClientRect().top - before));
      const place = scroller.scrollTop;
      scroller.scrollTop += way * 0.9 * scroller.clientHeight;
      await frame();
      const isAtEnd = Math.abs(scroller.scrollTop - place) < 1;
      still = isAtEnd && !scroller.querySelector(more) ? still + 1 : 0;
      if (isAtEnd) scroller.dispatchEvent(new Event("scroll"));
    }
    return { ids: [...seen], most, jump };
  }, way);

test("a permalink opens the window around its message, and marks that", async () => {
  await readUpTo(newest);
  const { id } = truth[ALL / 2];
  await open(id);
  await until("it is in view", () => isInView(id));
  await ben.page.locator(`#${id}.marked`).waitFor();
  assert.ok((await ben.timeline()).length <= 50);
});

test("what is said meanwhile is not lost: it is there at the newest", async () => {
  const { messageId } = await ada.api.send(world.space, "Meanwhile");
  await until("it is counted", async () => /1 unread/.test(await toEnd().getAttribute("aria-label")));
  assert.equal(await ben.message("Meanwhile").count(), 0);
  await toEnd().click();
  await ben.message("Meanwhile").waitFor();
  await until("the end is in view", async () => (await distanceFromEnd(ben.page)) === 0 && (await isInView(messageId)));
  const shown = await ben.timeline();
  assertSameTimeline(shown, (await ada.api.truth(world.space)).slice(-shown.length), "Ben");
});

test("from a window, one scrolls on to the first message and to the newest", async () => {
  await open(truth[ALL / 2].id);
  await until("the window is there", () => isInView(truth[ALL / 2].id));
  const up = await walk(-1);
  const down = await walk(1);
  console.log(
    `${up.most} and ${down.most} messages on the page at most; the view moved ${up.jump.toFixed(2)} and ${down.jump.toFixed(2)} px at most`,
  );
  const all = (await ada.api.truth(world.space)).map(({ id }) => id);
  const number = (id) => Number(id.slice(4));
  const met = [...new Set([...up.ids, ...down.ids])].sort((one, other) => number(one) - number(other));
  assert.deepEqual(met, all);
  assert.ok(up.most <= SHOWN_MAX && down.most <= SHOWN_MAX, `${up.most}, ${down.most}`);
  assert.ok(up.jump <= STILL_PIXELS && down.jump <= STILL_PIXELS, `${up.jump}, ${down.jump} px`);
  const shown = await ben.timeline();
  assertSameTimeline(shown, (await ada.api.truth(world.space)).slice(-shown.length), "Ben");
});

test("from the newest, one scrolls up to the first, and the view does not jump where messages are let go", async () => {
  await ben.enter(world.space);
  const { most, jump } = await walk(-1);
  assert.ok(most <= SHOWN_MAX && jump <= STILL_PIXELS, `${most}, ${jump} px`);
  assert.equal((await ben.timeline())[0].id, truth[0].id);
  await ben.page.keyboard.press("Escape");
  await ben.say("From far up");
  await until("the end is shown to who has sent something", async () => (await distanceFromEnd(ben.page)) === 0 && (await ben.message("From far up").count()) === 1);
});

test("a space with much unread opens at its first, and reading goes on from there", async () => {
  const at = truth[ALL - 400];
  await readUpTo(at.id, { unread: true });
  await ben.enter(world.space);
  const first = ben.page.locator(".first-unread");
  await until("the line is in view", async () => (await first.count()) === 1 && (await isInView(await first.getAttribute("id"))));
  assert.equal(await first.getAttribute("id"), truth[ALL - 399].id);
  const entry = async () => (await ben.api.request("GET", "/spaces")).find(({ space }) => space.id === world.space);
  assert.ok(await entry());
  await until("99+ are counted", async () => /99\+ unread/.test(await toEnd().getAttribute("aria-label")));
});

test("a message that is gone is said, and what stood around it is shown", async () => {
  await readUpTo(newest);
  const { messageId } = await ada.api.send(world.space, "Soon gone");
  await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
  const { id } = truth[ALL / 2];
  await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${id}`);
  await open(id);
  await notice().filter({ hasText: "not here any more" }).waitFor();
  await until("its neighbour is shown", async () => (await ben.page.locator(`#${truth[ALL / 2 + 1].id}`).count()) === 1);
  await open(messageId);
  await notice().filter({ hasText: "not here any more" }).waitFor();
  await open("nonsense");
  await ben.page.locator(`#${(await ada.api.truth(world.space)).at(-1).id}`).waitFor();
  assert.equal(await notice().count(), 0);
});
