// What was written is not lost with the page it was written on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { SENDS, refusal } from "./api.mjs";
import { PASSWORD } from "./people.mjs";
import { World } from "./world.mjs";

let world, ada;
const home = () => ada.page.getByRole("link", { name: "All spaces and settings" });
const garden = () => ada.page.getByRole("navigation", { name: "My spaces" }).getByRole("link", { name: "Garden" });

before(async () => {
  world = await World.open();
  ada = await world.found("Garden");
});

after(() => world.close());

test("what was written offline is sent after a walk to another page and back", async () => {
  await ada.enter(world.space);
  await ada.page.route(SENDS, (route) => route.abort());
  await ada.say("Written in the tunnel");
  await ada.pending().waitFor();
  await home().click();
  await ada.page.waitForURL(`${ada.url}/`);
  await ada.page.unroute(SENDS);
  await garden().click();
  await ada.message("Written in the tunnel").waitFor();
  await ada.outboxIsEmpty();
  assert.deepEqual(await ada.texts(), ["Written in the tunnel"]);
});

test("an answer that comes when its page is gone harms nothing, and nothing is sent twice", async () => {
  await ada.enter(world.space);
  let answered = false;
  await ada.page.route(SENDS, async (route) => {
    const answer = await route.fetch();
    await until("the page is gone", () => ada.page.url() === `${ada.url}/`);
    await route.fulfill({ response: answer });
    answered = true;
  });
  await ada.say("On my way out");
  await home().click();
  await until("the answer has come", () => answered);
  await ada.page.unroute(SENDS);
  await garden().click();
  await ada.message("On my way out").waitFor();
  await ada.outboxIsEmpty();
  assert.deepEqual(await ada.texts(), ["Written in the tunnel", "On my way out"]);
});

test("what is typed before the page is alive is kept, and can be sent", async () => {
  let wake;
  const asleep = new Promise((resolve) => (wake = resolve));
  await ada.page.route("**/*.wasm", async (route) => {
    await asleep;
    await route.continue();
  });
  await ada.page.goto(`${ada.url}/spaces/${world.space}`, { waitUntil: "commit" });
  await ada.composer.fill("Typed in haste");
  const alive = ada.page.waitForResponse((answer) => answer.url().includes("/api/stream"));
  wake();
  await alive;
  assert.equal(await ada.composer.inputValue(), "Typed in haste");
  await ada.composer.press("Enter");
  await ada.message("Typed in haste").waitFor();
});

test("fifty messages written over three deaths of the tab and a reload arrive once and in order", async () => {
  const ben = await world.invite(ada, "Ben");
  await ada.context.route(SENDS, (route) => route.abort());
  const written = [];
  const write = async (count) => {
    for (let i = 0; i < count; i++) {
      written.push(`From below, ${written.length + 1}`);
      await ada.say(written.at(-1));
    }
    await ada.keeps(written.length, "outbox");
  };
  const kept = () => ada.pending().locator(".content").allTextContents();
  const isBack = async () => {
    await until("all that was written is back", async () => (await kept()).length === written.length);
    assert.deepEqual(await kept(), written);
  };
  await write(15);
  for (let death = 0; death < 3; death++) {
    await ada.die();
    await ada.enter(world.space);
    await isBack();
    await write(10);
  }
  await ada.page.reload();
  await isBack();
  await write(5);
  await ada.context.unroute(SENDS);
  await ben.message(`From below, ${written.length}`).last().waitFor({ timeout: 60_000 });
  await until("nothing waits any more", async () => (await kept()).length === 0);
  const seen = (await ben.texts()).filter((text) => text.startsWith("From below"));
  assert.deepEqual(seen, written);
  assert.equal(seen.length, 50);
  await ada.keeps(0, "outbox");
  await ada.enter(world.space);
  await ada.page.waitForTimeout(500);
  assert.deepEqual(await kept(), [], "and nothing of it comes back");
});

