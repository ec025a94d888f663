// AI beings that answer: everybody sees the same text grow, whatever happens to their page, their
// cable or the server; it can be stopped and had anew; and it costs the page little.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sameTimeline, until } from "./agree.mjs";
import { Gate, Provider, bring } from "./provider.mjs";
import { Proxy } from "./proxy.mjs";
import { changes, fromEnd, listen, spoken, topOf } from "./screen.mjs";
import { World } from "./world.mjs";

const STILL_PIXELS = 2;

let world, wire, provider, ada, ben, cyd;

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  provider = await Provider.open();
  ada = await world.found("Garden");
  ben = await world.invite(ada, "Ben", { url: wire.url });
  cyd = await world.invite(ada, "Cyd");
  assert.equal(await bring(ada, world.space, "Sage", provider), "@sage");
});

after(async () => {
  await world.close();
  await wire.close();
  await provider.close();
});

/** A space of its own, so that nothing else is said in it. */
async function another(name, people = [ada, ben]) {
  const space = (await people[0].api.ask("POST", "/spaces", { name })).id;
  for (const guest of people.slice(1)) {
    const { token } = await people[0].api.ask("POST", `/spaces/${space}/invites`);
    await guest.api.ask("POST", `/invites/${token}`);
  }
  const sage = await bring(people[0], space, "Sage", provider);
  for (const person of people) await person.enter(space);
  return { space, sage };
}

/** Asks through the API; the answer's id, which is the position after its question's. */
async function ask(space, sage, what, who = ada) {
  const { messageId } = await who.api.send(space, `${sage} ${what}`);
  return `msg_${Number(messageId.split("_")[1]) + 1}`;
}

const answer = (person, id, page = person.page) => page.locator(`article#${id}`);

const text = (person, id, page = person.page) =>
  page.evaluate((id) => document.querySelector(`#${id} .content`)?.textContent ?? null, id);

const shows = (person, id, expected, page = person.page) =>
  until(
    `${person.name} sees ${expected.slice(-40)}`,
    async () => (await text(person, id, page)) === expected,
  );

const mark = (person, id) => answer(person, id).locator(".mark").innerText();

const button = (person, id, name) => answer(person, id).getByRole("button", { name });

/** By a pointer what can be done to a message shows on hover. */
async function press(person, id, name) {
  await answer(person, id).hover();
  await hears(person, id, name);
  await button(person, id, name).click();
}

/** A button whose meaning has just changed is deaf for half a second. */
async function hears(person, id, name) {
  await button(person, id, name).waitFor();
  await person.page.waitForTimeout(600);
}

/** Says one word for each pass of the gate, and comes to its end with the last. */
const wordByWord = (gate, words) => async (voice) => {
  for (const word of words) {
    await gate.pass();
    voice.say(word);
  }
  await gate.pass();
  voice.stop();
};

const WORDS = ["Ein ", "Wort ", "gibt ", "das ", "andere: ", "🌱 ", "so ", "wächst ", "es."];
const upTo = (count) => WORDS.slice(0, count).join("");

test("a stranger's first space has a guide, and it answers", async () => {
  await ada.say("@guide how do I invite somebody?");
  const guides = ada.page.locator("article.message[data-owner='@guide']");
  await guides.getByRole("button", { name: "Answer again" }).waitFor();
  assert.match(await guides.locator(".content").innerText(), /invite/i);
  assert.equal(await guides.count(), 1);
});

