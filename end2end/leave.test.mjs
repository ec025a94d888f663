// Who does not belong to a space any more is told so at once, and asks no more.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

/** Longer than the first wait before a reconnect can be: so long a silence is no pause. */
const SILENCE_MILLIS = 2500;

let world, wire, ada, ben, cyd;

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  ada = await world.found("Club");
  ben = await world.invite(ada, "Ben", { url: wire.url });
  cyd = await world.invite(ada, "Cyd", { url: wire.url });
  await ada.say("Welcome");
});

after(async () => {
  await world.close();
  await wire.close();
});

/** Opens the space in a tab of its own, and counts what the tab asks for. */
async function openTab(person) {
  const tab = await person.context.newPage();
  const asked = [];
  tab.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await person.enter(world.space, tab);
  await tab.getByText("Welcome").waitFor();
  return { tab, asked };
}

async function isToldAtOnce({ tab, asked }, act) {
  const before = asked.length;
  await act();
  const began = performance.now();
  await tab.getByRole("heading", { name: "You are not here any more" }).waitFor();
  console.log(`who has gone is told so ${Math.round(performance.now() - began)} ms later`);
  assert.equal(await tab.getByText("Welcome").count(), 0, "nothing of the space is shown any more");
  // This silence is what is tested.
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MILLIS));
  assert.deepEqual(asked.slice(before), [], "the tab asks for nothing more");
}

const bar = (person) => person.page.locator("[aria-label='Who belongs here'] [data-being]");

test("who is removed by the founder is told so at once, and the tab asks no more", async () => {
  const open = await openTab(cyd);
  await cyd.page.goto("about:blank");
  // The guide belongs here, too.
  assert.equal(await bar(ada).count(), 4);
  await isToldAtOnce(open, () => ada.api.ask("DELETE", `/spaces/${world.space}/beings/${cyd.id}`));
  await until("Ada sees three", async () => (await bar(ada).count()) === 3);
  const told = wire.streams
    .map((stream) => stream.events.at(-1))
    // A page that was left at once may have left a stream that said nothing.
    .filter((event) => event?.type === "access-revoked");
  assert.equal(told.length, 1);
  const answer = await cyd.page.goto(`${cyd.url}/spaces/${world.space}`);
  assert.equal(answer.status(), 403);
});

test("nothing that is said afterwards reaches who has gone", async () => {
  const gone = wire.streams.find((stream) => stream.events.at(-1)?.type === "access-revoked");
  await ada.say("Now that we are among us");
  await ben.message("Now that we are among us").waitFor();
  assert.equal(gone.events.at(-1).type, "access-revoked");
  assert.ok(!gone.isOpen);
});

test("who leaves in one tab is told so in the other, and both ask no more", async () => {
  const open = await openTab(ben);
  await ben.page.getByRole("button", { name: "About this space" }).click();
  await ben.page.getByRole("button", { name: "Leave this space" }).click();
  await isToldAtOnce(open, () => ben.page.getByRole("button", { name: "Leave", exact: true }).click());
  await ben.page.getByRole("heading", { name: "My spaces" }).waitFor();
  assert.equal(await ben.page.getByRole("link", { name: "Club" }).count(), 0);
  await until("Ada sees two", async () => (await bar(ada).count()) === 2);
  assert.equal(wire.openStreams.length, 0);
});

test("who is gone and comes back to an old page by the network is not let in", async () => {
  const { url } = await ada.api.ask("POST", `/spaces/${world.space}/invites`);
  await ben.page.goto(wire.url + new URL(url).pathname);
  await ben.page.getByRole("button", { name: "Join Club" }).click();
  await ben.page.waitForURL("**/spaces/*");
  const open = await openTab(ben);
  wire.cut();
  await open.tab.locator(".link-sign.shown").waitFor();
  await ada.api.ask("DELETE", `/spaces/${world.space}/beings/${ben.id}`);
  wire.mend();
  await open.tab.getByRole("heading", { name: "You are not here any more" }).waitFor({ timeout: 30_000 });
});

test("who signs out in one tab is led to the door in the other", async () => {
  const { url } = await ada.api.ask("POST", `/spaces/${world.space}/invites`);
  await ben.page.goto(wire.url + new URL(url).pathname);
  await ben.page.getByRole("button", { name: "Join Club" }).click();
  await ben.page.waitForURL("**/spaces/*");
  const open = await openTab(ben);
  await ben.page.goto(wire.url);
  await ben.page.getByRole("button", { name: "Sign out" }).click();
  await open.tab.waitForURL("**/sign-in?next=**");
});
