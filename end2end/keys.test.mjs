// What keys do while one writes: an input method has them first, none throws away what was typed, and some
// send.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { CHANGES, SENDS, refusal } from "./api.mjs";
import { World } from "./world.mjs";

const TABLET = { viewport: { width: 820, height: 1180 }, isMobile: true, hasTouch: true };

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });

/** How engines report a key that belongs to an input method. */
const composing = [{ isComposing: true }, { keyCode: 229 }, { isComposing: true, keyCode: 229 }];

const pressComposing = (area, key) =>
  area.evaluate(
    (area, [key, all]) => {
      for (const init of all) {
        const event = { key, bubbles: true, cancelable: true, ...init };
        area.dispatchEvent(new KeyboardEvent("keydown", event));
      }
    },
    [key, composing],
  );

const editorOf = ({ page }) => page.getByRole("textbox", { name: "Edit message" });
const focusOf = ({ page }) => page.evaluate(() => document.activeElement.ariaLabel);
const hasFocus = (person, label) =>
  until(`${label} has the focus`, async () => (await focusOf(person)) === label);

async function openEditor(person, text) {
  const message = person.exactMessage(text);
  await message.hover();
  await message.getByRole("button", { name: "Edit" }).click();
  await hasFocus(person, "Edit message");
  return editorOf(person);
}

test("keys of an input method end a composition and nothing else", async (t) => {
  await ada.api.send(world.space, "To be composed");
  const reader = await world.onDevice(t, ada);
  const editor = await openEditor(reader, "To be composed");
  await editor.fill("にほんご");
  for (const key of ["Escape", "Enter"]) await pressComposing(editor, key);
  assert.equal(await editor.inputValue(), "にほんご");
  assert.equal(await reader.page.getByText("Discard your changes?").count(), 0);

  await reader.page.getByRole("button", { name: "About this space" }).click();
  await pressComposing(reader.page.getByLabel("Tell me about"), "Escape");
  await reader.page.getByRole("button", { name: "Close" }).click();

  await pressComposing(reader.composer, "ArrowUp");
  await pressComposing(reader.composer, "Enter");
  await reader.composer.fill("にほん");
  await pressComposing(reader.composer, "Enter");
  assert.equal(await reader.composer.inputValue(), "にほん");
  await reader.composer.fill("");
});

for (const [how, leave] of Object.entries({
  Escape: (page) => page.keyboard.press("Escape"),
  "the button": (page) => page.getByRole("button", { name: "Cancel" }).click(),
  "a double press": (page) => page.getByRole("button", { name: "Cancel" }).dblclick(),
})) {
  test(`an edit that is left by ${how} keeps what was typed until its author says otherwise`, async (t) => {
    const text = `Long work, left by ${how}`;
    await ada.api.send(world.space, text);
    const reader = await world.onDevice(t, ada);
    const editor = await openEditor(reader, text);
    await editor.fill("Ten minutes of work");
    await leave(reader.page);
    await reader.page.getByText("Discard your changes?").waitFor();
    assert.equal(await editor.inputValue(), "Ten minutes of work");
    await reader.page.getByRole("button", { name: "Keep editing" }).click();
    await hasFocus(reader, "Edit message");
    assert.equal(await editor.inputValue(), "Ten minutes of work");
    await leave(reader.page);
    await reader.page.getByRole("button", { name: "Discard" }).click();
    await editor.waitFor({ state: "detached" });
    await reader.exactMessage(text).waitFor();
  });
}

test("a held Escape, or a second one, does not answer what the first one asked", async (t) => {
  await ada.api.send(world.space, "Left by a held key");
  const reader = await world.onDevice(t, ada);
  const editor = await openEditor(reader, "Left by a held key");
  await editor.fill("Ten minutes of work");
  for (let i = 0; i < 3; i++) await reader.page.keyboard.down("Escape");
  await reader.page.keyboard.up("Escape");
  await until("the harmless button has the focus", () =>
    reader.page.evaluate(() => document.activeElement.textContent === "Keep editing"),
  );
  await reader.page.keyboard.press("Escape");
  await hasFocus(reader, "Edit message");
  assert.equal(await editor.inputValue(), "Ten minutes of work");
});

test("an edit that changes nothing is left at once", async (t) => {
  await ada.api.send(world.space, "Untouched");
  const reader = await world.onDevice(t, ada);
  for (const typed of ["Untouched", "  Untouched\n", ""]) {
    const editor = await openEditor(reader, "Untouched");
    await editor.fill(typed);
    await reader.page.keyboard.press("Escape");
    await editor.waitFor({ state: "detached" });
  }
});

