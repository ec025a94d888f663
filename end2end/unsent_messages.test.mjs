// A message or draft is not lost with the page it was written on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { SENDS, refusal } from "./api.mjs";
import { World } from "./world.mjs";

const { world, ada } = await World.meet();
const home = () => ada.page.getByRole("link", { name: "Spaces & settings" });
const garden = () =>
  ada.page.getByRole("navigation", { name: "My spaces" }).getByRole("link", { name: "Garden" });

test("a message written offline is sent after visiting another page", async () => {
  await ada.enter(world.space);
  await ada.page.route(SENDS, (route) => route.abort());
  await ada.say("Written in the tunnel");
  await ada.pending().waitFor();
  await home().click();
  await ada.page.waitForURL(`${ada.url}/`);
  await ada.page.unroute(SENDS);
  await garden().click();
  await ada.message("Written in the tunnel").waitFor();
  await ada.waitForEmptyOutbox();
  assert.deepEqual(await ada.texts(), ["Written in the tunnel"]);
});

const editorOf = ({ page }) => page.getByRole("textbox", { name: "Edit message" });
const editor = () => editorOf(ada);

test("an edit is open with what was typed in it after a reload, and takes no focus", async () => {
  await ada.api.send(world.space, "Written, and to be edited");
  const message = ada.exactMessage("Written, and to be edited");
  await ada.enter(world.space);
  await message.hover();
  await message.getByRole("button", { name: "Edit" }).click();
  await editor().fill("Ten minutes of work");
  await ada.waitUntilStored("Ten minutes of work", "drafts");
  await ada.enter(world.space);
  await editor().waitFor();
  assert.equal(await editor().inputValue(), "Ten minutes of work");
  assert.equal(await ada.composer.inputValue(), "", "it is not the composer's text");
  await until("the composer has the focus", () => ada.page.evaluate(() => document.activeElement.ariaLabel === "Message"));
  await editor().fill("Eleven minutes of work");
  await ada.waitUntilStored("Eleven minutes of work", "drafts");
  await ada.replaceTab();
  await ada.enter(world.space);
  await until("it is there", async () => (await editor().inputValue()) === "Eleven minutes of work");
  await editor().press("Enter");
  await ada.exactMessage("Eleven minutes of work").waitFor();
  await ada.waitForEmptyOutbox();
  await ada.waitForStoredCount(0, "drafts");
  await ada.enter(world.space);
  await ada.exactMessage("Eleven minutes of work").waitFor();
  assert.equal(await editor().count(), 0);
});

test("an edit that was discarded does not come back, and one of a deleted message goes to the composer", async () => {
  const { messageId } = await ada.api.send(world.space, "Edited in vain");
  const message = ada.exactMessage("Edited in vain");
  const open = async (text) => {
    await ada.enter(world.space);
    await message.hover();
    await message.getByRole("button", { name: "Edit" }).click();
    await editor().fill(text);
    await ada.waitUntilStored(text, "drafts");
  };
  await open("Half an hour of work");
  await editor().press("Escape");
  await ada.page.getByRole("button", { name: "Discard" }).click();
  await ada.waitForStoredCount(0, "drafts");
  await open("An hour of work");
  await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
  await message.waitFor({ state: "detached" });
  await until("it is in the composer", async () => (await ada.composer.inputValue()) === "An hour of work");
  await ada.enter(world.space);
  await until("and stays there", async () => (await ada.composer.inputValue()) === "An hour of work");
  await ada.composer.fill("");
  await ada.waitForStoredCount(0, "drafts");
});

test("a refused message is there after a reload, with its reason, until it is discarded", async () => {
  const no = "This cannot be said here.";
  await ada.page.route(SENDS, (route) => route.fulfill(refusal(no)));
  await ada.say("Something that is refused");
  const entry = ada.pending();
  await entry.getByText(no).waitFor();
  await ada.waitUntilStored(no, "outbox");
  await ada.page.unroute(SENDS);
  await ada.page.reload();
  await entry.getByText(no).waitFor();
  await entry.getByRole("button", { name: "Discard" }).click();
  await entry.waitFor({ state: "detached" });
  await ada.waitForStoredCount(0, "outbox");
  await ada.enter(world.space);
  await ada.page.waitForTimeout(500);
  assert.equal(await entry.count(), 0);
});

