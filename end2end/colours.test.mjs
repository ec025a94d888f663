// Code is coloured where it stands: no element is added, offsets fit, and colours go with the text that they
// are of.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerFixture, button, wordByWord } from "./answer_fixture.mjs";
import { until } from "./assertions.mjs";
import { Gate } from "./provider.mjs";
import { countDomChanges } from "./screen.mjs";

const ASKED = "**/api/spaces/*/colours";

const fixture = await AnswerFixture.open();
const { world, provider, ada, ben } = fixture;

const fenced = (code, language = "rust") => `\`\`\`${language}\n${code}\n\`\`\``;

/** What is coloured in a message, in the order of the text: `keyword let`. */
const coloured = (page, id) =>
  page.evaluate((id) => {
    const message = document.getElementById(id);
    const found = [];
    for (const [name, highlight] of CSS.highlights) {
      for (const { startContainer, startOffset, endOffset } of highlight) {
        if (id && !message?.contains(startContainer)) continue;
        found.push([startOffset, `${name.replace("code-", "")} ${startContainer.data.slice(startOffset, endOffset)}`]);
      }
    }
    return found.sort(([a], [b]) => a - b).map(([, piece]) => piece);
  }, id);

const waitForColours = (page, id, expected) =>
  until(`${expected} are coloured`, async () => {
    return JSON.stringify(await coloured(page, id)) === JSON.stringify(expected);
  });

const edit = (id, content) => ada.api.request("PATCH", `/spaces/${world.space}/intentions/${id}`, { content });

test("code is coloured without an element, again after an edit, and not after its end", async () => {
  const { messageId } = await ada.api.send(world.space, `Look:\n\n${fenced("let 🌱 = 1;")}`);
  await waitForColours(ben.page, messageId, ["keyword let", "constant 1"]);
  const code = ben.page.locator(`#${messageId} code`);
  assert.equal(await code.evaluate((code) => code.childNodes.length), 1);
  const { made } = await countDomChanges(
    ben.page,
    () => edit(messageId, `Look:\n\n${fenced("let 🌱 = 1;\nlet b = true;")}`),
    () => waitForColours(ben.page, messageId, ["keyword let", "constant 1", "keyword let", "constant true"]),
  );
  assert.equal(made.elements, 0, JSON.stringify(made));
  await edit(messageId, `Look:\n\n${fenced('"a"')}`);
  await waitForColours(ben.page, messageId, ['string "a"']);
  await edit(messageId, "Nothing.");
  await waitForColours(ben.page, messageId, []);
  await edit(messageId, fenced("2"));
  await waitForColours(ben.page, messageId, ["constant 2"]);
  await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
  await until("nothing is left", async () => (await coloured(ben.page)).length === 0);
});

test("an answer is coloured when it has ended, whatever it looked like before", async () => {
  const { space, sage } = await fixture.newSpace("Growing");
  const gate = new Gate();
  provider.play(wordByWord(gate, ["```rust\nlet a", " = 1;\n", "// the", " end\n```\n\nThat ", "is it."]));
  const id = await fixture.ask(space, sage, "Grow.");
  gate.open();
  await button(ben, id, "Answer again").waitFor({ state: "attached" });
  await waitForColours(ben.page, id, ["keyword let", "constant 1", "comment // the end\n"]);
});

test("a block that pauses keeps its colours while it goes on", async () => {
  const { space, sage } = await fixture.newSpace("Pausing");
  const gate = new Gate();
  provider.play(wordByWord(gate, ["```rust\nlet a = 1;\n", "let b = 2;", "\n```"]));
  const id = await fixture.ask(space, sage, "Grow.");
  gate.letThrough();
  await waitForColours(ben.page, id, ["keyword let", "constant 1"]);
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await ben.page.route(ASKED, async (route) => {
    await released;
    await route.continue();
  });
  gate.letThrough();
  await ben.page.getByText("let b = 2;").waitFor();
  assert.deepEqual(await coloured(ben.page, id), ["keyword let", "constant 1"]);
  release();
  gate.open();
  await waitForColours(ben.page, id, ["keyword let", "constant 1", "keyword let", "constant 2"]);
  await ben.page.unroute(ASKED);
});

