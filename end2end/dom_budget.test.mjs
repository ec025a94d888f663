// One event makes one small change in the DOM and takes few bytes on the wire, however much is shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { countDomChanges } from "./screen.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

const ALL = 400;
const PAGE = 50;

const { world, proxy, ada, ben } = await World.meet({ Ada: {}, Ben: BEHIND_PROXY }, { space: "Library" });
const counted = {};
await ben.page.goto("about:blank");
// The first measurement adds the two missing messages.
await ada.api.sendMany(world.space, ALL - 2, (i) => `Grüße ${i + 1} 🌱`);
await ben.api.readAll(world.space);

const shows = (seen) =>
  ben.page.waitForFunction(
    ([id, text]) => document.querySelector(`#${id} .content`)?.textContent === text,
    seen,
    { polling: 10 },
  );

const reacted = ([id, emoji]) =>
  ben.page.waitForFunction(
    ([id, emoji]) => document.querySelector(`#${id} [data-emoji="${emoji}"]`),
    [id, emoji],
    { polling: 10 },
  );

async function countAll(shown) {
  const made = {};
  const say = async (text) => {
    const { messageId } = await ada.api.send(world.space, text);
    return [messageId, text];
  };
  const first = await countDomChanges(ben.page, () => say(`first of ${shown}`), shows);
  made["a message that starts a new message page"] = first.made;
  const [edited] = first.result;
  const edit = async () => {
    await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${edited}`, { content: "Edited" });
    return [edited, "Edited"];
  };
  made["an edit"] = (await countDomChanges(ben.page, edit, shows)).made;
  const react = async (emoji) => {
    await ada.api.request("PUT", `/spaces/${world.space}/intentions/${edited}/reactions/${emoji}`);
    return [edited, emoji];
  };
  made["a reaction"] = (await countDomChanges(ben.page, () => react("🌱"), reacted)).made;
  made["another reaction"] = (await countDomChanges(ben.page, () => react("👍"), reacted)).made;
  const second = await countDomChanges(ben.page, () => say(`zwölf Bäume ${shown}`), shows);
  made["a message after another"] = second.made;
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

test("a page goes live from its own cursor, without receiving the space again", async () => {
  await ben.enter(world.space);
  await ben.page.waitForFunction(() => document.querySelectorAll("article.message").length === 50);
  const { lastMessageId } = (await ada.api.request("GET", "/spaces"))[0];
  const stream = proxy.openStreams.at(-1);
  const cursor = new URL(stream.url, proxy.url).searchParams.get("since");
  assert.equal(`msg_${cursor.split(".")[1]}`, lastMessageId);
  const types = stream.events.map(({ type }) => type);
  assert.deepEqual(types, ["caught-up"]);
  console.log(`going live after a page load: ${Buffer.byteLength(stream.text)} bytes on the stream`);
});

test("with 50 messages shown, each event makes a small change", async () => {
  assert.equal((await ben.timeline()).length, PAGE);
  counted[PAGE] = await countAll(PAGE);
});

test("with 400 messages shown, each event makes the same small change", async () => {
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

test("of 400 messages only those near the viewport are laid out and drawn", async () => {
  // The browser decides with each frame which messages it skips.
  const drawn = () =>
    ben.page.evaluate(
      () =>
        [...document.querySelectorAll("article.message")].filter((message) =>
          message.checkVisibility({ contentVisibilityAuto: true }),
        ).length,
    );
  await until("most messages are skipped", async () => (await drawn()) <= 3 * PAGE);
  assert.ok((await drawn()) > 0);
});

test("an edit of the oldest of 400 messages is as small as one of the newest", async () => {
  const [{ id }] = await ben.timeline();
  const edit = async () => {
    await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${id}`, {
      content: "The first, edited",
    });
    return [id, "The first, edited"];
  };
  const { made } = await countDomChanges(ben.page, edit, shows);
  assert.deepEqual(made, counted[PAGE]["an edit"]);
});

test("a message takes its content and at most 300 bytes more on the stream", async () => {
  for (const text of ["a", "Grüße aus dem Garten 🌱 ".repeat(40), `"quoted"`]) {
    await ada.api.send(world.space, text);
    await ben.message(text.trim().slice(0, 30)).last().waitFor();
    const event = proxy.openStreams.at(-1).events.at(-1);
    assert.equal(event.data.content, text);
    const overhead = event.bytes - Buffer.byteLength(text);
    console.log(`a message of ${Buffer.byteLength(text)} bytes: ${overhead} bytes more on the stream`);
    assert.ok(overhead <= 300, `${overhead} bytes`);
  }
});
