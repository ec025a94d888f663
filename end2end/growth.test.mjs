// A text area grows with its text up to a bound, in browsers that know `field-sizing` and in those that do
// not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { World } from "./world.mjs";

const VIEWPORT = { width: 800, height: 700 };
const MOST = VIEWPORT.height * 0.4;
const LINE = 24;
const lines = (count) => Array.from({ length: count }, (_, i) => `Line ${i + 1}`).join("\n");
const LONG_WORD = "W".repeat(150);

const { world, ada } = await World.meet();
await ada.api.send(world.space, "One line");

/** The stylesheet as an engine reads it that has never heard of the property. */
const withoutFieldSizing = (page) =>
  page.route("**/*.css", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replaceAll("field-sizing", "unheard-of");
    await route.fulfill({ response, body });
  });

const measure = (area) =>
  area.evaluate((area) => ({
    height: Math.round(area.getBoundingClientRect().height),
    hidden: area.scrollHeight - area.clientHeight,
  }));

const engines = { "that knows field-sizing": null, "that does not know field-sizing": withoutFieldSizing };

for (const [engine, prepare] of Object.entries(engines)) {
  const open = async (t) => {
    const reader = await world.onDevice(t, ada, { viewport: VIEWPORT, prepare });
    const isKnown = await reader.composer.evaluate((area) => getComputedStyle(area).fieldSizing);
    assert.equal(isKnown, prepare ? "fixed" : "content");
    return reader;
  };

  test(`the composer grows to its bound in an engine ${engine}`, async (t) => {
    const { composer } = await open(t);
    const empty = await measure(composer);
    assert.ok(empty.height < 2 * LINE, `${empty.height} px for one line`);
    for (const text of [lines(6), `${lines(5)}\n`, LONG_WORD, "漢".repeat(120)]) {
      await composer.fill(text);
      const { height, hidden } = await measure(composer);
      assert.ok(hidden <= 0, `${hidden} px of "${text.slice(0, 10)}…" are out of view`);
      assert.ok(height > 2 * LINE && height <= MOST, `${height} px`);
    }
    await composer.fill(lines(6));
    assert.equal((await measure(composer)).height, empty.height + 5 * LINE);
    await composer.fill(lines(200));
    const { height, hidden } = await measure(composer);
    assert.ok(hidden > 0 && Math.abs(height - MOST) <= 1, `${height} px of ${MOST}`);
    await composer.fill("");
    assert.equal((await measure(composer)).height, empty.height);
  });

  test(`a draft is shown at its height in an engine ${engine}`, async (t) => {
    const reader = await open(t);
    await reader.composer.fill(lines(5));
    await reader.waitUntilStored("Line 5", "drafts");
    await reader.enter(world.space);
    await until("the draft is back", async () => (await reader.composer.inputValue()) === lines(5));
    await until("all of it is in view", async () => (await measure(reader.composer)).hidden <= 0);
    await reader.composer.fill("");
    await reader.waitForStoredCount(0, "drafts");
  });

  test(`the editor grows to its bound in an engine ${engine}`, async (t) => {
    const reader = await open(t);
    const message = reader.exactMessage("One line");
    await message.hover();
    await message.getByRole("button", { name: "Edit" }).click();
    const editor = reader.page.getByRole("textbox", { name: "Edit message" });
    for (const text of [lines(8), LONG_WORD]) {
      await editor.fill(text);
      const { height, hidden } = await measure(editor);
      assert.ok(hidden <= 0 && height <= MOST, `${hidden} px are out of view`);
    }
    await editor.fill(lines(200));
    const { height, hidden } = await measure(editor);
    assert.ok(hidden > 0 && Math.abs(height - MOST) <= 1, `${height} px of ${MOST}`);
  });
}