test("a draft survives its tab, and is gone once it is sent", async () => {
  await ada.composer.fill("Half a thou");
  await ada.waitUntilStored("Half a thou", "drafts");
  await ada.replaceTab();
  await ada.enter(world.space);
  await until("the draft is back", async () => (await ada.composer.inputValue()) === "Half a thou");
  await ada.composer.press("End");
  await ada.composer.pressSequentially("ght.");
  await ada.composer.press("Enter");
  await ada.message("Half a thought.").waitFor();
  await ada.waitForStoredCount(0, "drafts");
  await ada.enter(world.space);
  await ada.page.waitForTimeout(500);
  assert.equal(await ada.composer.inputValue(), "");
});

test("a page whose code fails to load says so, and works after a reload", async () => {
  const page = await ada.context.newPage();
  const notice = page.getByRole("alert").filter({ hasText: "failed to load" });
  for (const part of ["js", "wasm"]) {
    await page.route(`**/pkg/*.${part}`, (route) => route.abort());
    await page.goto(`${ada.url}/spaces/${world.space}`);
    await notice.waitFor();
    await until("the browser reports the error too", () => world.pageErrors.length > 0);
    world.pageErrors.length = 0;
    await page.unroute(`**/pkg/*.${part}`);
    await notice.getByRole("link", { name: "Reload" }).click();
    await page.getByRole("button", { name: "Edit" }).first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Send" }).waitFor();
    assert.equal(await notice.count(), 0);
  }
  await page.close();
});

test("a page whose code crashes says so, and its messages are there after a reload", async () => {
  await ada.api.send(world.space, "Here before the crash");
  const page = await ada.context.newPage();
  // A browser that refuses to make the element of a message; nothing on the page itself can do that.
  await page.addInitScript(() => {
    const { createElement } = Document.prototype;
    Document.prototype.createElement = function (name) {
      if (name === "article" && !sessionStorage.getItem("healed")) throw new Error("no articles");
      return createElement.call(this, name);
    };
  });
  world.pageErrors.length = 0;
  await page.goto(`${ada.url}/spaces/${world.space}`);
  const notice = page.getByRole("alert").filter({ hasText: "Something broke" });
  await notice.waitFor();
  assert.ok(world.pageErrors.length > 0, "the browser reports the error too");
  world.pageErrors.length = 0;
  await page.evaluate(() => sessionStorage.setItem("healed", "yes"));
  await notice.getByRole("link", { name: "Reload" }).click();
  await page.locator("article.message").first().waitFor();
  assert.equal(await notice.count(), 0);
  await page.close();
});

test("what the browser throws away under a living tab is stored again", async () => {
  await ada.enter(world.space);
  await ada.page.route(SENDS, (route) => route.abort());
  await ada.say("Waits for the line");
  await ada.waitUntilStored("Waits for the line", "outbox");
  await ada.composer.fill("A draft that outlives it");
  await ada.waitUntilStored("A draft that outlives it", "drafts");
  const devtools = await ada.context.newCDPSession(ada.page);
  await devtools.send("Storage.clearDataForOrigin", { origin: ada.url, storageTypes: "indexeddb" });
  await ada.waitUntilStored("Waits for the line", "outbox");
  await ada.waitUntilStored("A draft that outlives it", "drafts");
  await ada.waitUntilStored("Garden", "visits");
  await ada.page.unroute(SENDS);
  await ada.message("Waits for the line").waitFor();
  await ada.waitForEmptyOutbox();
});

test("a tab that is closed at once after a key keeps what was typed", async () => {
  await ada.api.send(world.space, "Edited in haste");
  for (let round = 1; round <= 5; round++) {
    const tab = await ada.openTab(world.space);
    await tab.composer.fill("");
    const message = tab.exactMessage("Edited in haste");
    if ((await editorOf(tab).count()) === 0) {
      await message.hover();
      await message.getByRole("button", { name: "Edit" }).click();
    }
    await editorOf(tab).fill(`Edit ${round}`);
    await tab.composer.fill(`Draft ${round}`);
    await tab.page.close();
    const kept = async () => Object.values(await ada.stored("drafts")).sort();
    await until(`round ${round} is kept`, async () => String(await kept()) === `Draft ${round},Edit ${round}`);
  }
});
