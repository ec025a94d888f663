// What a reader does before the page is alive is kept: text, selection, focus, scroll position, presses.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { distanceFromEnd } from "./screen.mjs";
import { World } from "./world.mjs";

const { world, ada } = await World.meet();
let page, wake;
for (let i = 0; i < 60; i++) await ada.api.send(world.space, `Line ${i + 1} ${"and on ".repeat(i % 20)}`);

/** The page as the server rendered it; `wake` lets the app start in it. */
beforeEach(async () => {
  await ada.replaceTab();
  page = ada.page;
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  await page.route("**/*.wasm", async (route) => {
    await begun;
    await route.continue();
  });
  await page.goto(`${ada.url}/spaces/${world.space}`);
  await page.waitForSelector("article.message");
  const alive = page.waitForResponse((answer) => answer.url().includes("/api/stream"));
  wake = async () => {
    begin();
    await alive;
  };
});

test("typed text, its selection and the focus are kept", async () => {
  await ada.composer.fill("Hello garden");
  await page.evaluate(() => document.querySelector("textarea").setSelectionRange(6, 12, "backward"));
  await wake();
  const kept = await page.evaluate(() => {
    const area = document.activeElement;
    return [area.value, area.selectionStart, area.selectionEnd, area.selectionDirection];
  });
  assert.deepEqual(kept, ["Hello garden", 6, 12, "backward"]);
  await page.keyboard.type("everybody");
  await page.keyboard.press("Enter");
  await ada.message("Hello everybody").waitFor();
});

test("the scroll position and what is selected in a message are kept", async () => {
  const before = await page.evaluate(async () => {
    const scroller = document.querySelector("[aria-label=Messages]");
    scroller.scrollTop = -700;
    const text = document.querySelector("article:nth-last-of-type(3) .content > *").firstChild;
    getSelection().setBaseAndExtent(text, 2, text, 7);
    return [Math.round(scroller.scrollTop), getSelection().toString()];
  });
  await wake();
  await page.waitForFunction((text) => getSelection().toString() === text, before[1]);
  assert.equal(await distanceFromEnd(page), -before[0]);
});

test("the focus of a button is kept", async () => {
  await page.getByRole("button", { name: "About this space" }).focus();
  await wake();
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "About this space");
});

test("a press of a button has its effect once the page is alive", async () => {
  await page.getByRole("button", { name: "About this space" }).click();
  await wake();
  await page.getByRole("button", { name: "Make an invite link" }).waitFor();
});

test("an input method that is composing is not cut off", async () => {
  await ada.composer.focus();
  const devtools = await page.context().newCDPSession(page);
  const compose = (text) =>
    devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await compose("に");
  const loaded = page.waitForResponse((answer) => answer.url().endsWith(".wasm"));
  const alive = wake();
  await loaded;
  await compose("にほ");
  await page.waitForTimeout(500);
  await compose("日本");
  await devtools.send("Input.insertText", { text: "日本" });
  await alive;
  assert.equal(await ada.composer.inputValue(), "日本");
});

test("a page that is being scrolled is not replaced under the finger", async () => {
  const loaded = page.waitForResponse((answer) => answer.url().endsWith(".wasm"));
  await page.evaluate(() => {
    window.dispatchEvent(new PointerEvent("pointerdown"));
  });
  const alive = wake();
  await loaded;
  await page.waitForTimeout(500);
  // `fresh` has the attributes of the page, so only its elements tell.
  const first = await page.evaluate(() => (window.held = document.querySelector(".composer")).isConnected);
  await page.waitForTimeout(100);
  assert.ok(first && (await page.evaluate(() => window.held.isConnected)));
  await page.evaluate(() => window.dispatchEvent(new PointerEvent("pointerup")));
  await alive;
  assert.equal(await page.evaluate(() => window.held.isConnected), false);
});
