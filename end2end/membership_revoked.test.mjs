// A person whose membership ends is told at once, and the tab sends no further request.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

/** Longer than the longest first backoff, so that this silence cannot be a wait before a reconnect. */
const SILENCE_MILLIS = 2500;

const { world, proxy, ada, ben, cyd } = await World.meet({ Ada: {}, Ben: BEHIND_PROXY, Cyd: BEHIND_PROXY }, { space: "Club" });
await ada.say("Welcome");
// A page that opens before the message arrives would also show it in its live region.
await ben.message("Welcome").waitFor();

/** Opens the space in a tab of its own, and records the tab's requests. */
async function openTab(person) {
  const tab = await person.context.newPage();
  const asked = [];
  tab.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await person.enter(world.space, tab);
  await tab.getByText("Welcome").waitFor();
  await until("the tab has loaded what it loads when idle", () => asked.includes("/colours.js"));
  return { tab, asked };
}

async function assertToldAtOnce({ tab, asked }, act) {
  const before = asked.length;
  await act();
  const began = performance.now();
  await tab.getByRole("heading", { name: "You're no longer in Club" }).waitFor();
  console.log(`a removed member is told ${Math.round(performance.now() - began)} ms later`);
  assert.equal(await tab.getByText("Welcome").count(), 0, "nothing of the space is shown any more");
  // The test is that nothing happens in this time.
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MILLIS));
  assert.deepEqual(asked.slice(before), [], "the tab sends no further request");
}

const bar = (person) => person.page.locator(".member-bar [data-being]");

test("a member whom the owner removes is told at once, and the tab sends no further request", async () => {
  const open = await openTab(cyd);
  await cyd.page.goto("about:blank");
  // From here on the tab leads: its own stream is not a further request.
  await until("the tab has its stream", () => open.asked.includes("/api/stream"));
  // The guide is a member too.
  assert.equal(await bar(ada).count(), 4);
  await assertToldAtOnce(open, () => ada.api.request("DELETE", `/spaces/${world.space}/beings/${cyd.id}`));
  await until("Ada sees three members", async () => (await bar(ada).count()) === 3);
  const revocations = proxy.streams
    .map((stream) => stream.events.at(-1))
    // A page that was left at once may have opened a stream that carried no event.
    .filter((event) => event?.type === "access-revoked");
  assert.equal(revocations.length, 1);
  const answer = await cyd.page.goto(`${cyd.url}/spaces/${world.space}`);
  assert.equal(answer.status(), 403);
});

test("no later message reaches a removed member", async () => {
  const gone = proxy.streams.find((stream) => stream.events.at(-1)?.type === "access-revoked");
  await ada.say("Now that we are among us");
  await ben.message("Now that we are among us").waitFor();
  assert.equal(gone.events.at(-1).type, "access-revoked");
  assert.ok(!gone.isOpen);
});

test("a member who leaves in one tab is told in the other, and both send no further request", async () => {
  const open = await openTab(ben);
  await ben.page.getByRole("button", { name: "About this space" }).click();
  await ben.page.getByRole("button", { name: "Leave this space" }).click();
  await assertToldAtOnce(open, () => ben.page.getByRole("button", { name: "Leave", exact: true }).click());
  await ben.page.getByRole("heading", { name: "My spaces" }).waitFor();
  assert.equal(await ben.page.getByRole("link", { name: "Club" }).count(), 0);
  await until("Ada sees two members", async () => (await bar(ada).count()) === 2);
  assert.equal(proxy.openStreams.length, 0);
});

test("a member removed while disconnected is refused on reconnecting", async () => {
  const { url } = await ada.api.request("POST", `/spaces/${world.space}/invites`);
  await ben.page.goto(proxy.url + new URL(url).pathname);
  await ben.page.getByRole("button", { name: "Join Club" }).click();
  await ben.page.waitForURL("**/spaces/*");
  const open = await openTab(ben);
  proxy.cut();
  await open.tab.locator(".connection-status.shown").waitFor();
  await ada.api.request("DELETE", `/spaces/${world.space}/beings/${ben.id}`);
  proxy.restore();
  await open.tab.getByRole("heading", { name: "You're no longer in Club" }).waitFor({ timeout: 30_000 });
});

test("signing out in one tab leads to the sign-in page in the other", async () => {
  const { url } = await ada.api.request("POST", `/spaces/${world.space}/invites`);
  await ben.page.goto(proxy.url + new URL(url).pathname);
  await ben.page.getByRole("button", { name: "Join Club" }).click();
  await ben.page.waitForURL("**/spaces/*");
  const open = await openTab(ben);
  await ben.page.goto(proxy.url);
  await ben.page.getByRole("button", { name: "Sign out" }).click();
  await open.tab.waitForURL("**/sign-in?next=**");
});