test("one block is asked for at a time, each once, and only what is in view", async () => {
  const space = (await ada.api.request("POST", "/spaces", { name: "Library" })).id;
  const code = (i) => fenced(`let a = ${i};`);
  await ada.api.sendMany(space, 40, (i) => `${code(i)}\n\n${"and on\n".repeat(12)}`);
  let [open, most, asked] = [0, 0, 0];
  await ada.page.route(ASKED, async (route) => {
    asked++;
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 100));
    open--;
    await route.continue();
  });
  await ada.enter(space);
  await until("some are coloured", async () => (await coloured(ada.page)).length > 0);
  await ada.page.waitForTimeout(1500);
  assert.equal(most, 1);
  assert.ok(asked < 10, `${asked} were asked for`);
  // Scrolled out of view and back, nothing is asked for again.
  const before = await coloured(ada.page);
  const scroll = (top) =>
    ada.page.evaluate((top) => (document.querySelector("[aria-label=Messages]").scrollTop = top), top);
  await scroll(-4000);
  await until("others are coloured", async () => {
    const now = await coloured(ada.page);
    return now.length > 0 && now.every((piece) => !before.includes(piece) || /^keyword/.test(piece));
  });
  await ada.page.waitForTimeout(1500);
  const askedUp = asked;
  await scroll(0);
  await until("the first are coloured", async () => (await coloured(ada.page)).join() === before.join());
  assert.equal(asked, askedUp);
  await ada.page.unroute(ASKED);
});

test("a server that has no time is asked again later, and refused colours are not", async () => {
  await ben.enter(world.space);
  const answers = [503, 422];
  const statuses = [];
  await ben.page.route(ASKED, async (route) => {
    const status = answers.shift() ?? 200;
    statuses.push(status);
    if (status === 200) return route.continue();
    const error = { code: "unavailable", message: "Later." };
    await route.fulfill({ status, json: { error } });
  });
  const { messageId } = await ada.api.send(world.space, fenced("let later = 7;"));
  await until("it was asked for twice", async () => statuses.length === 2);
  await ben.page.waitForTimeout(1000);
  assert.deepEqual(statuses, [503, 422]);
  assert.deepEqual(await coloured(ben.page, messageId), []);
  await ben.page.unroute(ASKED);
});

for (const colorScheme of ["light", "dark"]) {
  test(`each colour can be read: ${colorScheme}`, async (t) => {
    const reader = await world.onDevice(t, ben, { colorScheme });
    const { messageId } = await ada.api.send(world.space, fenced(`let ${colorScheme} = 1;`));
    await waitForColours(reader.page, messageId, ["keyword let", "constant 1"]);
    const contrasts = await reader.page.evaluate((id) => {
      const luminance = (colour) => {
        const [r, g, b] = colour.match(/\d+/g).map((part) => {
          const of = part / 255;
          return of <= 0.04045 ? of / 12.92 : ((of + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const code = document.querySelector(`#${id} .code code`);
      const background = luminance(getComputedStyle(code.closest(".code")).backgroundColor);
      const names = ["comment", "string", "constant", "keyword", "function", "type", "property", "inserted", "deleted"];
      return names.map((name) => {
        const { color } = getComputedStyle(code, `::highlight(code-${name})`);
        const [lighter, darker] = [luminance(color), background].sort((a, b) => b - a);
        return [name, color, (lighter + 0.05) / (darker + 0.05)];
      });
    }, messageId);
    console.log(colorScheme, contrasts.map(([name, , contrast]) => `${name} ${contrast.toFixed(1)}`).join(", "));
    for (const [name, color, contrast] of contrasts) assert.ok(contrast >= 4.5, `${name}: ${color}, ${contrast}`);
    assert.equal(new Set(contrasts.map(([, color]) => color)).size, contrasts.length);
  });
}
