// Answers that grow, history above, and a view that stays where it is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../assertions.mjs";
import { Gate, createBeing } from "../provider.mjs";
import { keepsItsView, viewedFrom } from "./view.mjs";

export function reading(fixture) {
  test("an answer grows, word by word", async () => {
    const { tab } = fixture;
    const space = await fixture.openSpace("Growing");
    const sage = await createBeing({ api: fixture.ada }, space, "Sage", fixture.provider);
    const gate = new Gate();
    const words = ["Ein ", "Wort ", "gibt ", "das ", "andere: ", "🌱"];
    fixture.provider.play(async (reply) => {
      for (const word of words) {
        await gate.pass();
        reply.say(word);
      }
      await gate.pass();
      reply.stop();
    });
    await fixture.say(`${sage} Speak.`);
    for (let count = 1; count <= words.length; count++) {
      gate.letThrough();
      // A space at the end is shown with the word behind it.
      await fixture.shows([`${sage} Speak.`, words.slice(0, count).join("").trimEnd()]);
    }
    assert.ok(await tab.evaluate(() => document.body.innerText.includes("writing…")));
    gate.open();
    await tab.has(".answer-tools.done");
  });

  test("history comes in pages above, down to the first message, and does not move what is read", async () => {
    const { tab } = fixture;
    const space = await fixture.openSpace("Archive");
    const text = (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 40)}`;
    await fixture.ada.sendMany(space, 220, text);
    await fixture.ben.readAll(space);
    await fixture.enter(space);
    const count = () => tab.evaluate(() => document.querySelectorAll("article.message").length);
    for (const pixels of [700, 40, 0, 0]) {
      const had = await count();
      const view = await viewedFrom(tab, { below: pixels });
      await until("an earlier page has loaded", async () => (await count()) > had, { every: 50 });
      await keepsItsView(tab, view);
    }
    const shown = () => [...document.querySelectorAll("article.message .content")].map((it) => it.textContent);
    assert.deepEqual(await tab.evaluate(shown), await fixture.texts(space));
  });

  test("what grows below does not move what is read above; a reader at the end follows", async () => {
    const { tab } = fixture;
    const space = await fixture.openSpace("Tower");
    const sage = await createBeing({ api: fixture.ada }, space, "Sage", fixture.provider);
    await fixture.ada.sendMany(space, 45, (i) => `Line ${i + 1}${" and on and on".repeat((i * 7) % 40)}`);
    const gate = new Gate();
    const grown = Array.from({ length: 20 }, (_, i) => `Line ${i} of the answer\n`);
    fixture.provider.play(async (reply) => {
      for (const line of grown) {
        await gate.pass();
        reply.say(line);
      }
      reply.stop();
    });
    await fixture.ben.send(space, `${sage} Grow.`);
    gate.letThrough(5);
    await tab.says("Line 4 of the answer");
    assert.equal(await tab.evaluate(() => document.querySelector(".scroller").scrollTop), 0);
    const view = await viewedFrom(tab, { views: 2 });
    for (let i = 5; i < grown.length; i++) {
      gate.letThrough();
      await tab.says(`Line ${i} of the answer`);
      await keepsItsView(tab, view);
    }
    for (const text of ["And on", `${"and on ".repeat(150)}end`]) {
      await fixture.ben.send(space, text);
      await fixture.shows([text]);
      await keepsItsView(tab, view);
    }
    // Its name counts what is unread.
    await tab.click(".to-end");
    // WebKit rounds to a pixel above the end, and goes on following it.
    for (const last of [`${"and on ".repeat(100)}here`, `${"and on ".repeat(99)}there`]) {
      await fixture.ben.send(space, last);
      await fixture.shows([last]);
      const above = await tab.evaluate(() => -document.querySelector(".scroller").scrollTop);
      assert.ok(above >= 0 && above <= 1, `${above} px above the end`);
    }
  });
}