test("all see the same text grow, who reloads and who goes offline in the middle too", async () => {
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(world.space, "@sage", "How does it grow?");
  for (let count = 1; count <= 3; count++) {
    gate.letThrough();
    await Promise.all([ada, ben, cyd].map((person) => shows(person, id, upTo(count))));
  }
  assert.equal(await mark(cyd, id), "writing…");

  // Ben's cable goes; he keeps what he has, and the others go on.
  await ben.context.setOffline(true);
  wire.cut();
  await ben.sign.waitFor();
  gate.letThrough();
  await shows(ada, id, upTo(4));
  // The page is there with the text so far before any script has run.
  const [html] = await Promise.all([
    fetch(`${cyd.url}/spaces/${world.space}`, { headers: { cookie: cyd.api.cookie } }).then((a) => a.text()),
    cyd.enter(world.space),
  ]);
  assert.ok(html.includes(upTo(4).trim()), "the page holds the text so far");
  await shows(cyd, id, upTo(4));
  gate.letThrough(2);
  await Promise.all([ada, cyd].map((person) => shows(person, id, upTo(6))));
  assert.equal(await text(ben, id), upTo(3), "nothing reaches who is offline");

  wire.mend();
  await ben.context.setOffline(false);
  await shows(ben, id, upTo(6));
  gate.open();
  await Promise.all([ada, ben, cyd].map((person) => shows(person, id, upTo(9))));
  for (const person of [ada, ben, cyd]) await button(person, id, "Answer again").waitFor();
  const truth = await ada.api.truth(world.space);
  for (const person of [ada, ben, cyd]) sameTimeline(await person.timeline(), truth, person.name);
});

test("closing the page of who asked stops nothing", async () => {
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const tab = await ada.openTab();
  await tab.say("@sage Still there?");
  gate.letThrough(2);
  const newest = ben.page.locator("article.message").last();
  await until("it grows", async () => (await newest.locator(".content").textContent()) === upTo(2));
  await tab.page.close();
  gate.open();
  await shows(ben, await newest.getAttribute("id"), upTo(9));
  assert.equal(provider.asked.at(-1).left, null);
});

test("who stops it stops it for all, at one and the same length, and at the provider", async () => {
  const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
  provider.play(async (voice) => {
    while (voice.isHeard) {
      voice.say("und so weiter ");
      await tick();
    }
  });
  const id = await ask(world.space, "@sage", "Go on for ever.");
  await until("it grows", async () => ((await text(ben, id))?.length ?? 0) > 300);
  await answer(ben, id).hover();
  const began = performance.now();
  await button(ben, id, "Stop").click();
  const asked = provider.asked.at(-1);
  await until("the provider is left alone", () => asked.left !== null);
  const took = Math.round(asked.left - began);
  console.log(`from the click on Stop to the end at the provider: ${took} ms`);
  await Promise.all([ada, ben, cyd].map((person) => button(person, id, "Try again").waitFor()));
  const { text: kept } = (await ada.api.truth(world.space)).find((row) => row.id === id);
  for (const person of [ada, ben, cyd]) {
    assert.equal(await text(person, id), kept, person.name);
    assert.equal(await mark(person, id), "stopped");
  }
  // Nothing comes after.
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const person of [ada, ben, cyd]) assert.equal(await text(person, id), kept);
});

test("the server is killed in the middle: what was seen is there, and it can be tried again", async () => {
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(world.space, "@sage", "Until the end.");
  gate.letThrough(5);
  await Promise.all([ada, ben].map((person) => shows(person, id, upTo(5))));
  await world.server.kill();
  await Promise.all([ada, ben].map((person) => person.sign.waitFor()));
  await world.server.start();
  await Promise.all([ada, ben].map((person) => person.sign.waitFor({ state: "hidden", timeout: 30_000 })));
  for (const person of [ada, ben]) {
    await button(person, id, "Try again").waitFor();
    assert.equal(await mark(person, id), "failed");
    assert.equal(await text(person, id), upTo(5));
    assert.match(await answer(person, id).innerText(), /Interrupted: .* Try again\./);
    assert.equal(await button(person, id, "Stop").count(), 0);
  }
  await cyd.enter(world.space);
  assert.equal(await mark(cyd, id), "failed");

  gate.open();
  await press(ada, id, "Try again");
  await Promise.all([ada, ben, cyd].map((person) => shows(person, id, upTo(9))));
  for (const person of [ada, ben, cyd]) {
    await button(person, id, "Answer again").waitFor();
    assert.doesNotMatch(await answer(person, id).innerText(), /Interrupted/);
  }
});

