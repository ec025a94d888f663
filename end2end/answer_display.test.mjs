// An answer that grows costs the page little, moves no reader, is announced once, and keeps the focus.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AnswerFixture,
  WORDS,
  button,
  firstWords,
  press,
  waitForText,
  waitUntilPressable,
  wordByWord,
} from "./answer_fixture.mjs";
import { until } from "./assertions.mjs";
import { Gate } from "./provider.mjs";
import { announcements, countDomChanges, distanceFromEnd, recordAnnouncements, topOf } from "./screen.mjs";

const STILL_PIXELS = 2;

const fixture = await AnswerFixture.open();
const { world, proxy, provider, ada, ben } = fixture;

const ask = (...question) => fixture.ask(...question);
const newSpace = (name) => fixture.newSpace(name);

test("a chunk is one small DOM change, however long the answer and however many messages are shown", async () => {
  const { space, sage } = await newSpace("Library");
  const made = {};
  for (const shown of [5, 400]) {
    const before = (await ben.timeline()).length;
    await ada.api.sendMany(space, shown - before - 2, (i) => `Long ago ${i + 1} of ${shown}`);
    await ben.api.readAll(space);
    const gate = new Gate();
    const parts = ["x".repeat(100), "and on", "y".repeat(16_000 - 106), "and on", "and on"];
    provider.play(wordByWord(gate, parts));
    const id = await ask(space, sage, "Grow.");
    await ben.enter(space);
    await ben.loadAll();
    assert.equal((await ben.timeline()).length, shown);
    let length = 0;
    for (const [i, part] of parts.entries()) {
      length += part.length;
      const grown = () => waitForText(ben, id, parts.slice(0, i + 1).join(""));
      const { made: change } = await countDomChanges(ben.page, () => gate.letThrough(), grown);
      if (part === "and on") made[`an answer of ${length}, ${shown} messages shown`] = change;
    }
    gate.open();
    await button(ben, id, "Answer again").waitFor();
  }
  console.log(made);
  const [first, ...others] = Object.values(made);
  assert.deepEqual(first, { records: 1, texts: 1, attributes: 0, added: 0, removed: 0, elements: 0 });
  for (const other of others) assert.deepEqual(other, first);
});

test("chunks that arrive within one frame are drawn together", async () => {
  const { space, sage } = await newSpace("Cinema");
  const gate = new Gate();
  const parts = Array.from({ length: 12 }, (_, i) => `${i} `);
  provider.play(wordByWord(gate, parts));
  const id = await ask(space, sage, "Count.");
  gate.letThrough();
  await Promise.all([ada, ben].map((person) => waitForText(person, id, "0 ")));
  await ben.page.evaluate((id) => {
    const drawn = (window.drawn = []);
    let frame = 0;
    const count = () => (frame++, requestAnimationFrame(count));
    requestAnimationFrame(count);
    const observer = new MutationObserver((records) => records.forEach(() => drawn.push(frame)));
    observer.observe(document.querySelector(`#${id} .content`), { subtree: true, characterData: true });
  }, id);
  // The chunks are produced one by one, and reach Ben all at once.
  proxy.freeze();
  for (let i = 2; i <= parts.length; i++) {
    gate.letThrough();
    await waitForText(ada, id, parts.slice(0, i).join(""));
  }
  proxy.thaw();
  await waitForText(ben, id, parts.join(""));
  const drawn = await ben.page.evaluate(() => window.drawn);
  console.log(`${parts.length - 1} chunks, drawn in ${drawn.length} frames`);
  assert.equal(new Set(drawn).size, drawn.length, "a frame is drawn once");
  assert.ok(drawn.length < parts.length - 1, `drawn ${drawn.length} times`);
  gate.open();
  await button(ben, id, "Answer again").waitFor();
});

