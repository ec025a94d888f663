// What is new in the spaces that a person does not look at, what mentions them, and what they have read.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { openOffline, endOutage, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: WITH_SERVICE_WORKER });
const garden = world.space;
const { id: attic } = await ada.api.request("POST", "/spaces", { name: "Attic" });
const invite = await ada.api.request("POST", `/spaces/${attic}/invites`);
await ben.api.request("POST", `/invites/${invite.token}`);

const mark = (reader, space) => reader.page.locator(`.spaces a[href$="${space}"] .unread`);
const shows = (reader, space, words) =>
  until(`${reader.name} sees "${words}" at ${space}`, async () => {
    const marks = mark(reader, space);
    return words ? (await marks.count()) === 1 && (await marks.getAttribute("aria-label")) === words : !(await marks.count());
  });
const isAtEnd = (reader) =>
  reader.page.locator(".scroller").evaluate((scroller) => scroller.scrollTop > -40);

test("what is said in another space is counted, and what mentions the reader has a mark", async () => {
  await ben.enter(garden);
  await shows(ben, attic, null);
  await ada.api.send(attic, "Something up here");
  await shows(ben, attic, "1 unread");
  assert.equal(await ben.page.title(), "Garden · Rhizome");
  await ada.api.send(attic, "@ben, come and see");
  await shows(ben, attic, "2 unread, 1 mention");
  await until("the title counts it", async () => (await ben.page.title()) === "(1) Garden · Rhizome");
  assert.equal(await ben.page.locator(".spaces a").first().getAttribute("href"), `/spaces/${attic}`);
});

test("a page has the counts before any script has run", async () => {
  const answer = await fetch(`${ben.url}/spaces/${garden}`, { headers: { cookie: ben.api.cookie } });
  assert.match(await answer.text(), /aria-label="2 unread, 1 mention"/);
});

test("reading on one device clears it on the other", async (t) => {
  const other = await world.onDevice(t, ben, { space: garden });
  await shows(other, attic, "2 unread, 1 mention");
  await ben.enter(attic);
  await shows(other, attic, null);
  await shows(ben, attic, null);
  await until("the title is plain", async () => (await other.page.title()) === "Garden · Rhizome");
});

test("a space opens at the line before the first unread message, and what is below it is counted", async () => {
  await ben.enter(garden);
  for (let i = 1; i <= 30; i++) await ada.api.send(attic, `Step ${i}\n\nof the stairs`);
  await shows(ben, attic, "30 unread");
  await ben.enter(attic);
  const first = ben.page.locator(".first-unread");
  await until("it is in view", () =>
    first.evaluate((message) => {
      const { top } = message.getBoundingClientRect();
      return top >= 0 && top < innerHeight;
    }),
  );
  assert.match(await first.innerText(), /Step 1\b/);
  assert.equal(await isAtEnd(ben), false);
  const button = ben.page.getByRole("button", { name: /^To the newest message, \d+ unread$/ });
  await button.click();
  await shows(ben, attic, null);
  await until("it is at the end", () => isAtEnd(ben));
  assert.match(await first.innerText(), /Step 1\b/);
});

test("what arrives at the end of a visible page is never unread", async () => {
  const marks = await ben.page.evaluateHandle(() => {
    const seen = [];
    const list = document.querySelector(".spaces");
    new MutationObserver((changes) => seen.push(...changes.map(({ type }) => type))).observe(list, {
      childList: true,
      subtree: true,
      characterData: true,
      attributes: true,
    });
    return seen;
  });
  await ada.api.send(attic, "And one more");
  await ben.message("And one more").waitFor();
  const read = async () => {
    const answer = await fetch(`${ben.url}/`, { headers: { cookie: ben.api.cookie } });
    return !/unread/.test(await answer.text());
  };
  await until("the server knows it", read);
  assert.deepEqual(await marks.jsonValue(), []);
});

test("a space of which one wants to hear nothing is quiet", async () => {
  await ben.enter(attic);
  await ben.page.getByRole("button", { name: "About this space" }).click();
  await ben.page.getByLabel("Tell me about").selectOption("nothing");
  await ben.page.locator(`.spaces a[href$="${attic}"] .muted`).waitFor({ state: "attached" });
  await ben.enter(garden);
  await ada.api.send(attic, "@ben, are you there?");
  await ada.api.send(garden, "Down here");
  await ben.message("Down here").waitFor();
  await shows(ben, attic, null);
  await ben.api.request("PUT", `/spaces/${attic}/level`, { level: "mentions" });
  await shows(ben, attic, "1 unread, 1 mention");
});

test("the list is there without the network, as it was last", async () => {
  await ben.waitUntilOfflineReady();
  await ben.waitUntilStored("Down here");
  await until("the inbox is stored", async () => {
    const stored = (await ben.stored("visits"))[`${ben.id} inbox`];
    return stored?.includes('"mentions":1');
  });
  await startOutage(world, ben);
  await openOffline(ben, `/spaces/${garden}`);
  await shows(ben, attic, "1 unread, 1 mention");
  await endOutage(world, ben);
});
