// A bad wire loses events and answers. What was lost is noticed, and fetched.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { allAgree, saidBy, until } from "./agree.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

let world, wire, ada, ben;

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  ada = await world.found("Garden");
  ben = await world.invite(ada, "Ben", { url: wire.url });
});

beforeEach(() => isWhole());

after(async () => {
  await world.close();
  await wire.close();
});

const isWhole = () => until("the wire is whole", () => wire.openStreams.length > 0, { within: 30_000 });

test("the cable is cut in the middle of events", async () => {
  for (let i = 1; i <= 5; i++) {
    await isWhole();
    const streams = wire.streams.length;
    wire.cutsInNextEvent = true;
    await ada.say(`cut in the middle ${i}`);
    await until("it comes back", () => wire.streams.length > streams, { within: 30_000 });
    await ben.message(`cut in the middle ${i}`).waitFor();
  }
  await allAgree(world.space, [ada, ben]);
});

test("an answer is lost on its way, and the message is there once", async () => {
  wire.isDeaf = true;
  await ben.say("said once");
  await ada.message("said once").waitFor();
  assert.equal(await ben.pending().count(), 1, "for Ben it is on its way");
  wire.cut();
  await ben.sign.waitFor();
  wire.mend();
  await ben.outboxIsEmpty();
  const truth = await allAgree(world.space, [ada, ben]);
  assert.deepEqual(saidBy(truth, ben, "said once"), ["said once"]);
});

test("an event is lost on the way; the next one tells, and it is fetched", async () => {
  const streams = wire.streams.length;
  wire.losesNextEvent = true;
  const lost = await ada.api.send(world.space, "lost on the way");
  await until("it is lost", () => !wire.losesNextEvent);
  assert.ok(!(await ben.timeline()).some(({ id }) => id === lost.messageId));
  await ada.api.send(world.space, "and the next");
  const took = await until("Ben has both", async () => (await ben.timeline()).at(-1).text === "and the next");
  console.log(`a lost event is there ${took} ms after the next one was sent`);
  assert.equal(wire.streams.length, streams + 1, "from one new stream");
  await allAgree(world.space, [ada, ben]);
});

test("an edit is lost on the way; the next event tells, and it is fetched", async () => {
  const { messageId } = await ada.api.send(world.space, "before the edit");
  await ben.message("before the edit").waitFor();
  wire.losesNextEvent = true;
  await ada.api.ask("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content: "after the edit" });
  await until("it is lost", () => !wire.losesNextEvent);
  await ada.api.send(world.space, "next after the edit");
  await ben.message("after the edit").first().waitFor();
  await allAgree(world.space, [ada, ben]);
});

test("an event that comes twice is applied once", async () => {
  await ada.api.send(world.space, "said and told twice");
  await ben.message("said and told twice").waitFor();
  const streams = wire.streams.length;
  const { cursor, bytes, ...event } = wire.openStreams.at(-1).events.at(-1);
  wire.insert(cursor, event);
  await ada.api.send(world.space, "said after that");
  await ben.message("said after that").waitFor();
  assert.equal(wire.streams.length, streams, "nothing to come back for");
  await allAgree(world.space, [ada, ben]);
});
