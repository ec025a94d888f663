// The snapshot of a space that a device keeps: the stream continues from it, and it is shown only if it
// can be read.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { writeStore } from "./device_storage.mjs";
import { INERT_PAGE, bodyText, openOffline, spaceLink } from "./outage.mjs";
import { BEHIND_PROXY, WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, proxy, ada, ben } = await World.meet({
  Ada: { ...BEHIND_PROXY, ...WITH_SERVICE_WORKER },
  Ben: {},
});
await ada.waitUntilOfflineReady();
const key = `${ada.id} ${world.space} `;
for (let i = 1; i <= 60; i++) await ada.api.send(world.space, `Known ${i} ${"long since ".repeat(20)}`);

describe("the snapshot of a space", () => {
  test("is where the stream resumes after an offline start: only missed events are sent", async () => {
    await ada.waitUntilStored("Known 60 ");
    await ada.openInNewTab(INERT_PAGE);
    const kept = JSON.parse((await ada.stored("visits"))[key].split("\n")[1]);
    const missed = [];
    for (let i = 1; i <= 20; i++) missed.push(await ben.api.send(world.space, `Missed ${i}`));
    proxy.cut();
    await openOffline(ada, `/spaces/${world.space}`);
    await ada.message("Known 60 ").waitFor();
    await ada.connectionStatus.waitFor();
    const before = proxy.streams.length;
    proxy.restore();
    await ada.message("Missed 20").waitFor(RECONNECT_WAIT);
    await ada.connectionStatus.waitFor({ state: "hidden" });
    const [stream, ...more] = proxy.streams.slice(before);
    assert.equal(more.length, 0, "one stream is opened");
    const since = new URL(stream.url, proxy.url).searchParams.get("since");
    assert.equal(since, kept.cursor);
    const types = stream.events.map(({ type }) => type);
    assert.deepEqual(types, [...missed.map(() => "intention-created"), "caught-up"]);
    const bytes = Buffer.byteLength(stream.text);
    const due = missed.reduce((sum, { content }) => sum + content.length + 300, 200);
    console.log(`20 missed messages: ${bytes} bytes on the stream, of at most ${due}`);
    assert.ok(bytes <= due, `${bytes} bytes`);
    assert.deepEqual(
      (await ada.texts()).slice(-20),
      missed.map(({ content }) => content),
    );
  });

  test("is never shown when it cannot be read, and unsent messages survive that", async () => {
    const known = "Known 60 ";
    await ada.waitUntilStored(known);
    proxy.cut();
    await ada.say("Written beside the damage");
    await ada.waitUntilStored("Written beside the damage", "outbox");
    const unsent = await ada.stored("outbox");
    const whole = (await ada.stored("visits"))[key];
    const [top] = whole.split("\n");
    const attic = whole.replaceAll(world.space, "@attic").replaceAll("Garden", "Attic");
    const damages = {
      "its format is later": `2${whole.slice(1)}`,
      "it ends in the middle": whole.slice(0, whole.length >> 1),
      "it is null": `${top}\nnull`,
      "it is empty": "",
      "it is not a string": { text: whole },
    };
    await openOffline(ada, INERT_PAGE);
    await writeStore(ada.page, "visits", `${ada.id} @attic `, attic);
    for (const [what, damage] of Object.entries(damages)) {
      assert.notEqual(damage, whole, what);
      await openOffline(ada, INERT_PAGE);
      await writeStore(ada.page, "visits", key, damage);
      await openOffline(ada, `/spaces/${world.space}`);
      await ada.page.getByText("this space is not kept here. Kept on this device:").waitFor();
      assert.doesNotMatch(await bodyText(ada), /Known|Garden/, what);
      assert.equal(await spaceLink(ada, "Attic").count(), 1, `${what}, and the other space is listed`);
      assert.deepEqual(await ada.stored("outbox"), unsent, what);
    }
    // This proves that the damage, and nothing else, kept it from being shown.
    await openOffline(ada, INERT_PAGE);
    await writeStore(ada.page, "visits", key, whole);
    await openOffline(ada, `/spaces/${world.space}`);
    await ada.message(known).waitFor();
    await openOffline(ada, INERT_PAGE);
    await writeStore(ada.page, "visits", key, damages["it ends in the middle"]);
    await writeStore(ada.page, "visits", `${ada.id} @attic `, null);
    proxy.restore();
    await ada.enter(world.space);
    await ben.message("Written beside the damage").waitFor(RECONNECT_WAIT);
    await ada.message(known).waitFor();
    assert.equal(await ben.countOf("Written beside the damage"), 1);
    await ada.waitUntilStored("Written beside the damage");
  });
});
