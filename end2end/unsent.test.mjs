// What was written is not lost with the page it was written on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { World } from "./people.mjs";

let world, ada;
const sends = "**/api/spaces/*/intentions";
const home = () => ada.page.getByRole("link", { name: "All spaces and settings" });
const garden = () => ada.page.getByRole("navigation", { name: "My spaces" }).getByRole("link", { name: "Garden" });
const texts = async () => (await ada.timeline()).map(({ text }) => text);

before(async () => {
  world = await World.open();
  ada = await world.found("Garden");
});

after(() => world.close());

test("what was written offline is sent after a walk to another page and back", async () => {
  await ada.enter(world.space);
  await ada.page.route(sends, (route) => route.abort());
  await ada.say("Written in the tunnel");
  await ada.page.locator("[data-pending]").waitFor();
  await home().click();
  await ada.page.waitForURL(`${ada.url}/`);
  await ada.page.unroute(sends);
  await garden().click();
  await ada.message("Written in the tunnel").waitFor();
  await ada.outboxIsEmpty();
  assert.deepEqual(await texts(), ["Written in the tunnel"]);
});

test("an answer that comes when its page is gone harms nothing, and nothing is sent twice", async () => {
  await ada.enter(world.space);
  let answered = false;
  await ada.page.route(sends, async (route) => {
    const answer = await route.fetch();
    await until("the page is gone", () => ada.page.url() === `${ada.url}/`);
    await route.fulfill({ response: answer });
    answered = true;
  });
  await ada.say("On my way out");
  await home().click();
  await until("the answer has come", () => answered);
  await ada.page.unroute(sends);
  await garden().click();
  await ada.message("On my way out").waitFor();
  await ada.outboxIsEmpty();
  assert.deepEqual(await texts(), ["Written in the tunnel", "On my way out"]);
});

test("what is typed before the page is alive is kept, and can be sent", async () => {
  let wake;
  const asleep = new Promise((resolve) => (wake = resolve));
  await ada.page.route("**/*.wasm", async (route) => {
    await asleep;
    await route.continue();
  });
  await ada.page.goto(`${ada.url}/spaces/${world.space}`, { waitUntil: "commit" });
  const composer = ada.page.getByRole("textbox", { name: "Message", exact: true });
  await composer.fill("Typed in haste");
  const alive = ada.page.waitForResponse((answer) => answer.url().includes("/api/stream"));
  wake();
  await alive;
  assert.equal(await composer.inputValue(), "Typed in haste");
  await composer.press("Enter");
  await ada.message("Typed in haste").waitFor();
});
