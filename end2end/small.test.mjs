// One event makes one small change on the screen and is few bytes on the wire, however much is shown.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { Proxy } from "./proxy.mjs";
import { changes } from "./screen.mjs";
import { World } from "./world.mjs";

const ALL = 2000;
const PAGE = 50;

let world, wire, ada, ben;
const counted = {};

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  ada = await world.found("Library");
  ben = await world.invite(ada, "Ben", { url: wire.url });
  await ben.page.goto("about:blank");
  // The first measurement adds the two that are missing here.
  await ada.api.sendMany(world.space, ALL - 2, (i) => `Grüße ${i + 1} 🌱`);
});

after(async () => {
  await world.close();
  await wire.close();
});

const shows = (seen) =>
  ben.page.waitForFunction(
    ([id, text]) => document.querySelector(`#${id} .content`)?.textContent === text,
    seen,
    { polling: 10 },
  );

async function countAll(shown) {
  const made = {};
  const say = async (text) => {
    const { messageId } = await ada.api.send(world.space, text);
    return [messageId, text];
  };
  const first = await changes(ben.page, () => say(`first of ${shown}`), shows);
  made["a message, into a page of its own"] = first.made;
  const [edited] = first.result;
  const edit = async () => {
    await ada.api.ask("PATCH", `/spaces/${world.space}/intentions/${edited}`, { content: "Edited" });
    return [edited, "Edited"];
  };
  made["an edit"] = (await changes(ben.page, edit, shows)).made;
  const second = await changes(ben.page, () => say(`zwölf Bäume ${shown}`), shows);
  made["a message, behind another"] = second.made;
  return made;
}

test("a page holds the newest messages before any script has run", async () => {
  const newest = (await ada.api.truth(world.space)).slice(-PAGE);
  const answer = await fetch(`${ada.url}/spaces/${world.space}`, { headers: { cookie: ada.api.cookie } });
  const html = await answer.text();
  const ids = [...html.matchAll(/<article[^>]* id="(msg_\d+)"/g)].map(([, id]) => id);
  assert.deepEqual(
    ids,
    newest.map(({ id }) => id),
  );
  for (const { text } of newest) assert.ok(html.includes(text), text);
});

test("a page goes live from its very cursor, without being told the space again", async () => {
  await ben.enter(world.space);
  await ben.page.waitForFunction(() => document.querySelectorAll("article.message").length === 50);
  const { lastMessageId } = (await ada.api.ask("GET", "/spaces"))[0];
  const stream = wire.openStreams.at(-1);
  const cursor = new URL(stream.url, wire.url).searchParams.get("since");
  assert.equal(`msg_${cursor.split(".")[1]}`, lastMessageId);
  const told = stream.events.map(({ type }) => type);
  assert.deepEqual(told, ["caught-up"]);
  console.log(`going live after a page load: ${Buffer.byteLength(stream.text)} bytes on the stream`);
});

test("with 50 messages shown, each event makes a small change", async () => {
  assert.equal((await ben.timeline()).length, PAGE);
  counted[PAGE] = await countAll(PAGE);
});

test("with 2,000 messages shown, each event makes the same small change", async () => {
  await ben.enter(world.space);
  const began = performance.now();
  await ben.loadAll();
  console.log(`loading ${ALL} messages by scrolling up: ${Math.round(performance.now() - began)} ms`);
  assert.equal((await ben.timeline()).length, ALL);
  counted[ALL] = await countAll(ALL);
  for (const [what, made] of Object.entries(counted[ALL])) {
    console.log(
      `${what}: ${JSON.stringify(counted[PAGE][what])} with ${PAGE} shown, ${JSON.stringify(made)} with ${ALL}`,
    );
  }
  assert.deepEqual(counted[ALL], counted[PAGE]);
});

test("of 2,000 messages only what is near the view is laid out and drawn", async () => {
  // What a browser passes over is decided with each frame.
  const drawn = () =>
    ben.page.evaluate(
      () =>
        [...document.querySelectorAll("article.message")].filter((message) =>
          message.checkVisibility({ contentVisibilityAuto: true }),
        ).length,
    );
  await until("most are passed over", async () => (await drawn()) <= 3 * PAGE);
  assert.ok((await drawn()) > 0);
});

test("an edit of the oldest of 2,000 is as small as one of the newest", async () => {
  const [{ id }] = await ben.timeline();
  const edit = async () => {
    await ada.api.ask("PATCH", `/spaces/${world.space}/intentions/${id}`, { content: "The first, edited" });
    return [id, "The first, edited"];
  };
  const { made } = await changes(ben.page, edit, shows);
  assert.deepEqual(made, counted[PAGE]["an edit"]);
});

test("one message is its content and at most 300 bytes on the stream", async () => {
  for (const text of ["a", "Grüße aus dem Garten 🌱 ".repeat(40), `"quoted"`]) {
    await ada.api.send(world.space, text);
    await ben.message(text.trim().slice(0, 30)).last().waitFor();
    const event = wire.openStreams.at(-1).events.at(-1);
    assert.equal(event.data.content, text);
    const overhead = event.bytes - Buffer.byteLength(text);
    console.log(`a message of ${Buffer.byteLength(text)} bytes: ${overhead} bytes more on the stream`);
    assert.ok(overhead <= 300, `${overhead} bytes`);
  }
});
