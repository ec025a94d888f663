// The tabs of one browser that show the same space, by real Web Locks and a real Broadcast Channel: one tab
// leads, and the others follow. `app/client/tests/devices/` simulates what can happen between them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { SENDS, refusal } from "./api.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";
import { locksOf } from "./web_locks.mjs";

/** A tab that is not told would request the stream only after 35 s of silence. The time is printed. */
const NEXT_LEADER_MAX_MILLIS = 15_000;
const WAIT = { timeout: 30_000 };

const { world, proxy, ada, ben } = await World.meet({ Ada: BEHIND_PROXY, Ben: {} });
// A page outside the space, from which the locks of all tabs are read.
await ada.page.goto(`${ada.url}/help`);

const requests = [];
ada.context.on("request", (request) => {
  const { pathname } = new URL(request.url());
  // What a tab has read, it says beside them.
  const isChange = request.method() !== "GET" && /^\/api\/spaces\/.*(?<!\/read)$/.test(pathname);
  if (isChange) requests.push(`${request.method()} ${request.postDataJSON()?.content ?? ""}`);
});

const allShow = (tabs, text) => Promise.all(tabs.map((tab) => tab.exactMessage(text).first().waitFor(WAIT)));
const oneStream = () => until("one stream serves all", () => proxy.openStreams.length === 1);

/** Three tabs, the leading one first; they are closed after the test. */
async function openTabs(t) {
  const tabs = [];
  t.after(() => Promise.all(tabs.map(({ page }) => page.close().catch(() => {}))));
  while (tabs.length < 3) {
    const tab = await ada.openTab(world.space);
    tab.lock = (await locksOf(tab.page)).clientId;
    tabs.push(tab);
  }
  await oneStream();
  assert.equal(await leaderOf(tabs), tabs[0]);
  requests.length = 0;
  return tabs;
}

/** The tab that holds the lock, according to the browser. */
async function leaderOf(tabs) {
  const { held } = await locksOf(ada.page);
  const lock = held.find(({ name }) => name === `${ada.id} ${world.space} `);
  return tabs.find((tab) => tab.lock === lock?.clientId);
}

/** Waits until another tab requests the stream. */
async function waitForNextLeader(how) {
  const before = proxy.streams.length;
  const isRequested = () => proxy.streams.length > before;
  const took = await until("another tab requests the stream", isRequested, { every: 2 });
  console.log(`when the leading tab ${how}, the next one requests the stream ${took} ms later`);
  assert.ok(took <= NEXT_LEADER_MAX_MILLIS, `${took} ms`);
}

/** Each tab shows what the space holds, each message once. */
async function assertUpToDate(tabs) {
  for (const tab of tabs) await tab.waitForEmptyOutbox();
  const truth = (await ben.api.truth(world.space)).map(({ text }) => text);
  for (const tab of tabs) {
    await until("a tab is up to date", async () => String(await tab.texts()) === String(truth));
  }
}

test("the tabs share one stream, and a change in a following tab is sent once and shown in all", async (t) => {
  const tabs = await openTabs(t);
  await ben.api.send(world.space, "Good morning to all tabs");
  await allShow(tabs, "Good morning to all tabs");
  const [, follower] = tabs;
  // A background tab gets few frames, and a click waits for them.
  await follower.page.bringToFront();
  await follower.say("From behind");
  await allShow(tabs, "From behind");
  await follower.edit("From behind", "Edited from behind");
  await allShow(tabs, "Edited from behind");
  await follower.remove("Edited from behind");
  for (const tab of tabs) await tab.exactMessage("Edited from behind").waitFor({ state: "detached" });
  await assertUpToDate(tabs);
  assert.deepEqual(requests, ["POST From behind", "PATCH Edited from behind", "DELETE "]);
  assert.equal(proxy.openStreams.length, 1);
});