test("each failure is told in words, and a new try follows in its place", async () => {
  const failures = [
    [(voice) => voice.refuse(401), /does not accept the key/],
    [(voice) => voice.refuse(429, { "retry-after": "3600" }), /is busy/],
    [(voice) => voice.refuse(500), /had an error/],
    [(voice) => voice.refuse(404), /does not take the request/],
    [(voice) => voice.say("Halb ").hangUp(), /connection to its provider broke/],
    [(voice) => voice.stop(), /without a word/],
    [(voice) => voice.say("Halb ").stop("length"), /did not come to an end/],
  ];
  for (const [script, words] of failures) {
    provider.play(script);
    const id = await ask(world.space, "@sage", "Well?");
    for (const person of [ada, ben]) {
      await button(person, id, "Try again").waitFor();
      assert.match(await answer(person, id).innerText(), words);
      assert.equal(await mark(person, id), "failed");
    }
    provider.play((voice) => voice.say("Besser.").stop());
    await press(ben, id, "Try again");
    await Promise.all([ada, ben].map((person) => shows(person, id, "Besser.")));
    await button(ada, id, "Answer again").waitFor();
  }
});

test("another answer takes the place of the first, for all", async () => {
  provider.play((voice) => voice.say("Erstens.").stop());
  const id = await ask(world.space, "@sage", "And?");
  await Promise.all([ada, ben].map((person) => button(person, id, "Answer again").waitFor()));
  await ada.api.send(world.space, "Something else since.");
  await ben.message("Something else since.").last().waitFor();
  const before = (await ben.timeline()).map((row) => row.id);
  const gate = new Gate();
  provider.play(wordByWord(gate, ["Zwei", "tens."]));
  await press(ada, id, "Answer again");
  await Promise.all([ada, ben].map((person) => shows(person, id, "")));
  gate.letThrough();
  await Promise.all([ada, ben].map((person) => shows(person, id, "Zwei")));
  await button(ben, id, "Stop").waitFor();
  gate.open();
  await Promise.all([ada, ben].map((person) => shows(person, id, "Zweitens.")));
  await Promise.all([ada, ben].map((person) => button(person, id, "Answer again").waitFor()));
  assert.equal(await mark(ben, id), "", "it is new, and was not edited");
  const after = (await ben.timeline()).map((row) => row.id);
  assert.deepEqual(after, before, "it stands where it stood");
});

