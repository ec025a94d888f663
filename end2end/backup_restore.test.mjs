// A backup is restored: the devices hold another history, in which the same ids may be other messages.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

let world, proxy, ada, ben, backup;

before(async () => {
  world = await World.open();
  proxy = await Proxy.to(world.server);
  ada = await world.createSpace("Garden", "Ada", { url: proxy.url });
  ben = await world.invite(ada, "Ben", { url: world.server.url });
  ada.api.url = world.server.url;
  backup = `${world.server.data}-backup`;
});

after(async () => {
  await world.close();
  await proxy.close();
  rmSync(backup, { recursive: true, force: true });
});

beforeEach(async ({ name }) => {
  // Each test has texts of its own: those of the test before may still stand on a screen that reconnects.
  await ada.say(`Before the backup: ${name}`);
  await ben.message(`Before the backup: ${name}`).waitFor();
  await world.server.stop();
  rmSync(backup, { recursive: true, force: true });
  cpSync(world.server.data, backup, { recursive: true });
  await world.server.start();
  await ada.connectionStatus.waitFor({ state: "hidden", ...RECONNECT_WAIT });
});

/** Restores the backup. No client reaches the server until it runs again. */
async function restore() {
  await world.server.stop();
  rmSync(world.server.data, { recursive: true });
  cpSync(backup, world.server.data, { recursive: true });
  world.server.renewEpochs();
  await world.server.start();
}

const changes = {
  edit: (text) => ada.edit(text, "Spelled as it should be"),
  deletion: (text) => ada.remove(text),
};

for (const [kind, make] of Object.entries(changes)) {
  test(`the ${kind} of a message that no longer exists changes no other one`, async () => {
    const typo = `A typo before the ${kind}`;
    await ada.say(typo);
    await ben.message(typo).waitFor();
    await ada.exactMessage(typo).waitFor();
    proxy.cut();
    await ada.connectionStatus.waitFor(RECONNECT_WAIT);
    await make(typo);
    await ada.waitForStoredCount(1, "outbox");
    await restore();
    await ada.api.send(world.space, `Written after it, and in the way of the ${kind}`);
    proxy.restore();
    await ada.connectionStatus.waitFor({ state: "hidden", ...RECONNECT_WAIT });
    const entry = ada.pending();
    await entry.getByText(/restored from a backup/).waitFor(RECONNECT_WAIT);
    const last = (await ada.api.truth(world.space)).at(-1);
    assert.equal(last.text, `Written after it, and in the way of the ${kind}`);
    await entry.getByRole("button", { name: "Discard" }).click();
    await ada.waitForStoredCount(0, "outbox");
  });
}

test("two tabs, one of which holds the old history, settle on one stream", async () => {
  await ada.say("Seen by the old tab only");
  await ada.waitForEmptyOutbox();
  proxy.cut();
  await ada.connectionStatus.waitFor(RECONNECT_WAIT);
  await restore();
  const before = proxy.streams.length;
  proxy.restore();
  const tab = await ada.context.newPage();
  await tab.goto(`${proxy.url}/spaces/${world.space}`);
  await ben.say("To both tabs");
  for (const page of [ada.page, tab]) {
    await page.locator("article.message").filter({ hasText: "To both tabs" }).waitFor(RECONNECT_WAIT);
  }
  const streams = proxy.streams.length - before;
  console.log(`two tabs of two histories requested ${streams} streams`);
  assert.ok(streams <= 6, `${streams} streams`);
  assert.equal(await ada.message("Seen by the old tab only").count(), 0);
  await until("the connection status is hidden", async () => (await ada.connectionStatus.count()) === 0);
  await tab.close();
});
