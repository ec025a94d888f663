// The answers of AI beings: everybody sees the same text grow, whatever happens to a page, the network or
// the server; an answer can be stopped, and requested again.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AnswerFixture,
  asShown,
  WORDS,
  answer,
  button,
  firstWords,
  mark,
  press,
  text,
  waitForText,
  wordByWord,
} from "./answer_fixture.mjs";
import { assertSameTimeline, until } from "./assertions.mjs";
import { Gate } from "./provider.mjs";

const fixture = await AnswerFixture.open();
const { world, proxy, provider, ada, ben, cyd } = fixture;

const ask = (...question) => fixture.ask(...question);

test("a new person's first space has a guide that answers", async () => {
  await ada.say("@guide how do I invite somebody?");
  const guides = ada.page.locator("article.message[data-owner='@guide']");
  await guides.getByRole("button", { name: "Answer again" }).waitFor();
  assert.match(await guides.locator(".content").innerText(), /invite/i);
  assert.equal(await guides.count(), 1);
});

test("all see the same text grow, even after a reload or an offline period in the middle", async () => {
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(world.space, "@sage", "How does it grow?");
  for (let count = 1; count <= 3; count++) {
    gate.letThrough();
    await Promise.all([ada, ben, cyd].map((person) => waitForText(person, id, firstWords(count))));
  }
  assert.equal(await mark(cyd, id), "writing…");

  // Ben's network is cut; he keeps the text so far, and the others continue.
  await ben.context.setOffline(true);
  proxy.cut();
  await ben.connectionStatus.waitFor();
  gate.letThrough();
  await waitForText(ada, id, firstWords(4));
  // The page holds the text so far before any script has run.
  const [html] = await Promise.all([
    fetch(`${cyd.url}/spaces/${world.space}`, { headers: { cookie: cyd.api.cookie } }).then((a) => a.text()),
    cyd.enter(world.space),
  ]);
  assert.ok(html.includes(firstWords(4).trim()), "the page holds the text so far");
  await waitForText(cyd, id, firstWords(4));
  gate.letThrough(2);
  await Promise.all([ada, cyd].map((person) => waitForText(person, id, firstWords(6))));
  assert.equal(asShown(await text(ben, id)), asShown(firstWords(3)), "nothing reaches a person who is offline");

  proxy.restore();
  await ben.context.setOffline(false);
  await waitForText(ben, id, firstWords(6));
  gate.open();
  await Promise.all([ada, ben, cyd].map((person) => waitForText(person, id, firstWords(9))));
  for (const person of [ada, ben, cyd]) await button(person, id, "Answer again").waitFor();
  const truth = await ada.api.truth(world.space);
  for (const person of [ada, ben, cyd]) assertSameTimeline(await person.timeline(), truth, person.name);
});

test("closing the page of the person who asked does not stop the answer", async () => {
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const tab = await ada.openTab();
  await tab.say("@sage Still there?");
  gate.letThrough(2);
  const newest = ben.page.locator("article.message").last();
  await until(
    "the answer grows",
    async () => asShown(await newest.locator(".content").textContent()) === asShown(firstWords(2)),
  );
  await tab.page.close();
  gate.open();
  await waitForText(ben, await newest.getAttribute("id"), firstWords(9));
  assert.equal(provider.requests.at(-1).abortedAt, null);
});

test("stopping an answer stops it for all at the same length, and at the provider", async () => {
  const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
  provider.play(async (reply) => {
    while (reply.isOpen) {
      reply.say("und so weiter ");
      await tick();
    }
  });
  const id = await ask(world.space, "@sage", "Go on for ever.");
  await until("the answer grows", async () => ((await text(ben, id))?.length ?? 0) > 300);
  await answer(ben, id).hover();
  const began = performance.now();
  await button(ben, id, "Stop").click();
  const asked = provider.requests.at(-1);
  await until("the request to the provider is aborted", () => asked.abortedAt !== null);
  const took = Math.round(asked.abortedAt - began);
  console.log(`from the click on Stop to the abort at the provider: ${took} ms`);
  await Promise.all([ada, ben, cyd].map((person) => button(person, id, "Try again").waitFor()));
  const { text: kept } = (await ada.api.truth(world.space)).find((row) => row.id === id);
  for (const person of [ada, ben, cyd]) {
    assert.equal(asShown(await text(person, id)), asShown(kept), person.name);
    assert.equal(await mark(person, id), "stopped");
  }
  // Nothing follows.
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const person of [ada, ben, cyd]) assert.equal(asShown(await text(person, id)), asShown(kept));
});

