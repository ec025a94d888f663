// Browser extensions change the page before and after the app wakes in it. None of it ends the app, or is
// told to the reader, and what was typed is kept.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { CHANGES_OF_OTHERS, runAsExtension } from "./foreign_script.mjs";
import { World } from "./world.mjs";

const SHOWN = 12;

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });
for (let i = 0; i < SHOWN; i++) await [ada, ben][i % 2].api.send(world.space, `Line ${i + 1}`);

/** Ben's page before it is alive, and what lets it wake. */
async function asleep() {
  await ben.replaceTab();
  const logged = [];
  ben.page.on("console", (message) => logged.push(message.text()));
  let wake;
  const awake = new Promise((resolve) => (wake = resolve));
  await ben.page.route("**/*.wasm", async (route) => {
    await awake;
    await route.continue();
  });
  await ben.page.goto(`${ben.url}/spaces/${world.space}`);
  await ben.page.waitForSelector("article.message");
  const alive = ben.page.waitForResponse((answer) => answer.url().includes("/api/stream"));
  return {
    logged,
    async wake() {
      wake();
      await alive;
    },
  };
}

/** Ada says something; Ben sees it, answers, and is told of nothing that broke. */
async function assertAlive(what) {
  const [said, answered] = [`${what}?`, `${what}!`];
  await ada.api.send(world.space, said);
  await ben.message(said).waitFor({ state: "attached" });
  await ben.page.evaluate((text) => {
    const area = document.querySelector(".composer textarea");
    area.value = text;
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  }, answered);
  const arrived = async () => (await ada.api.truth(world.space)).some(({ text }) => text === answered);
  await until("Ben's answer arrives", arrived, { within: 10_000 });
  assert.equal(await ben.page.locator(".broken").count(), 0, "nothing broke");
}

for (const [what, change] of Object.entries(CHANGES_OF_OTHERS)) {
  test(`before the app wakes, ${what}: it wakes, and what was typed is kept`, async () => {
    const page = await asleep();
    await ben.composer.fill("typed before");
    await runAsExtension(ben.page, change);
    await page.wake();
    await until("it is rendered again", () => ben.page.evaluate(() => !!document.querySelector(".composer")));
    assert.equal(await ben.composer.inputValue(), "typed before");
    await assertAlive(`before, ${what}`);
  });
}

test("what others put on the page is counted in the console", async () => {
  const page = await asleep();
  await runAsExtension(ben.page, CHANGES_OF_OTHERS["a writing assistant puts an element beside the textarea"]);
  await page.wake();
  const counted = ({ logged }) => logged.filter((line) => /rendered again/.test(line));
  assert.deepEqual(counted(page), ["1 elements of others were on the page; it was rendered again"]);
  const untouched = await asleep();
  await untouched.wake();
  assert.deepEqual(counted(untouched), []);
});

for (const [what, change] of Object.entries(CHANGES_OF_OTHERS)) {
  test(`after the app woke, ${what}: it lives on`, async () => {
    await ben.replaceTab();
    await ben.enter(world.space);
    await runAsExtension(ben.page, change);
    await assertAlive(`after, ${what}`);
    const { messageId } = await ada.api.send(world.space, `to be edited, ${what}`);
    await ben.message(`to be edited, ${what}`).waitFor({ state: "attached" });
    await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${messageId}`, {
      content: `edited, ${what}`,
    });
    await ben.page.getByText(`edited, ${what}`, { exact: true }).waitFor({ state: "attached" });
    await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
    await ben.message(`edited, ${what}`).waitFor({ state: "detached" });
    await runAsExtension(ben.page, change);
    await assertAlive(`at the end, ${what}`);
  });
}
