// Who is removed from a space keeps what they wrote there and could not send.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./assertions.mjs";
import { SENDS } from "./api.mjs";
import { World } from "./world.mjs";

const UNSENT = ["The first,\nof two lines", "The second", "The third <b>"];
const DRAFT = "Half a thou";
const EDITED = "Said, and being ed";

let world, ada;

before(async () => {
  world = await World.open();
  ada = await world.createSpace("Our kitchen");
});

after(() => world.close());

const remove = (person) => ada.api.request("DELETE", `/spaces/${world.space}/beings/${person.id}`);

test("the settings of an AI being are offered to who may change them", async () => {
  const eve = await world.invite(ada, "Eve");
  const settings = { provider: "guide" };
  const { id: hers } = await eve.api.request("POST", `/spaces/${world.space}/beings`, { name: "Hers", settings });
  const { id: other } = await ada.api.request("POST", `/spaces/${world.space}/beings`, { name: "Other", settings });
  const offered = async (person) => {
    await person.enter(world.space);
    await person.page.getByRole("button", { name: "About this space" }).click();
    const panel = person.page.locator("#panel");
    await panel.getByText(other, { exact: true }).waitFor();
    return panel.getByRole("link", { name: /^Settings of/ }).evaluateAll((links) => links.map((link) => link.ariaLabel));
  };
  assert.deepEqual(await offered(eve), [`Settings of ${hers}`]);
  await eve.page.getByRole("link", { name: `Settings of ${hers}` }).click();
  await eve.page.getByRole("heading", { name: hers }).waitFor();
  assert.deepEqual(await offered(ada), [`Settings of @guide`, `Settings of ${hers}`, `Settings of ${other}`]);
  for (const id of [hers, other]) await ada.api.request("DELETE", `/spaces/${world.space}/beings/${id}`);
  await remove(eve);
  await ada.page.getByRole("button", { name: "Close" }).click();
});

test("the founder removes a member in the panel, and nobody else is offered that", async () => {
  const dan = await world.invite(ada, "Dan");
  const open = async ({ page }) => {
    await page.getByRole("button", { name: "About this space" }).click();
    await page.getByRole("heading", { name: "Members (3)" }).waitFor();
  };
  await open(dan);
  await dan.page.locator("#panel").getByText("Founder").waitFor();
  assert.equal(await dan.page.getByRole("button", { name: /^Remove/ }).count(), 0);
  await open(ada);
  assert.equal(await ada.page.getByRole("button", { name: /^Remove/ }).count(), 1, "not oneself");
  const ask = () => ada.page.getByRole("button", { name: `Remove ${dan.id}…` }).click();
  await ask();
  await ada.page.getByRole("button", { name: "Cancel" }).click();
  await ask();
  await ada.page.getByRole("button", { name: `Remove ${dan.id}`, exact: true }).click();
  await dan.page.getByRole("heading", { name: "You're no longer in Our kitchen" }).waitFor();
  assert.equal(await dan.page.getByRole("heading", { name: "Not sent" }).count(), 0);
  await ada.page.getByRole("heading", { name: "Members (2)" }).waitFor();
  assert.equal(await ada.page.evaluate(() => document.activeElement.ariaLabel), "Members", "the focus is not lost");
  await ada.page.getByRole("button", { name: "Close" }).click();
});

/** A member with a message, three that are not sent, an edit under way and a draft. */
async function writer(name) {
  const person = await world.invite(ada, name);
  await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await person.say("Said");
  const said = person.exactMessage("Said").filter({ has: person.page.getByRole("button", { name: "Edit" }) });
  await said.waitFor();
  await person.waitForEmptyOutbox();
  await person.page.route(SENDS, (route) => route.abort());
  for (const text of UNSENT) await person.say(text);
  await person.pending("The third").waitFor();
  await person.composer.fill(DRAFT);
  return { person, said };
}

const texts = ({ page }) => page.locator(".unsent .content").allTextContents();
const item = ({ page }, text) => page.locator(".unsent li").filter({ hasText: text });

test("a member who is removed sees what they had not sent, and copies or throws it away", async () => {
  const { person, said } = await writer("Ben");
  await said.hover();
  await said.getByRole("button", { name: "Edit" }).click();
  await person.page.getByRole("textbox", { name: "Edit message" }).fill(EDITED);
  await remove(person);
  await person.page.getByRole("heading", { name: "You're no longer in Our kitchen" }).waitFor();
  await until("all is shown", async () => (await texts(person)).length === 5);
  assert.deepEqual(await texts(person), [...UNSENT, EDITED, DRAFT]);

  await item(person, "The first").getByRole("button", { name: "Copy" }).click();
  await person.page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await person.page.evaluate(() => navigator.clipboard.readText()), UNSENT[0]);
  for (const text of ["The second", EDITED, DRAFT]) {
    await item(person, text).getByRole("button", { name: "Throw away" }).click();
    await item(person, text).waitFor({ state: "detached" });
  }
  await person.waitForStoredCount(2, "outbox");
  await person.waitForStoredCount(0, "drafts");
  assert.deepEqual(await texts(person), [UNSENT[0], UNSENT[2]]);
});

test("a member who was removed while away finds it on the space's page", async () => {
  const { person, said } = await writer("Cyd");
  await said.hover();
  await said.getByRole("button", { name: "Edit" }).click();
  await person.page.getByRole("textbox", { name: "Edit message" }).fill(EDITED);
  for (const text of [DRAFT, EDITED]) await person.waitUntilStored(text, "drafts");
  await person.waitForStoredCount(3, "outbox");
  await person.page.goto("about:blank");
  await remove(person);
  const answer = await person.page.goto(`${person.url}/spaces/${world.space}`);
  assert.equal(answer.status(), 403);
  await person.page.getByRole("heading", { name: "You're no longer in this space" }).waitFor();
  await until("all is shown", async () => (await texts(person)).length === 5);
  assert.deepEqual(await texts(person), [...UNSENT, EDITED, DRAFT]);
  await item(person, "The second").getByRole("button", { name: "Copy" }).click();
  await person.page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await person.page.evaluate(() => navigator.clipboard.readText()), "The second");
  for (const text of [...UNSENT.slice(0, 2).map((text) => text.slice(0, 9)), EDITED, DRAFT]) {
    await item(person, text).getByRole("button", { name: "Throw away" }).click();
    await item(person, text).waitFor({ state: "detached" });
  }
  await person.page.reload();
  await until("one is left", async () => (await texts(person)).length === 1);
  assert.deepEqual(await texts(person), [UNSENT[2]]);
  await until("no space is stored", async () =>
    Object.keys(await person.stored("visits")).every((key) => key === `${person.id} inbox`),
  );
});
