// Three people in one space see the same at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertSameTimeline, until } from "./assertions.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

/** A loaded machine may take this long; the measured time is printed. */
const CAP_MILLIS = 30_000;

const { world, proxy, ada, ben, cyd } = await World.meet({ Ada: {}, Ben: BEHIND_PROXY, Cyd: {} });

/** Waits until every page shows it; prints how long the last page took after the writer's. */
async function seenByAll(what, isSeen) {
  const within = { timeout: CAP_MILLIS, polling: 10 };
  await isSeen(ada, within);
  const began = performance.now();
  await Promise.all([ben, cyd].map((person) => isSeen(person, within)));
  const took = Math.round(performance.now() - began);
  console.log(`${what}: seen by all ${took} ms after its author saw it`);
}

const shows = (text) => (person, within) =>
  person.page.waitForFunction(
    (text) => [...document.querySelectorAll("article.message .content")].some((c) => c.textContent === text),
    text,
    within,
  );

const hides = (text) => (person, within) =>
  person.page.waitForFunction(
    (text) => ![...document.querySelectorAll("article.message .content")].some((c) => c.textContent === text),
    text,
    within,
  );

const bar = (person) =>
  person.page.evaluate(() =>
    [...document.querySelectorAll(".member-bar [data-being]")].map(
      (being) => `${being.dataset.being} ${being.title}`,
    ),
  );

test("a message is seen by all at once", async () => {
  await ada.say("Good morning");
  await seenByAll("a message", shows("Good morning"));
});

test("an edit is seen by all at once", async () => {
  await ada.edit("Good morning", "Good evening");
  await seenByAll("an edit", shows("Good evening"));
  for (const person of [ada, ben, cyd]) {
    await person.message("Good evening").getByText("edited").waitFor();
    assert.equal((await person.timeline()).length, 1);
  }
});

test("a delete is seen by all at once", async () => {
  await ada.remove("Good evening");
  await seenByAll("a delete", hides("Good evening"));
  for (const person of [ada, ben, cyd]) assert.deepEqual(await person.timeline(), []);
});

test("a new name of a person is seen by all at once, on earlier messages too", async () => {
  await ada.say("Who am I?");
  await seenByAll("another message", shows("Who am I?"));
  const home = await ada.context.newPage();
  await home.goto(ada.url);
  await home.getByRole("textbox", { name: "Your name" }).fill("Ada Lovelace");
  await home.getByRole("button", { name: "Save" }).click();
  await seenByAll("a person's new name", (person, within) =>
    person.page.waitForFunction(
      () =>
        document.querySelector("[data-being='@ada']").title === "Ada Lovelace" &&
        document.querySelector("article.message .author").textContent === "Ada Lovelace",
      null,
      within,
    ),
  );
  await home.close();
});

test("a new name of the space is seen by all at once", async () => {
  const settings = await ada.context.newPage();
  await settings.goto(`${ada.url}/spaces/${world.space}/settings`);
  await settings.getByLabel("Name", { exact: true }).fill("Orchard");
  await settings.getByRole("button", { name: "Save" }).click();
  await seenByAll("the space's new name", (person, within) =>
    person.page.waitForFunction(
      () => document.querySelector("h1").textContent === "Orchard" && document.title.startsWith("Orchard"),
      null,
      within,
    ),
  );
  await settings.close();
});

test("the bar shows the members, and opening or closing pages changes nothing in it", async () => {
  const members = ["@ada Ada Lovelace", "@ben Ben", "@cyd Cyd", "@guide Guide"];
  for (const person of [ada, ben, cyd]) assert.deepEqual(await bar(person), members);

  await ben.page.evaluate(() => {
    window.barChanges = 0;
    const observer = new MutationObserver((records) => (window.barChanges += records.length));
    const everything = { childList: true, subtree: true, characterData: true, attributes: true };
    observer.observe(document.querySelector(".member-bar"), everything);
  });
  const events = proxy.openStreams.at(-1).events.length;
  const another = await cyd.context.newPage();
  await cyd.enter(world.space, another);
  await another.close();
  await cyd.page.goto("about:blank");
  await cyd.enter(world.space);
  // Any event about that would arrive before this message.
  await cyd.say("I was never away");
  await shows("I was never away")(ben, { timeout: CAP_MILLIS });
  assert.equal(await ben.page.evaluate(() => window.barChanges), 0);
  assert.deepEqual(await bar(ben), members);
  const types = proxy.openStreams
    .at(-1)
    .events.slice(events)
    .map(({ type }) => type);
  assert.deepEqual(types, ["intention-created"], "no other event was sent");
});
