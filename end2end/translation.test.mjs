// A browser's translator replaces or wraps the texts of the page. What changes on the screen still changes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerFixture, button, text, wordByWord } from "./answer_fixture.mjs";
import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { CHANGES_OF_OTHERS, runAsExtension } from "./foreign_script.mjs";
import { Gate } from "./provider.mjs";

const SHOWN_MAX = { within: 10_000 };

const fixture = await AnswerFixture.open();
const { provider, ada, ben } = fixture;

for (const how of ["a translator replaces every text", "a translator wraps every text"]) {
  const translate = () => runAsExtension(ben.page, CHANGES_OF_OTHERS[how]);

  test(`${how}: an answer goes on, and is whole when it ends`, async () => {
    const { space, sage } = await fixture.newSpace("Tower");
    const gate = new Gate();
    const words = ["One ", "two ", "three ", "four."];
    provider.play(wordByWord(gate, words));
    const id = await fixture.ask(space, sage, "Count.");
    for (const word of words) {
      gate.letThrough();
      const grown = async () => (await text(ben, id))?.replace("»", "").includes(word.trim());
      await until(`Ben sees ${word}`, grown, SHOWN_MAX);
      await translate();
    }
    gate.open();
    const whole = async () => (await text(ben, id)) === words.join("");
    await until("the answer is whole", whole, SHOWN_MAX);
    // What the button and the mark say was translated, too.
    assert.equal(await button(ben, id, "Answer again").count(), 1);
    assert.equal(await ben.page.locator(`#${id} .mark`).innerText(), "");
  });

  test(`${how}: the connection's status comes and goes`, async () => {
    await ben.enter(fixture.world.space);
    for (let i = 0; i < 2; i++) {
      await translate();
      fixture.proxy.cut();
      await ben.connectionStatus.getByText("Reconnecting…").waitFor();
      await translate();
      fixture.proxy.restore();
      await ben.connectionStatus.waitFor({ ...RECONNECT_WAIT, state: "detached" });
      assert.equal((await ben.page.locator(".connection-status").textContent()).trim(), "");
    }
  });
}

test("names and handles are not translated; what people say may be", async () => {
  await ben.enter(fixture.world.space);
  await ada.api.send(fixture.world.space, "Bonjour");
  await ben.message("Bonjour").waitFor();
  const isKept = (selector) =>
    ben.page.evaluate((selector) => document.querySelector(selector).translate === false, selector);
  for (const name of [".space-header h1", ".message .author", ".message .avatar", ".sidebar .name"]) {
    assert.ok(await isKept(name), name);
  }
  assert.equal(await isKept(".message .content"), false);
});
