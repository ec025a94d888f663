// After any failure of the network or the server, every message is there exactly once, in one order.
// `app/client/tests/devices/` and `server/tests/simulation/` play many more by seed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertConverged, messagesBy, until } from "./assertions.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

const numbered = (word, count) => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);

const { world, proxy, ada, ben } = await World.meet({ Ada: {}, Ben: BEHIND_PROXY });

test("the server is killed during a burst of messages, and restarts", async () => {
  const [adas, bens, programs] = [numbered("ada", 30), numbered("ben", 30), []];
  const write = async (person, texts) => {
    for (const text of texts) await person.say(text);
  };
  let [accepted, isRestarted] = [0, false];
  // Four programs that send until the server was killed and has restarted.
  const send = async (who) => {
    for (let i = 1; !isRestarted; i++) {
      const text = `program ${who}.${i}`;
      programs.push(text);
      await ada.api.sendUntilAccepted(world.space, text);
      accepted++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const burst = [write(ada, adas), write(ben, bens), ...[1, 2, 3, 4].map(send)];
  const shown = async (word) => (await ada.timeline()).filter(({ text }) => text.startsWith(word)).length;
  let acceptedThen, adasThen, began;
  try {
    await until(
      "a part of each burst is shown",
      async () => (await shown("ada")) > 2 && (await shown("ben")) > 2,
    );
    await world.server.kill();
    [acceptedThen, adasThen] = [accepted, await shown("ada")];
    assert.ok(adasThen < adas.length, "it was killed in the middle of the burst");
    await Promise.all([ada, ben].map((person) => person.connectionStatus.waitFor()));
    await world.server.start();
    began = performance.now();
    await until("a program's message is accepted again", () => accepted > acceptedThen);
  } finally {
    // The programs stop even if this fails.
    isRestarted = true;
  }
  await Promise.all(burst);
  const truth = await assertConverged(world.space, [ada, ben]);
  const took = Math.round(performance.now() - began);
  console.log(
    `killed after ${acceptedThen + adasThen} of ${truth.length} messages: all agree ${took} ms after the restart`,
  );
  for (const person of [ada, ben]) await person.connectionStatus.waitFor({ state: "hidden" });
  assert.deepEqual(messagesBy(truth, ada, "ada"), adas, "in the order written");
  assert.deepEqual(messagesBy(truth, ben, "ben"), bens, "in the order written");
  assert.deepEqual(messagesBy(truth, ada, "program").sort(), programs.sort());
});

test("a connection that is cut in the middle of an event loses none", async () => {
  for (let i = 1; i <= 3; i++) {
    await until("the stream is open", () => proxy.openStreams.length > 0);
    const streams = proxy.streams.length;
    proxy.cutsDuringNextEvent = true;
    await ada.say(`cut in the middle ${i}`);
    await until("the client reconnects", () => proxy.streams.length > streams);
    await ben.message(`cut in the middle ${i}`).waitFor();
  }
  await assertConverged(world.space, [ada, ben]);
});

for (const [away, isOffline, says] of [
  ["its connection is cut", false, /^Reconnecting…/],
  ["it is offline", true, /^Waiting for the network…/],
]) {
  test(`a browser says that ${away}, sends what was written meanwhile, and receives what it missed`, async () => {
    await until("the stream is open", () => proxy.openStreams.length > 0);
    if (isOffline) await ben.context.setOffline(true);
    proxy.cut();
    await ben.connectionStatus.waitFor();
    assert.match(await ben.connectionStatus.innerText(), says);
    const bens = numbered(`written while ${away}:`, 5);
    for (const text of bens) await ben.say(text);
    await ada.api.sendMany(world.space, 10, (i) => `missed while ${away}: ${i + 1}`);
    proxy.restore();
    if (isOffline) await ben.context.setOffline(false);
    await ben.connectionStatus.waitFor({ state: "hidden" });
    const truth = await assertConverged(world.space, [ada, ben]);
    assert.deepEqual(messagesBy(truth, ben, `written while ${away}`), bens, "once, in the order written");
    assert.equal(messagesBy(truth, ada, `missed while ${away}`).length, 10);
  });
}