test("after the server was killed during an answer, the text so far is there, and it can be tried again", async () => {
  const gate = new Gate();
  provider.play(wordByWord(gate, WORDS));
  const id = await ask(world.space, "@sage", "Until the end.");
  gate.letThrough(5);
  await Promise.all([ada, ben].map((person) => waitForText(person, id, firstWords(5))));
  await world.server.kill();
  await Promise.all([ada, ben].map((person) => person.connectionStatus.waitFor()));
  await world.server.start();
  await Promise.all(
    [ada, ben].map((person) => person.connectionStatus.waitFor({ state: "hidden", timeout: 30_000 })),
  );
  for (const person of [ada, ben]) {
    await button(person, id, "Try again").waitFor();
    assert.equal(await mark(person, id), "failed");
    assert.equal(asShown(await text(person, id)), asShown(firstWords(5)));
    assert.match(await answer(person, id).innerText(), /Interrupted: .* Try again\./);
    assert.equal(await button(person, id, "Stop").count(), 0);
  }
  await cyd.enter(world.space);
  assert.equal(await mark(cyd, id), "failed");

  gate.open();
  await press(ada, id, "Try again");
  await Promise.all([ada, ben, cyd].map((person) => waitForText(person, id, firstWords(9))));
  for (const person of [ada, ben, cyd]) {
    await button(person, id, "Answer again").waitFor();
    assert.doesNotMatch(await answer(person, id).innerText(), /Interrupted/);
  }
});

test("each failure is explained, and a new attempt replaces it", async () => {
  const failures = [
    [(reply) => reply.refuse(401), /does not accept the key/],
    [(reply) => reply.refuse(429, { "retry-after": "3600" }), /is busy/],
    [(reply) => reply.refuse(500), /had an error/],
    [(reply) => reply.refuse(404), /does not take the request/],
    [(reply) => reply.say("Halb ").disconnect(), /was cut off/],
    [(reply) => reply.stop(), /without a word/],
    [(reply) => reply.say("Halb ").stop("length"), /did not come to an end/],
  ];
  for (const [script, words] of failures) {
    provider.play(script);
    const id = await ask(world.space, "@sage", "Well?");
    for (const person of [ada, ben]) {
      await button(person, id, "Try again").waitFor();
      assert.match(await answer(person, id).innerText(), words);
      assert.equal(await mark(person, id), "failed");
    }
    provider.play((reply) => reply.say("Besser.").stop());
    await press(ben, id, "Try again");
    await Promise.all([ada, ben].map((person) => waitForText(person, id, "Besser.")));
    await button(ada, id, "Answer again").waitFor();
  }
});

test("a new answer replaces the first one, for all", async () => {
  provider.play((reply) => reply.say("Erstens.").stop());
  const id = await ask(world.space, "@sage", "And?");
  await Promise.all([ada, ben].map((person) => button(person, id, "Answer again").waitFor()));
  await ada.api.send(world.space, "Something else since.");
  await ben.message("Something else since.").last().waitFor();
  const before = (await ben.timeline()).map((row) => row.id);
  const gate = new Gate();
  provider.play(wordByWord(gate, ["Zwei", "tens."]));
  await press(ada, id, "Answer again");
  await Promise.all([ada, ben].map((person) => waitForText(person, id, "")));
  gate.letThrough();
  await Promise.all([ada, ben].map((person) => waitForText(person, id, "Zwei")));
  await button(ben, id, "Stop").waitFor();
  gate.open();
  await Promise.all([ada, ben].map((person) => waitForText(person, id, "Zweitens.")));
  await Promise.all([ada, ben].map((person) => button(person, id, "Answer again").waitFor()));
  assert.equal(await mark(ben, id), "", "a new answer is not marked as edited");
  const after = (await ben.timeline()).map((row) => row.id);
  assert.deepEqual(after, before, "its position is unchanged");
});
