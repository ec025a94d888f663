// A mention of somebody who is not here says so to its writer, and to nobody else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });

const note = (person, id) => person.page.locator(`#${id} .absent`);

/** The id of the message of Ada's that has this text, once it is in the space. */
async function said(text) {
  await ada.say(text);
  await ada.waitForEmptyOutbox();
  const row = (await ada.api.truth(world.space)).findLast((row) => row.text === text);
  await ben.page.locator(`#${row.id}`).waitFor();
  return row.id;
}

test("only its writer is told that nobody here is called that", async () => {
  const id = await said("@saeg and @Ben, and **＠Bog**, look");
  await note(ada, id).filter({ hasText: "No one here is called @saeg or @bog." }).waitFor();
  assert.equal(await note(ben, id).count(), 0);
  for (const text of [
    "@ben @everyone",
    "mail ada@sage.example",
    "`@saeg`",
    "```\n@saeg\n```",
    "https://x.example/@saeg",
    "@ nobody",
  ]) {
    const other = await said(text);
    // A message that has a note, sent after it, shows that the texts of both have been read.
    await note(ada, await said(`@saeg, after ${other}`)).waitFor();
    assert.equal(await note(ada, other).count(), 0, text);
  }
});

test("an edit and a newcomer change the note, and the mention is marked", async () => {
  const id = await said("Ask @mint about it");
  await note(ada, id).filter({ hasText: "No one here is called @mint." }).waitFor();
  const marked = (person) => person.page.locator(`#${id} .mention`);
  assert.equal(await marked(ben).count(), 0);
  const mint = await ada.api.request("POST", `/spaces/${world.space}/beings`, { name: "Mint" });
  assert.equal(mint.id, "@mint");
  for (const person of [ada, ben]) await marked(person).filter({ hasText: "@mint" }).waitFor();
  await note(ada, id).waitFor({ state: "detached" });
  await ada.api.request("DELETE", `/spaces/${world.space}/beings/@mint`);
  await note(ada, id).waitFor();
  await until("the mark is gone", async () => (await marked(ben).count()) === 0);
  await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${id}`, { content: "Ask Mint" });
  await note(ada, id).waitFor({ state: "detached" });
});

test("without the renderer there is no note, and with it there is one", async () => {
  const id = await said("Where is @nobody?");
  let arrive;
  const arrived = new Promise((resolve) => (arrive = resolve));
  await ada.page.route("**/markdown.*.wasm", async (route) => {
    await arrived;
    await route.continue();
  });
  await ada.enter(world.space);
  await ada.page.locator(`#${id}`).waitFor();
  assert.equal(await note(ada, id).count(), 0);
  arrive();
  await note(ada, id).waitFor();
});
