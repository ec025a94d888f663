// A backup is put back: what stands on the devices is of another history, in which the same ids may be
// other messages.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { until } from "./agree.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

const BACK = { timeout: 60_000 };

let world, wire, ada, ben, backup;

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  ada = await world.found("Garden", "Ada", { url: wire.url });
  ben = await world.invite(ada, "Ben", { url: world.server.url });
  ada.api.url = world.server.url;
  backup = `${world.server.data}-backup`;
});

after(async () => {
  await world.close();
  await wire.close();
  rmSync(backup, { recursive: true, force: true });
});

beforeEach(async () => {
  await ada.say("Before the backup");
  await ben.message("Before the backup").last().waitFor();
  await world.server.stop();
  rmSync(backup, { recursive: true, force: true });
  cpSync(world.server.data, backup, { recursive: true });
  await world.server.start();
  await ada.sign.waitFor({ state: "hidden", ...BACK });
});

/** Nobody comes through to the server until the backup is back, and goes on. */
async function restore() {
  await world.server.stop();
  rmSync(world.server.data, { recursive: true });
  cpSync(backup, world.server.data, { recursive: true });
  world.server.renewEpochs();
  await world.server.start();
}

const changes = {
  edit: async (message) => {
    await message.getByRole("button", { name: "Edit" }).click();
    await ada.page.getByRole("textbox", { name: "Edit message" }).fill("Not a typo");
    await ada.page.keyboard.press("Enter");
  },
  deletion: async (message) => {
    await message.getByRole("button", { name: "Delete" }).click();
    await message.getByText("Delete for everyone?").waitFor();
    await message.getByRole("button", { name: "Delete" }).click();
  },
};

for (const [kind, make] of Object.entries(changes)) {
  test(`the ${kind} of a message that is no more hits no other one`, async () => {
    await ada.say("A typo");
    await ben.message("A typo").waitFor();
    wire.cut();
    await ada.sign.waitFor(BACK);
    await ada.message("A typo").hover();
    await make(ada.message("A typo"));
    await ada.keeps(1, "outbox");
    await restore();
    await ada.api.send(world.space, `Written after it, and in the way of the ${kind}`);
    wire.mend();
    await ada.sign.waitFor({ state: "hidden", ...BACK });
    const entry = ada.pending();
    await entry.getByText(/restored from a backup/).waitFor(BACK);
    const last = (await ada.api.truth(world.space)).at(-1);
    assert.equal(last.text, `Written after it, and in the way of the ${kind}`);
    await entry.getByRole("button", { name: "Discard" }).click();
    await ada.keeps(0, "outbox");
  });
}

test("two tabs, one of which knows the old history, agree on one stream", async () => {
  await ada.say("Seen by the old tab only");
  await ada.outboxIsEmpty();
  wire.cut();
  await ada.sign.waitFor(BACK);
  await restore();
  const asked = wire.streams.length;
  wire.mend();
  const tab = await ada.context.newPage();
  await tab.goto(`${wire.url}/spaces/${world.space}`);
  await ben.say("To both tabs");
  for (const page of [ada.page, tab]) {
    await page.locator("article.message").filter({ hasText: "To both tabs" }).waitFor(BACK);
  }
  const streams = wire.streams.length - asked;
  console.log(`two tabs of two histories asked for ${streams} streams`);
  assert.ok(streams <= 6, `${streams} streams`);
  assert.equal(await ada.message("Seen by the old tab only").count(), 0);
  await until("the signs are gone", async () => (await ada.sign.count()) === 0);
  await tab.close();
});
