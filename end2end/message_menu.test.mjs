// The actions of a message: one menu, by mouse, keyboard and finger, and a key for each.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { violations } from "./axe.mjs";
import { Keyboard } from "./keyboard.mjs";
import { World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });
await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const MINE = ["Reply", "React…", "Copy text", "Copy link", "Edit", "Delete"];
const THEIRS = ["Reply", "React…", "Copy text", "Copy link", "Mark as unread"];

const menu = (person) => person.page.getByRole("menu", { name: "Actions of this message" });
const item = (person, name) => menu(person).getByRole("menuitem", { name });
const clipboard = (person) => person.page.evaluate(() => navigator.clipboard.readText());
const focused = (person) => person.page.evaluate(() => document.activeElement.closest("article")?.id ?? document.activeElement.localName);

/** Its names, without their keys. */
const names = (person) =>
  menu(person)
    .getByRole("menuitem")
    .evaluateAll((items) => items.map((item) => item.firstChild.textContent));

async function say(person, text) {
  await person.say(text);
  for (const each of [ada, ben]) await each.exactMessage(text).waitFor();
  return person.exactMessage(text).getAttribute("id");
}

async function open(person, text) {
  await person.exactMessage(text).hover();
  await person.exactMessage(text).getByRole("button", { name: "More actions" }).click();
  await menu(person).waitFor();
}

test("the menu has what may be done with a message, and does it", async () => {
  const id = await say(ada, "Mine");
  await say(ben, "Theirs");
  await open(ada, "Theirs");
  assert.deepEqual(await names(ada), THEIRS);
  assert.deepEqual(await violations(ada.page), []);
  await ada.page.mouse.click(400, 100);
  await menu(ada).waitFor({ state: "detached" });
  await open(ada, "Mine");
  assert.deepEqual(await names(ada), MINE);
  await item(ada, "Copy link").click();
  await ada.page.getByText("Link copied").waitFor();
  assert.equal(await clipboard(ada), `${ada.url}/spaces/${world.space}?at=${id}`);
  await open(ada, "Mine");
  await item(ada, "Copy text").click();
  await until("the text is copied", async () => (await clipboard(ada)) === "Mine");
  await open(ada, "Mine");
  await item(ada, "React").click();
  await ada.page.getByRole("dialog", { name: "React" }).locator('[data-emoji="👍"]').click();
  await ben.exactMessage("Mine").locator(".reactions button").waitFor();
  await open(ada, "Mine");
  await item(ada, "Edit").click();
  await ada.page.getByRole("textbox", { name: "Edit message" }).fill("Edited");
  await ada.page.keyboard.press("Enter");
  await ben.exactMessage("Edited").waitFor();
  await open(ada, "Edited");
  await item(ada, "Delete").click();
  await ada.exactMessage("Edited").getByText("Delete for everyone?").waitFor();
  await ada.exactMessage("Edited").getByRole("button", { name: "Delete" }).click();
  await ben.exactMessage("Edited").waitFor({ state: "detached" });
});

test("what is marked as unread is unread again", async () => {
  const id = await say(ben, "Not now");
  await open(ada, "Not now");
  await item(ada, "Mark as unread").click();
  await ada.page.locator(`#${id}.first-unread`).waitFor();
  await until("it is counted", async () => (await ada.api.request("GET", "/spaces")).length > 0);
  await ada.page.locator(".spaces [aria-current] .unread").waitFor();
});

test("the keyboard alone opens the menu, moves in it, and comes back", async () => {
  const id = await say(ada, "By keys");
  const keys = new Keyboard(ada.page);
  await keys.tabTo("Messages");
  await keys.press("ArrowUp");
  for (const key of ["m", "Shift+F10", "ContextMenu"]) {
    await keys.press(key);
    await menu(ada).waitFor();
    assert.match((await keys.assertFocusVisible()).name, /^Reply/);
    await keys.press("ArrowUp");
    assert.match((await keys.assertFocusVisible()).name, /^Delete/);
    await keys.press("ArrowDown", "ArrowDown");
    assert.match((await keys.assertFocusVisible()).name, /^React/);
    await keys.press("End", "Home");
    assert.match((await keys.assertFocusVisible()).name, /^Reply/);
    await keys.press("Escape");
    await menu(ada).waitFor({ state: "detached" });
    assert.equal(await focused(ada), id, key);
  }
  await keys.press("m");
  await menu(ada).waitFor();
  await keys.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter");
  await ada.page.getByRole("textbox", { name: "Edit message" }).waitFor();
  await keys.press("Escape");
});

test("each action has its key, and a dialog says which", async () => {
  const id = await say(ada, "Pressed");
  const message = ada.page.locator(`#${id}`);
  const press = async (key) => {
    await message.focus();
    await ada.page.keyboard.press(key);
  };
  await press("c");
  await until("the text is copied", async () => (await clipboard(ada)) === "Pressed");
  await press("l");
  await until("the link is copied", async () => (await clipboard(ada)).endsWith(`?at=${id}`));
  await press("+");
  await ada.page.getByRole("dialog", { name: "React" }).waitFor();
  await ada.page.keyboard.press("Escape");
  await press("e");
  await ada.page.getByRole("textbox", { name: "Edit message" }).waitFor();
  await ada.page.keyboard.press("Escape");
  await press("r");
  await ada.page.locator(".composer .replying").waitFor();
  await ada.page.keyboard.press("Escape");
  await press("?");
  const dialog = ada.page.getByRole("dialog", { name: "Keys of a message" });
  await dialog.waitFor();
  assert.deepEqual(await violations(ada.page), []);
  assert.match(await dialog.innerText(), /r\s+Reply[\s\S]+u\s+Mark as unread/);
  await ada.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await focused(ada), id);
  await press("Delete");
  await message.getByText("Delete for everyone?").waitFor();
  await ada.page.keyboard.press("Escape");
  // Where one writes, letters are letters.
  await ada.composer.fill("");
  await ada.composer.pressSequentially("rclm?");
  assert.equal(await ada.composer.inputValue(), "rclm?");
  await ada.composer.fill("");
});

test("on a phone a long press opens the menu at the bottom, and its end presses nothing", async (t) => {
  await say(ben, "Pressed for long");
  const reader = await world.onDevice(t, ada, PHONE);
  const device = await reader.context.newCDPSession(reader.page);
  const { x, y, height } = await reader.exactMessage("Pressed for long").locator(".content").boundingBox();
  const touch = (type, touchPoints) => device.send("Input.dispatchTouchEvent", { type, touchPoints });
  // The first touch loads the script.
  await reader.page.touchscreen.tap(x + 30, y + height / 2);
  await until("the script is there", () => reader.page.evaluate(() => performance.getEntriesByName(new URL("/actions.js", location).href).length > 0));
  await reader.page.waitForTimeout(300);
  await touch("touchStart", [{ x: x + 30, y: y + height / 2 }]);
  await reader.page.waitForTimeout(800);
  await touch("touchEnd", []);
  await menu(reader).waitFor();
  // A press would have had an effect by then.
  await reader.page.waitForTimeout(300);
  const box = await menu(reader).boundingBox();
  assert.ok(Math.abs(box.y + box.height - 844) <= 1 && box.width === 390, JSON.stringify(box));
  assert.deepEqual(await violations(reader.page), []);
  await item(reader, "Reply").tap();
  await reader.page.locator(".composer .replying").waitFor();
});