test("the view follows a reader at the end, and moves no other reader", async () => {
  const { space, sage } = await newSpace("Tower");
  await ada.api.sendMany(space, 45, (i) => `Line ${i + 1}`);
  const gate = new Gate();
  const parts = Array.from(
    { length: 20 },
    (_, i) => `${"Und noch ein langer Absatz. ".repeat(12)}\n\n${i}\n\n`,
  );
  provider.play(wordByWord(gate, parts));
  const id = await ask(space, sage, "Grow.");
  const grown = async (count) => {
    gate.letThrough();
    await waitForText(ben, id, parts.slice(0, count).join(""));
  };
  for (let count = 1; count <= 6; count++) {
    await grown(count);
    assert.equal(await distanceFromEnd(ben.page), 0, "a reader at the end stays there");
  }
  const inView = await ben.page.evaluate((id) => {
    const [of, within] = [
      document.querySelector(`#${id} .content`),
      document.querySelector("[aria-label=Messages]"),
    ];
    return of.getBoundingClientRect().bottom <= within.getBoundingClientRect().bottom + 60;
  }, id);
  assert.ok(inView, "the last line is in view");

  await ben.page.evaluate(() => (document.querySelector("[aria-label=Messages]").scrollTop = -900));
  const read = await ben.page.evaluate(() => {
    const { top, bottom } = document.querySelector("[aria-label=Messages]").getBoundingClientRect();
    const isSeen = (article) => {
      const of = article.getBoundingClientRect();
      return of.bottom > top && of.top < bottom;
    };
    return [...document.querySelectorAll("article.message")].find(isSeen).id;
  });
  const before = await topOf(ben.page, read);
  for (let count = 7; count <= 14; count++) {
    await grown(count);
    const moved = Math.abs((await topOf(ben.page, read)) - before);
    assert.ok(moved <= STILL_PIXELS, `the message being read moved by ${moved} pixels`);
  }
  assert.ok((await distanceFromEnd(ben.page)) > 900, "the answer grew below the view");
  gate.open();
  await button(ben, id, "Answer again").waitFor();
  const moved = Math.abs((await topOf(ben.page, read)) - before);
  assert.ok(moved <= STILL_PIXELS, `at the end of the answer it moved by ${moved} pixels`);
});

test("an answer is announced once, when it has ended, and never while it grows", async () => {
  const { space, sage } = await newSpace("Radio");
  await recordAnnouncements(ben.page);
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(space, sage, "Speak.");
  for (let count = 1; count <= 9; count++) {
    gate.letThrough();
    await waitForText(ben, id, firstWords(count));
  }
  const question = `Ada: ${sage} Speak.`;
  assert.deepEqual(await announcements(ben.page), [question]);
  gate.letThrough();
  await until("the answer is announced", async () => (await announcements(ben.page)).length > 1);
  assert.deepEqual(await announcements(ben.page), [question, `Sage: ${firstWords(9)}`]);
  // A failure is announced with its reason.
  provider.play((reply) => reply.refuse(500));
  const failed = await ask(space, sage, "Fail.");
  await button(ben, failed, "Try again").waitFor();
  await until("the failure is announced", async () =>
    /had an error/.test((await announcements(ben.page)).at(-1)),
  );
});

test("an answer that was written again is announced again", async () => {
  const { space, sage } = await newSpace("Station");
  await recordAnnouncements(ben.page);
  provider.play((reply) => reply.say("Erstens.").stop());
  const id = await ask(space, sage, "Speak.");
  await until(
    "the answer is announced",
    async () => (await announcements(ben.page)).at(-1) === "Sage: Erstens.",
  );
  for (const words of ["Zweitens.", "Zweitens."]) {
    const heard = (await announcements(ben.page)).length;
    provider.play((reply) => reply.say(words).stop());
    await press(ada, id, "Answer again");
    await until("the new answer is announced", async () => (await announcements(ben.page)).length > heard);
    assert.equal((await announcements(ben.page)).at(-1), `Sage: ${words}`);
  }
});

test("the focus is not lost with the button that was pressed", async () => {
  await ada.enter(world.space);
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(world.space, "@sage", "Where am I?");
  gate.letThrough();
  await waitForText(ada, id, firstWords(1));
  const focused = () => ada.page.evaluate(() => document.activeElement.closest("article")?.id);
  for (const name of ["Stop", "Try again", "Stop"]) {
    await waitUntilPressable(ada, id, name);
    await button(ada, id, name).focus();
    await ada.page.keyboard.press("Enter");
    await button(ada, id, name).waitFor({ state: "detached" });
    assert.equal(await focused(), id, `after ${name}`);
  }
});

test("pressing Stop just as an answer ends does not discard it", async () => {
  await ada.enter(world.space);
  const gate = new Gate();
  provider.play(wordByWord(gate, ["All ", "of it."]));
  const id = await ask(world.space, "@sage", "Quick?");
  gate.letThrough();
  await waitForText(ada, id, "All ");
  await button(ada, id, "Stop").focus();
  const asked = provider.requests.length;
  gate.open();
  await button(ada, id, "Answer again").waitFor();
  // A held key or a second click has no other effect either.
  for (let i = 0; i < 5; i++) await ada.page.keyboard.press("Enter");
  await ada.page.waitForTimeout(300);
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForTimeout(300);
  assert.equal(provider.requests.length, asked);
  await waitForText(ada, id, "All of it.");
});