test("a pending message, a refusal and a draft are the same in all tabs, and in one that opens later", async (t) => {
  const tabs = await openTabs(t);
  await ada.context.route(SENDS, (route) => route.abort());
  await tabs[1].say("Not yet sent");
  for (const tab of tabs) await tab.pending("Not yet sent").waitFor();
  await tabs[2].composer.fill("Half a thought");
  await tabs[2].waitUntilStored("Half a thought", "drafts");
  const later = await ada.openTab(world.space);
  t.after(() => later.page.close());
  await later.pending("Not yet sent").waitFor();
  const allSay = (text) =>
    until(`all say "${text}"`, async () => {
      const values = await Promise.all([...tabs, later].map((tab) => tab.composer.inputValue()));
      return values.every((value) => value === text);
    });
  await allSay("Half a thought");
  await later.composer.fill("A thought");
  await allSay("A thought");
  await ada.context.unroute(SENDS);
  await allShow([...tabs, later], "Not yet sent");

  await ada.context.route(SENDS, (route) => route.fulfill(refusal("This cannot be said here.")));
  await tabs[1].say("Refused");
  await allSay("");
  const refused = (tab) => tab.pending("This cannot be said here.");
  for (const tab of tabs) await refused(tab).waitFor();
  await ada.context.unroute(SENDS);
  await refused(tabs[2]).getByRole("button", { name: "Discard" }).click();
  for (const tab of tabs) await refused(tab).waitFor({ state: "detached" });
  await assertUpToDate([...tabs, later]);
});

const terminations = {
  "is closed": (tab) => tab.page.close(),
  crashes: async (tab) => {
    const devtools = await tab.context.newCDPSession(tab.page);
    const crashed = tab.page.waitForEvent("crash", WAIT);
    devtools.send("Page.crash").catch(() => {});
    await crashed;
  },
};
for (const [how, terminate] of Object.entries(terminations)) {
  test(`when the leading tab ${how}, the browser gives its lock to another: nothing is missed or sent twice`, async (t) => {
    const [leader, ...tabs] = await openTabs(t);
    const written = Array.from({ length: 10 }, (_, i) => `Written as it ${how} ${i + 1}`);
    const write = async () => {
      for (const text of written) await tabs[0].say(text);
    };
    await Promise.all([waitForNextLeader(how), write(), terminate(leader)]);
    await ben.api.send(world.space, `Said since it ${how}`);
    await allShow(tabs, `Said since it ${how}`);
    await assertUpToDate(tabs);
    assert.ok(await leaderOf(tabs), "one of the others leads");
    const said = (await ben.api.truth(world.space)).map(({ text }) => text);
    assert.deepEqual(said.filter((text) => text.startsWith("Written as")).slice(-10), written);
    // Only a request that was in flight is sent again.
    assert.ok(requests.length <= written.length + 1, `${requests}`);
    await oneStream();
  });
}

test("a leading tab that is frozen loses its lock to a visible one, and catches up once it runs again", async (t) => {
  const [leader, shown, other] = await openTabs(t);
  const devtools = await leader.context.newCDPSession(leader.page);
  await devtools.send("Debugger.enable");
  const paused = new Promise((resolve) => devtools.once("Debugger.paused", resolve));
  await devtools.send("Debugger.pause");
  leader.page.evaluate(() => {}).catch(() => {});
  await paused;
  const next = waitForNextLeader("is frozen");
  await shown.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await next;
  assert.equal(await leaderOf([leader, shown, other]), shown);
  await shown.say("Written while it is frozen");
  await allShow([shown, other], "Written while it is frozen");
  await devtools.send("Debugger.resume");
  await devtools.detach();
  await assertUpToDate([leader, shown, other]);
  await oneStream();
});

test("without Web Locks and a Broadcast Channel each tab leads for itself, and sends what is written in it", async () => {
  const cyd = await world.invite(ben, "Cyd", { url: proxy.url });
  await cyd.context.addInitScript(() => {
    delete Navigator.prototype.locks;
    delete globalThis.BroadcastChannel;
  });
  await cyd.page.goto("about:blank");
  await until("no stream is open", () => proxy.openStreams.length === 0);
  await cyd.enter(world.space);
  const other = Object.assign(Object.create(cyd), { page: await cyd.context.newPage() });
  await other.enter(world.space);
  const tabs = [cyd, other];
  await until("each has its stream", () => proxy.openStreams.length === 2);
  const sent = [];
  cyd.context.on("request", (request) => request.method() === "POST" && sent.push(request.postDataJSON().content));
  await cyd.say("Cyd's first");
  await other.say("Cyd's second");
  for (const text of ["Cyd's first", "Cyd's second"]) await allShow(tabs, text);
  await assertUpToDate(tabs);
  assert.deepEqual(sent.sort(), ["Cyd's first", "Cyd's second"]);
  await cyd.page.close();
  await ben.api.send(world.space, "One is left");
  await allShow([other], "One is left");
  await cyd.context.close();
});
