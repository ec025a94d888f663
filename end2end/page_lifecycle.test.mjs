// A page that slept trusts no socket: it requests its stream again, once, and receives what it missed and
// no more.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

const HOUR_MILLIS = 3_600_000;
const LONG_AGO = 400;
/** The overhead of a response: its head, its chunks, the space and its members. */
const AROUND_MAX_BYTES = 2500;
const CREATED_MAX_BYTES = 300;

// These tests need the back/forward cache, which the driver turns off by default.
const browser = { ignoreDefaultArgs: ["--disable-back-forward-cache"] };
const { world, proxy, ada, ben } = await World.meet({ Ada: {}, Ben: BEHIND_PROXY }, { browser });
await ben.context.addInitScript(fakeSleep);
await ada.page.goto("about:blank");
await ada.api.sendMany(world.space, LONG_AGO, (i) => `Long ago ${i + 1}`);
await ben.api.readAll(world.space);

/** Lets a test set the clock and the visibility of the page. */
function fakeSleep() {
  const { now } = Date;
  window.slept = 0;
  window.isShown = true;
  Date.now = () => now() + window.slept;
  Object.defineProperty(document, "visibilityState", { get: () => (window.isShown ? "visible" : "hidden") });
  const events = {
    hidden: () => {
      window.isShown = false;
      document.dispatchEvent(new Event("visibilitychange"));
    },
    shown: () => {
      window.isShown = true;
      document.dispatchEvent(new Event("visibilitychange"));
    },
    gone: () => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })),
    restored: () => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
    online: () => dispatchEvent(new Event("online")),
  };
  window.play = (...names) => names.forEach((name) => events[name]());
}

const play = ({ page }, ...events) => page.evaluate((events) => window.play(...events), events);

const isLive = () => {
  const open = proxy.openStreams;
  return open.length > 0 && open.at(-1).events.some(({ type }) => type === "caught-up");
};

/** Opens Ben's page, and waits until it is live; it shows only the newest messages. */
async function enter() {
  await ben.enter(world.space);
  await until("the page is live", isLive);
  // A page that has just gone live still stores and loads data.
  await ben.page.waitForLoadState("networkidle");
}

/** The page sleeps: its socket dies silently, and an hour passes. */
async function sleep() {
  proxy.blackholeStreams();
  await ben.page.evaluate((millis) => (window.slept += millis), HOUR_MILLIS);
}

/** Records the paths that the page requests from now on. */
function recordRequests(page) {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  return asked;
}

test("a page that wakes up requests one stream, once, and receives the content of what it missed and little more", async () => {
  await enter();
  await play(ben, "hidden");
  await sleep();
  await ada.api.sendMany(world.space, 20, (i) => `Missed by one asleep ${i + 1}`);
  const [asked, received, opened] = [recordRequests(ben.page), proxy.receivedBytes, proxy.streams.length];
  const began = performance.now();
  await play(ben, "shown", "restored", "online");
  const last = (await ada.api.truth(world.space)).at(-1);
  await ben.page.waitForFunction((id) => document.getElementById(id), last.id, { polling: 10 });
  const took = Math.round(performance.now() - began);
  await until("the page is live", isLive);
  const bytes = proxy.receivedBytes - received;
  const { events } = proxy.streams.at(-1);
  const created = events.filter(({ type }) => type === "intention-created");
  console.log(`20 missed: shown ${took} ms after the page became visible, ${bytes} bytes in all`);
  // The page says that it has read what is in view.
  const others = asked.filter((path) => !path.endsWith("/read"));
  assert.deepEqual(others.sort(), ["/api/inbox", "/api/stream"], "nothing else is asked for");
  assert.equal(proxy.streams.length, opened + 1);
  assert.deepEqual(
    events.map(({ type }) => type),
    [...created.map(({ type }) => type), "caught-up"],
  );
  assert.equal(created.length, 20);
  let allowed = AROUND_MAX_BYTES;
  for (const { bytes, data } of created) {
    const due = Buffer.byteLength(data.content) + CREATED_MAX_BYTES;
    assert.ok(bytes <= due, `${bytes} bytes for ${data.content}`);
    allowed += due;
  }
  assert.ok(bytes <= allowed, `${bytes} bytes, ${allowed} are allowed`);
});

test("a page that the browser really cached receives what it missed when it is restored", async () => {
  await enter();
  await ben.page.evaluate(() => {
    window.isTheSame = true;
    addEventListener("pageshow", ({ persisted }) => (window.wasCached = persisted));
  });
  await ben.page.getByRole("link", { name: "Help" }).click();
  await ben.page.waitForURL("**/help");
  await until("the page has closed its stream", () => proxy.openStreams.length === 0);
  await ada.api.send(world.space, "Said to one who read the help");
  const opened = proxy.streams.length;
  await ben.page.evaluate(() => history.back());
  await ben.message("Said to one who read the help").waitFor();
  assert.deepEqual(await ben.page.evaluate(() => [window.isTheSame, window.wasCached]), [true, true]);
  await until("the page is live", isLive);
  assert.equal(proxy.streams.length, opened + 1);
  assert.deepEqual(
    proxy.streams.at(-1).events.map(({ type }) => type),
    ["intention-created", "caught-up"],
  );
  await ben.say("Said by one who has read it");
  await ben.waitForEmptyOutbox();
});