for (const modifier of ["Control", "Meta"]) {
  test(`${modifier} and Enter send on a device with a touch screen and on one without`, async (t) => {
    for (const [device, options] of Object.entries({ tablet: TABLET, desktop: {} })) {
      const reader = await world.onDevice(t, ada, options);
      const text = `${modifier} on a ${device}`;
      await reader.composer.focus();
      await reader.page.keyboard.type(text);
      await reader.page.keyboard.press(`${modifier}+Enter`);
      await reader.exactMessage(text).waitFor();
      assert.equal(await reader.composer.inputValue(), "");

      await reader.page.keyboard.press("ArrowUp");
      await hasFocus(reader, "Edit message");
      await reader.page.keyboard.type(", edited");
      await reader.page.keyboard.press(`${modifier}+Enter`);
      await reader.exactMessage(`${text}, edited`).waitFor();
      await reader.waitForEmptyOutbox();
    }
  });
}

test("Enter starts a new line on a device with a touch screen, in the editor too", async (t) => {
  const reader = await world.onDevice(t, ada, TABLET);
  await reader.composer.focus();
  await reader.page.keyboard.type("One");
  await reader.page.keyboard.press("Enter");
  await reader.page.keyboard.type("Two");
  assert.equal(await reader.composer.inputValue(), "One\nTwo");
  await reader.page.keyboard.press("Control+Enter");
  await reader.message("Two").waitFor();
  assert.equal((await reader.texts()).at(-1), "One\nTwo");
  await reader.page.keyboard.press("ArrowUp");
  await hasFocus(reader, "Edit message");
  await reader.page.keyboard.press("Enter");
  await reader.page.keyboard.type("Three");
  assert.equal(await editorOf(reader).inputValue(), "One\nTwo\nThree");
});

test("the up key in an empty composer edits the reader's last message, and gives the focus back", async (t) => {
  await ada.api.send(world.space, "The last of Ada's");
  await ben.api.send(world.space, "The last of all");
  const reader = await world.onDevice(t, ada);
  await reader.message("The last of all").waitFor();
  await reader.composer.press("ArrowUp");
  await hasFocus(reader, "Edit message");
  assert.equal(await editorOf(reader).inputValue(), "The last of Ada's");
  await reader.page.keyboard.type(" messages");
  await reader.page.keyboard.press("Enter");
  await reader.exactMessage("The last of Ada's messages").waitFor();
  await hasFocus(reader, "Message");

  await reader.composer.press("ArrowUp");
  await hasFocus(reader, "Edit message");
  await reader.page.keyboard.press("Escape");
  await hasFocus(reader, "Message");
});

test("the up key moves the cursor in a text, and edits nothing while a later message is on its way", async (t) => {
  await ada.api.send(world.space, "An earlier one");
  const reader = await world.onDevice(t, ada);
  const editor = editorOf(reader);
  await reader.composer.fill("Something");
  await reader.composer.press("ArrowUp");
  await reader.composer.fill("");
  for (const keys of ["Shift+ArrowUp", "Control+ArrowUp", "Alt+ArrowUp"]) await reader.composer.press(keys);
  await reader.page.route(SENDS, (route) => route.abort());
  await reader.say("On its way");
  await reader.pending("On its way").waitFor();
  await reader.composer.press("ArrowUp");
  assert.equal(await editor.count(), 0);
  await reader.page.unroute(SENDS);
  await reader.waitForEmptyOutbox();
  await reader.composer.press("ArrowUp");
  await hasFocus(reader, "Edit message");
  assert.equal(await editor.inputValue(), "On its way");
});

test("an edit that was refused comes back to the editor without replacing what is being typed", async (t) => {
  await ada.api.send(world.space, "To be refused");
  const reader = await world.onDevice(t, ada);
  await reader.page.route(CHANGES, (route) => route.fulfill(refusal("Not like this.")));
  await reader.edit("To be refused", "The refused edit");
  const refused = reader.pending("The refused edit");
  await refused.getByText("Not like this.").waitFor();
  const editor = await openEditor(reader, "To be refused");
  await editor.fill("The next edit");
  await refused.getByRole("button", { name: "Edit" }).click();
  await refused.waitFor({ state: "detached" });
  assert.equal(await editor.inputValue(), "The refused edit\nThe next edit");
});