test("what the server refuses for good is there after a reload, with its reason, until it is discarded", async () => {
  const no = "This cannot be said here.";
  await ada.page.route(SENDS, (route) => route.fulfill(refusal(no)));
  await ada.say("Something that is refused");
  const entry = ada.pending();
  await entry.getByText(no).waitFor();
  await ada.isKept(no, "outbox");
  await ada.page.unroute(SENDS);
  await ada.page.reload();
  await entry.getByText(no).waitFor();
  await entry.getByRole("button", { name: "Discard" }).click();
  await entry.waitFor({ state: "detached" });
  await ada.keeps(0, "outbox");
  await ada.enter(world.space);
  await ada.page.waitForTimeout(500);
  assert.equal(await entry.count(), 0);
});

test("a draft outlives its tab, and is gone once it is sent", async () => {
  await ada.composer.fill("Half a thou");
  await ada.isKept("Half a thou", "drafts");
  await ada.die();
  await ada.enter(world.space);
  await until("the draft is back", async () => (await ada.composer.inputValue()) === "Half a thou");
  await ada.composer.press("End");
  await ada.composer.pressSequentially("ght.");
  await ada.composer.press("Enter");
  await ada.message("Half a thought.").waitFor();
  await ada.keeps(0, "drafts");
  await ada.enter(world.space);
  await ada.page.waitForTimeout(500);
  assert.equal(await ada.composer.inputValue(), "");
});

test("who signs in after another neither sees nor sends what the other wrote", async () => {
  await ada.page.route(SENDS, (route) => route.abort());
  await ada.say("For nobody else's pen");
  await ada.isKept("For nobody else's pen", "outbox");
  await ada.page.unroute(SENDS);
  const own = await ada.context.cookies();
  const link = await ada.api.ask("POST", `/spaces/${world.space}/invites`, {});
  const made = await fetch(`${ada.url}/api/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ handle: "eve", name: "Eve", password: PASSWORD, invite: link.token }),
  });
  await ada.context.route(SENDS, (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  const [name, value] = made.headers.get("set-cookie").split(";")[0].split("=");
  await ada.context.addCookies([{ ...own[0], name, value }]);
  await ada.page.goto("about:blank");
  await ada.enter(world.space);
  await ada.page.waitForTimeout(500);
  assert.equal(await ada.pending().count(), 0);
  await ada.context.addCookies(own);
  await ada.context.unroute(SENDS);
  await ada.enter(world.space);
  await ada.message("For nobody else's pen").waitFor();
});

test("a page whose code does not arrive says so, and is whole after a reload", async () => {
  const page = await ada.context.newPage();
  const sign = page.getByRole("alert").filter({ hasText: "did not arrive" });
  for (const part of ["js", "wasm"]) {
    await page.route(`**/pkg/*.${part}`, (route) => route.abort());
    await page.goto(`${ada.url}/spaces/${world.space}`);
    await sign.waitFor();
    await until("the browser knows of it, too", () => world.pageErrors.length > 0);
    world.pageErrors.length = 0;
    await page.unroute(`**/pkg/*.${part}`);
    await sign.getByRole("link", { name: "Reload" }).click();
    await page.getByRole("button", { name: "Edit" }).first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Send" }).waitFor();
    assert.equal(await sign.count(), 0);
  }
  await page.close();
});

test("a page whose code breaks down says so, and what was written is there after a reload", async () => {
  const page = await ada.context.newPage();
  await page.route("**/spaces/*", async (route) => {
    const answer = await route.fetch();
    // Another document than the one that is to be woken.
    const body = (await answer.text()).replace(/<main[^]*<\/main>/, "");
    await route.fulfill({ response: answer, body });
  });
  world.pageErrors.length = 0;
  await page.goto(`${ada.url}/spaces/${world.space}`);
  const sign = page.getByRole("alert").filter({ hasText: "Something broke" });
  await sign.waitFor();
  assert.ok(world.pageErrors.length > 0, "the browser knows of it, too");
  world.pageErrors.length = 0;
  await page.unroute("**/spaces/*");
  await sign.getByRole("link", { name: "Reload" }).click();
  await page.locator("article.message").first().waitFor();
  assert.equal(await sign.count(), 0);
  await page.close();
});
