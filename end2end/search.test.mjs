// People find what was said: by key, with the words marked; a result opens in its window. Offline it says so.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { violations } from "./axe.mjs";
import { endOutage, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, ada } = await World.meet({ Ada: WITH_SERVICE_WORKER });
await ada.waitUntilOfflineReady();
await ada.say("The **key** of Herr Müller's shed");
await ada.exactMessage("The key of Herr Müller's shed").waitFor();
// More than the newest page of the space has.
for (let i = 1; i <= 150; i++) await ada.api.send(world.space, `Line ${i}`);

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const words = (page) => page.getByRole("searchbox", { name: "Words" });
const excerpts = (page) => page.locator(".hits .excerpt");

/** Opens the search from the space by a key. Its script comes after all that the space itself needs. */
async function openBy(page, key) {
  await page.waitForFunction(() => performance.getEntriesByName(`${location.origin}/search.js`).length > 0);
  await until("the key leads there", async () => {
    if (!page.url().includes("/search")) await page.keyboard.press(key);
    return page.url().includes("/search");
  });
  await page.waitForLoadState();
  assert.ok(await words(page).evaluate((box) => document.activeElement === box), "one types at once");
}

/** Whether a message is whole in view, and marked. */
const isShown = (message) =>
  message.evaluate((message) => {
    const [box, view] = [message, message.closest(".scroller")].map((of) => of.getBoundingClientRect());
    return box.top >= view.top && box.bottom <= view.bottom && message.classList.contains("marked");
  });

async function find(page, text) {
  await words(page).fill(text);
  await page.keyboard.press("Enter");
  await excerpts(page).first().waitFor();
}

test("a key opens the search, the words are marked, and a result opens in its window", async () => {
  await ada.enter(world.space);
  await openBy(ada.page, "Control+k");
  await find(ada.page, "muller key");
  assert.deepEqual(await excerpts(ada.page).allInnerTexts(), ["The key of Herr Müller's shed"]);
  assert.deepEqual(await excerpts(ada.page).locator("mark").allInnerTexts(), ["key", "Müller"]);
  assert.deepEqual(await violations(ada.page), []);
  await ada.page.locator(".hits a").click();
  const found = ada.exactMessage("The key of Herr Müller's shed");
  await found.waitFor();
  await until("the message is shown", () => isShown(found));
  assert.equal(await ada.exactMessage("Line 150").count(), 0, "the window is around the message");
});

test("a slash opens it, but is a slash where one types", async () => {
  await ada.enter(world.space);
  await ada.composer.fill("");
  await ada.composer.press("/");
  assert.equal(await ada.composer.inputValue(), "/");
  await ada.composer.fill("");
  await ada.composer.blur();
  await openBy(ada.page, "/");
  await words(ada.page).fill("nothing like this");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByText("Nothing was found.").waitFor();
  await words(ada.page).fill("***");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("alert").waitFor();
  assert.equal(await words(ada.page).inputValue(), "***");
});

test("offline it says so, and keeps what was typed", async () => {
  await ada.enter(world.space);
  await openBy(ada.page, "Control+k");
  await words(ada.page).fill("herr müller");
  await startOutage(world, ada);
  await ada.page.keyboard.press("Enter");
  await ada.page.getByText("Search needs the network").waitFor();
  await endOutage(world, ada);
  await ada.page.getByRole("link", { name: "Try again" }).click();
  await excerpts(ada.page).first().waitFor();
  assert.equal(await words(ada.page).inputValue(), "herr müller");
  assert.deepEqual(await excerpts(ada.page).locator("mark").allInnerTexts(), ["Herr", "Müller"]);
});

test("on a phone it fits, and a result is reached by touch", async (t) => {
  const phone = await world.onDevice(t, ada, PHONE);
  await phone.page.goto(`${phone.url}/search?q=shed&space=${world.space}`);
  const isWide = await phone.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(isWide, false);
  assert.deepEqual(await violations(phone.page), []);
  await phone.page.locator(".hits a").tap();
  const found = phone.exactMessage("The key of Herr Müller's shed");
  await found.waitFor();
  await until("the message is shown", () => isShown(found));
});
