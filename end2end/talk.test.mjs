// Three people in one space see the same, at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sameTimeline, until } from "./agree.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

/** A noisy machine may take so long; what it took is printed. */
const CAP_MILLIS = 30_000;

let world, wire, ada, ben, cyd;

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  ada = await world.found("Garden");
  ben = await world.invite(ada, "Ben", { url: wire.url });
  cyd = await world.invite(ada, "Cyd");
});

after(async () => {
  await world.close();
  await wire.close();
});

/** Waits until everybody's page says so; tells how long the last took behind the first who saw it. */
async function seenByAll(what, isSeen) {
  const within = { timeout: CAP_MILLIS, polling: 10 };
  await isSeen(ada, within);
  const began = performance.now();
  await Promise.all([ben, cyd].map((person) => isSeen(person, within)));
  const took = Math.round(performance.now() - began);
  console.log(`${what}: seen by all ${took} ms after its writer`);
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
    [...document.querySelectorAll("[aria-label='Who belongs here'] [data-being]")].map(
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

test("a new name of a person is seen by all at once, on what they said too", async () => {
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
  await ada.page.getByRole("button", { name: "About this space" }).click();
  await ada.page.getByRole("textbox", { name: "Space name" }).fill("Orchard");
  await ada.page.getByRole("button", { name: "Rename" }).click();
  await seenByAll("the space's new name", (person, within) =>
    person.page.waitForFunction(
      () => document.querySelector("h1").textContent === "Orchard" && document.title.startsWith("Orchard"),
      null,
      within,
    ),
  );
  await ada.page.getByRole("button", { name: "Close" }).click();
});

test("what all say at the same time stands in the same order everywhere", async () => {
  const people = [ada, ben, cyd];
  await Promise.all(
    people.map(async (person) => {
      for (let i = 1; i <= 10; i++) await person.say(`${person.name} says ${i}`);
    }),
  );
  await until("all 31 are everywhere", async () => {
    const lengths = await Promise.all(people.map(async (person) => (await person.timeline()).length));
    return lengths.every((length) => length === 31);
  });
  const truth = await ada.api.truth(world.space);
  for (const person of people) {
    sameTimeline(await person.timeline(), truth, person.name);
    const said = truth.filter(({ owner }) => owner === person.id).map(({ text }) => text);
    const wrote = Array.from({ length: 10 }, (_, i) => `${person.name} says ${i + 1}`);
    assert.deepEqual(
      said.filter((text) => text.includes("says")),
      wrote,
    );
  }
});

test("the bar shows who belongs, and coming and going of pages changes nothing in it", async () => {
  const everybody = ["@ada Ada Lovelace", "@ben Ben", "@cyd Cyd", "@guide Guide"];
  for (const person of [ada, ben, cyd]) assert.deepEqual(await bar(person), everybody);

  await ben.page.evaluate(() => {
    window.barChanges = 0;
    const observer = new MutationObserver((records) => (window.barChanges += records.length));
    const everything = { childList: true, subtree: true, characterData: true, attributes: true };
    observer.observe(document.querySelector("[aria-label='Who belongs here']"), everything);
  });
  const events = wire.openStreams.at(-1).events.length;
  const another = await cyd.context.newPage();
  await cyd.enter(world.space, another);
  await another.close();
  await cyd.page.goto("about:blank");
  await cyd.enter(world.space);
  // Whatever would be told of that comes before this message does.
  await cyd.say("I was never away");
  await shows("I was never away")(ben, { timeout: CAP_MILLIS });
  assert.equal(await ben.page.evaluate(() => window.barChanges), 0);
  assert.deepEqual(await bar(ben), everybody);
  const told = wire.openStreams
    .at(-1)
    .events.slice(events)
    .map(({ type }) => type);
  assert.deepEqual(told, ["intention-created"], "nothing else was told");
});
