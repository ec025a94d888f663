// A page that slept trusts no socket: it asks for its stream anew, once, and is told what it missed
// and no more. And it does not ask a server that said when before that.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { allAgree, until } from "./agree.mjs";
import { SENDS, STREAMS } from "./api.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

const HOUR_MILLIS = 3_600_000;
const LONG_AGO = 400;
const PAGE = 50;
/** What stands around what is said: the head of the answer, its chunks, the space and who is in it. */
const AROUND_MAX_BYTES = 2500;
const CREATED_MAX_BYTES = 300;
/** Longer than the first wait before a reconnect can be: so long a silence is no pause. */
const SILENCE_MILLIS = 2500;
const RETRY_AFTER_SECONDS = 3;

let world, wire, ada, ben;

before(async () => {
  // The browser's own cache of pages, which a driver turns off, is a part of the game.
  world = await World.open({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  wire = await Proxy.to(world.server);
  ada = await world.found("Garden");
  ben = await world.invite(ada, "Ben", { url: wire.url });
  await ben.context.addInitScript(sleepily);
  await ada.page.goto("about:blank");
  await ada.api.sendMany(world.space, LONG_AGO, (i) => `Long ago ${i + 1}`);
});

after(async () => {
  await world.close();
  await wire.close();
});

/** Lets a test say how late it is, and whether the page is shown. */
function sleepily() {
  const { now } = Date;
  window.slept = 0;
  window.isShown = true;
  Date.now = () => now() + window.slept;
  Object.defineProperty(document, "visibilityState", { get: () => (window.isShown ? "visible" : "hidden") });
  const signs = {
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
  window.play = (...names) => names.forEach((name) => signs[name]());
}

const play = ({ page }, ...signs) => page.evaluate((signs) => window.play(...signs), signs);

const isLive = () => {
  const open = wire.openStreams;
  return open.length > 0 && open.at(-1).events.some(({ type }) => type === "caught-up");
};

/** Ben's page, open and live, with nothing shown but what is newest. */
async function enter() {
  await ben.enter(world.space);
  await until("the page is live", isLive);
  // A page that has just come to life keeps and loads this and that.
  await ben.page.waitForLoadState("networkidle");
}

/** The page does not run, its socket dies without a word, and an hour goes by. */
async function sleep() {
  wire.strand();
  await ben.page.evaluate((millis) => (window.slept += millis), HOUR_MILLIS);
}

/** What the page asks for from here on. */
function listen(page) {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  return asked;
}

test("twenty messages that were missed cost what they say, and little more", async () => {
  await enter();
  await play(ben, "hidden");
  await sleep();
  await ada.api.sendMany(world.space, 20, (i) => `Missed by one asleep ${i + 1}`);
  const [asked, received, opened] = [listen(ben.page), wire.received, wire.streams.length];
  const began = performance.now();
  await play(ben, "shown");
  const last = (await ada.api.truth(world.space)).at(-1);
  await ben.page.waitForFunction((id) => document.getElementById(id), last.id, { polling: 10 });
  const took = Math.round(performance.now() - began);
  await until("the page is live", isLive);
  const bytes = wire.received - received;
  const { events } = wire.streams.at(-1);
  const created = events.filter(({ type }) => type === "intention-created");
  console.log(`20 missed: shown ${took} ms after the page was, ${bytes} bytes in all`);
  assert.deepEqual(asked, ["/api/stream"], "nothing else is asked for");
  assert.equal(wire.streams.length, opened + 1);
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

test("a message that was missed, and edited often, is told once, as it is", async () => {
  await enter();
  await sleep();
  const { messageId } = await ada.api.send(world.space, "Written while one slept");
  for (let i = 1; i <= 10; i++) {
    const content = `Written and edited ${i} times while one slept`;
    await ada.api.ask("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content });
  }
  await play(ben, "shown");
  await ben.message("Written and edited 10 times").waitFor();
  await until("the page is live", isLive);
  assert.deepEqual(
    wire.streams.at(-1).events.map(({ type }) => type),
    ["intention-created", "caught-up"],
  );
});

test("three hundred messages that were missed cost one view of the space", async () => {
  await enter();
  await play(ben, "hidden");
  await sleep();
  await ada.api.sendMany(world.space, 300, (i) => `Missed by one asleep for long ${i + 1}`);
  const [asked, received, opened] = [listen(ben.page), wire.received, wire.streams.length];
  const began = performance.now();
  await play(ben, "shown");
  const truth = await ada.api.truth(world.space);
  const last = truth.at(-1).id;
  await ben.page.waitForFunction((id) => document.getElementById(id), last, { polling: 10 });
  const took = Math.round(performance.now() - began);
  await until("the page is live", isLive);
  const bytes = wire.received - received;
  console.log(`300 missed: shown ${took} ms after the page was, ${bytes} bytes in all`);
  assert.deepEqual(asked, ["/api/stream"], "nothing else is asked for");
  assert.equal(wire.streams.length, opened + 1);
  const [sync, ...rest] = wire.streams.at(-1).events;
  assert.equal(sync.type, "space-sync");
  assert.deepEqual(
    rest.map(({ type }) => type),
    ["caught-up"],
  );
  assert.equal(sync.intentions.length, PAGE);
  const said = sync.intentions.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const allowed = said + PAGE * CREATED_MAX_BYTES + AROUND_MAX_BYTES;
  assert.ok(bytes <= allowed, `${bytes} bytes, ${allowed} are allowed`);
  assert.deepEqual(
    (await ben.timeline()).map(({ id }) => id),
    truth.slice(-PAGE).map(({ id }) => id),
  );
});

const awakenings = {
  "it is shown, restored, and the network is back": ["shown", "restored", "online"],
  "the network is back, it is restored and shown": ["online", "restored", "shown"],
  "it is shown twice, and the network comes and goes": ["shown", "online", "hidden", "shown", "online"],
};
for (const [how, signs] of Object.entries(awakenings)) {
  test(`a page that wakes up asks for one stream, once, when ${how}`, async () => {
    await enter();
    await play(ben, "hidden");
    await sleep();
    const { content } = await ada.api.send(world.space, `Missed until ${how}`);
    const opened = wire.streams.length;
    await play(ben, ...signs);
    await ben.message(content).waitFor();
    // This silence is what is tested.
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MILLIS));
    assert.equal(wire.streams.length, opened + 1);
    assert.equal(wire.openStreams.length, 1, "the dead one is given up");
  });
}

test("a page that is shown and live before the network says that it is back asks for one stream", async () => {
  await enter();
  await play(ben, "hidden");
  await sleep();
  const opened = wire.streams.length;
  await play(ben, "shown");
  await until("it has asked", () => wire.streams.length > opened);
  await until("the page is live", isLive);
  await play(ben, "online");
  await ada.api.send(world.space, "Said to one who is back twice");
  await ben.message("Said to one who is back twice").waitFor();
  assert.equal(wire.streams.length, opened + 1);
});

test("a page that looked away for a moment keeps its stream", async () => {
  await enter();
  const opened = wire.streams.length;
  for (let i = 0; i < 3; i++) await play(ben, "hidden", "shown");
  await ada.api.send(world.space, "Said to one who looked away");
  await ben.message("Said to one who looked away").waitFor();
  assert.equal(wire.streams.length, opened);
});

test("a page that is put away gives up its stream, and asks for it once when it is back", async () => {
  await enter();
  await play(ben, "hidden", "gone");
  await until("it gave its stream up", () => wire.openStreams.length === 0);
  await ben.page.evaluate((millis) => (window.slept += millis), HOUR_MILLIS);
  await ada.api.send(world.space, "Said to one who was put away");
  const opened = wire.streams.length;
  await play(ben, "restored", "shown", "online");
  await ben.message("Said to one who was put away").waitFor();
  await until("the page is live", isLive);
  assert.equal(wire.streams.length, opened + 1);
  await ben.say("Said by one who is back");
  await ben.outboxIsEmpty();
});

test("a page that the browser really put away is told what it missed when one goes back to it", async () => {
  await enter();
  await ben.page.evaluate(() => {
    window.isTheSame = true;
    addEventListener("pageshow", ({ persisted }) => (window.wasPutAway = persisted));
  });
  await ben.page.getByRole("link", { name: "Help" }).click();
  await ben.page.waitForURL("**/help");
  await until("it gave its stream up", () => wire.openStreams.length === 0);
  await ada.api.send(world.space, "Said to one who read the help");
  const opened = wire.streams.length;
  await ben.page.evaluate(() => history.back());
  await ben.message("Said to one who read the help").waitFor();
  assert.deepEqual(await ben.page.evaluate(() => [window.isTheSame, window.wasPutAway]), [true, true]);
  await until("the page is live", isLive);
  assert.equal(wire.streams.length, opened + 1);
  assert.deepEqual(
    wire.streams.at(-1).events.map(({ type }) => type),
    ["intention-created", "caught-up"],
  );
  await ben.say("Said by one who has read it");
  await ben.outboxIsEmpty();
});

test("tabs that wake up all at once ask for one stream, and all have what they missed", async () => {
  await enter();
  const tabs = [ben, await ben.openTab(), await ben.openTab()];
  for (const tab of tabs) await play(tab, "hidden");
  await sleep();
  for (const tab of tabs) await tab.page.evaluate((millis) => (window.slept = millis), HOUR_MILLIS);
  await ada.api.sendMany(world.space, 150, (i) => `Missed by all of them ${i + 1}`);
  const opened = wire.streams.length;
  await Promise.all(tabs.map((tab) => play(tab, "online", "shown")));
  const truth = (await ada.api.truth(world.space)).slice(-PAGE).map(({ id }) => id);
  for (const tab of tabs) {
    await until("a tab is level", async () => {
      const shown = (await tab.timeline()).slice(-PAGE).map(({ id }) => id);
      return String(shown) === String(truth);
    });
  }
  assert.equal(wire.streams.length, opened + 1);
  for (const tab of tabs.slice(1)) await tab.page.close();
});

const busy = {
  status: 503,
  headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
  json: { error: { code: "busy", message: "Not now." } },
};

test("a server that cannot now, and says when it can, is not asked for the stream before", async () => {
  await enter();
  const asked = [];
  for (const what of [STREAMS, "**/api/spaces"]) {
    await ben.page.route(what, (route) => {
      asked.push({ what, at: performance.now() });
      return route.fulfill(busy);
    });
  }
  wire.cut();
  wire.mend();
  await until("it has said when", () => asked.some(({ what }) => what === "**/api/spaces"));
  const told = asked.at(-1).at;
  await until("it is asked again", () => asked.at(-1).at > told);
  const waited = (asked.find(({ at }) => at > told).at - told) / 1000;
  console.log(
    `told to come back in ${RETRY_AFTER_SECONDS} s, a page asks again after ${waited.toFixed(1)} s`,
  );
  assert.ok(waited >= RETRY_AFTER_SECONDS, `${waited} s`);
  await ben.page.unroute(STREAMS);
  await ben.page.unroute("**/api/spaces");
  await until("the page is live", isLive, { within: 30_000 });
});

test("a server that cannot take a message now is not asked before it said, though more is written", async () => {
  await enter();
  const asked = [];
  await ben.page.route(SENDS, (route) => {
    asked.push(performance.now());
    return asked.length === 1 ? route.fulfill(busy) : route.continue();
  });
  await ben.say("Written to one who is busy");
  await until("it has said when", () => asked.length > 0);
  await ben.pending().waitFor();
  await ben.say("And one thing more");
  await ben.outboxIsEmpty();
  await ben.page.unroute(SENDS);
  const waited = (asked[1] - asked[0]) / 1000;
  console.log(
    `told to come back in ${RETRY_AFTER_SECONDS} s, a message goes out again after ${waited.toFixed(1)} s`,
  );
  assert.ok(waited >= RETRY_AFTER_SECONDS, `${waited} s`);
  const said = (await ada.api.truth(world.space)).slice(-2).map(({ text }) => text);
  assert.deepEqual(said, ["Written to one who is busy", "And one thing more"]);
});

test("in the end it holds all that was said, once", async () => {
  await allAgree(world.space, [ben]);
});