test("a portion is one small change, however long the answer and however much is shown", async () => {
  const { space, sage } = await another("Library");
  const made = {};
  for (const shown of [5, 500]) {
    const before = (await ben.timeline()).length;
    await ada.api.sendMany(space, shown - before - 2, (i) => `Long ago ${i + 1} of ${shown}`);
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
      const grown = () => shows(ben, id, parts.slice(0, i + 1).join(""));
      const { made: change } = await changes(ben.page, () => gate.letThrough(), grown);
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

test("portions that arrive within one frame are drawn together", async () => {
  const { space, sage } = await another("Cinema");
  const gate = new Gate();
  const parts = Array.from({ length: 12 }, (_, i) => `${i} `);
  provider.play(wordByWord(gate, parts));
  const id = await ask(space, sage, "Count.");
  gate.letThrough();
  await Promise.all([ada, ben].map((person) => shows(person, id, "0 ")));
  await ben.page.evaluate((id) => {
    const drawn = (window.drawn = []);
    let frame = 0;
    const count = () => (frame++, requestAnimationFrame(count));
    requestAnimationFrame(count);
    const observer = new MutationObserver((records) => records.forEach(() => drawn.push(frame)));
    observer.observe(document.querySelector(`#${id} .content`), { subtree: true, characterData: true });
  }, id);
  // They come one by one, and reach Ben all at once.
  wire.freeze();
  for (let i = 2; i <= parts.length; i++) {
    gate.letThrough();
    await shows(ada, id, parts.slice(0, i).join(""));
  }
  wire.thaw();
  await shows(ben, id, parts.join(""));
  const drawn = await ben.page.evaluate(() => window.drawn);
  console.log(`${parts.length - 1} portions, drawn in ${drawn.length} frames`);
  assert.equal(new Set(drawn).size, drawn.length, "a frame is drawn once");
  assert.ok(drawn.length < parts.length - 1, `drawn ${drawn.length} times`);
  gate.open();
  await button(ben, id, "Answer again").waitFor();
});

test("the view follows who reads at the end, and moves nobody else", async () => {
  const { space, sage } = await another("Tower");
  await ada.api.sendMany(space, 45, (i) => `Line ${i + 1}`);
  const gate = new Gate();
  const parts = Array.from({ length: 20 }, (_, i) => `${"Und noch ein langer Absatz. ".repeat(12)}\n\n${i}\n\n`);
  provider.play(wordByWord(gate, parts));
  const id = await ask(space, sage, "Grow.");
  const grown = async (count) => {
    gate.letThrough();
    await shows(ben, id, parts.slice(0, count).join(""));
  };
  for (let count = 1; count <= 6; count++) {
    await grown(count);
    assert.equal(await fromEnd(ben.page), 0, "who is at the end stays there");
  }
  const inView = await ben.page.evaluate((id) => {
    const [of, within] = [document.querySelector(`#${id} .content`), document.querySelector("[aria-label=Messages]")];
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
    assert.ok(moved <= STILL_PIXELS, `what is read moved by ${moved} pixels`);
  }
  assert.ok((await fromEnd(ben.page)) > 900, "it grew below");
  gate.open();
  await button(ben, id, "Answer again").waitFor();
  const moved = Math.abs((await topOf(ben.page, read)) - before);
  assert.ok(moved <= STILL_PIXELS, `at its end it moved by ${moved} pixels`);
});

test("a screen reader hears an answer once, when it has ended, and never while it grows", async () => {
  const { space, sage } = await another("Radio");
  await listen(ben.page);
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(space, sage, "Speak.");
  for (let count = 1; count <= 9; count++) {
    gate.letThrough();
    await shows(ben, id, upTo(count));
  }
  const question = `Ada: ${sage} Speak.`;
  assert.deepEqual(await spoken(ben.page), [question]);
  gate.letThrough();
  await until("it is said", async () => (await spoken(ben.page)).length > 1);
  assert.deepEqual(await spoken(ben.page), [question, `Sage: ${upTo(9)}`]);
  // What failed is said with its reason.
  provider.play((voice) => voice.refuse(500));
  const failed = await ask(space, sage, "Fail.");
  await button(ben, failed, "Try again").waitFor();
  await until("the failure is said", async () => /had an error/.test((await spoken(ben.page)).at(-1)));
});

test("an answer that was written anew is said anew", async () => {
  const { space, sage } = await another("Station");
  await listen(ben.page);
  provider.play((voice) => voice.say("Erstens.").stop());
  const id = await ask(space, sage, "Speak.");
  await until("it is said", async () => (await spoken(ben.page)).at(-1) === "Sage: Erstens.");
  for (const words of ["Zweitens.", "Zweitens."]) {
    const heard = (await spoken(ben.page)).length;
    provider.play((voice) => voice.say(words).stop());
    await press(ada, id, "Answer again");
    await until("the new one is said", async () => (await spoken(ben.page)).length > heard);
    assert.equal((await spoken(ben.page)).at(-1), `Sage: ${words}`);
  }
});

test("the focus is not lost with the button that was pressed", async () => {
  await ada.enter(world.space);
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(world.space, "@sage", "Where am I?");
  gate.letThrough();
  await shows(ada, id, upTo(1));
  const focused = () => ada.page.evaluate(() => document.activeElement.closest("article")?.id);
  for (const name of ["Stop", "Try again", "Stop"]) {
    await hears(ada, id, name);
    await button(ada, id, name).focus();
    await ada.page.keyboard.press("Enter");
    await button(ada, id, name).waitFor({ state: "detached" });
    assert.equal(await focused(), id, `after ${name}`);
  }
});

test("who means to stop an answer just as it ends does not lose it", async () => {
  await ada.enter(world.space);
  const gate = new Gate();
  provider.play(wordByWord(gate, ["All ", "of it."]));
  const id = await ask(world.space, "@sage", "Quick?");
  gate.letThrough();
  await shows(ada, id, "All ");
  await button(ada, id, "Stop").focus();
  const asked = provider.asked.length;
  gate.open();
  await button(ada, id, "Answer again").waitFor();
  // And a key that is held, or a second click, means nothing else either.
  for (let i = 0; i < 5; i++) await ada.page.keyboard.press("Enter");
  await ada.page.waitForTimeout(300);
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForTimeout(300);
  assert.equal(provider.asked.length, asked);
  await shows(ada, id, "All of it.");
});
