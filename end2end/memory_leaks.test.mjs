// An hour of a flapping connection in a minute: after all cuts, hidden pages and restarts the page holds
// what the server holds, and takes no more memory than before.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertConverged, assertSameTimeline, retry, until } from "./assertions.mjs";
import { Api } from "./api.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

const CUTS = 240;
const CHANGES_A_CUT = 5;
const TYPED_EVERY_CUTS = 30;
/** The space always holds this many messages, so that the screen does not grow by itself. */
const MESSAGES = 40;
const RESTARTS = 4;
const QUARTERS = 4;
/** Messages created and deleted in each of `QUARTERS` rounds. */
const CREATED_AND_DELETED_A_ROUND = 400;

/** A retained message takes more, and so does anything created for a stream. */
const HEAP_LEFT_MAX_BYTES = 400;
/** Less than a page retains of one message: of a removed row, only the list's tombstone is left. */
const WASM_LEFT_MAX_BYTES = 400;
const WASM_PAGE_BYTES = 64 * 1024;
/** The browser retains typed text for undo. */
const NODES_LEFT_MAX = 60;
const LISTENERS_LEFT_MAX = 10;

const { world, proxy, ada, ben, cyd } = await World.meet({ Ada: {}, Cyd: {}, Ben: BEHIND_PROXY });
await ben.context.addInitScript(() => {
  Object.defineProperty(document, "visibilityState", { get: () => window.sight ?? "visible" });
});
await ada.page.goto("about:blank");
await cyd.page.goto("about:blank");

/** Two people whose programs change the space all the time, and retry until they succeed. */
class Crowd {
  messages = [];
  changes = 0;

  async say() {
    const person = this.changes % 2 ? ada : cyd;
    const { messageId } = await person.api.sendUntilAccepted(world.space, `said ${this.#next()}`);
    this.messages.push({ person, messageId });
  }

  async edit() {
    const { person, messageId } = this.messages[(this.changes * 7) % this.messages.length];
    const content = `edited ${this.#next()}`;
    await retry("an edit is accepted", () =>
      person.api.request("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content }),
    );
  }

  async deleteOldest() {
    const { person, messageId } = this.messages.shift();
    this.#next();
    // A 404 is the desired result: an earlier response may have been lost.
    const gone = (error) => /: 404 /.test(error.message);
    await retry("a deletion is accepted", () =>
      person.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`).catch((error) => {
        if (!gone(error)) throw error;
      }),
    );
  }

  /** Makes one change, and keeps the number of messages constant. */
  async change() {
    const kind = this.changes % 5;
    if (this.messages.length < MESSAGES || kind === 0) await this.say();
    else if (this.messages.length > MESSAGES) await this.deleteOldest();
    else await this.edit();
  }

  #next() {
    return ++this.changes;
  }
}

/** The memory that a page takes once nothing is pending and garbage is collected. */
async function measure({ page }) {
  // First, because inspecting the page takes memory in the page too.
  const shown = await page.locator("article.message").count();
  // An element that was removed during an animation is freed with its last frame.
  await page.bringToFront();
  await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    while (document.getAnimations().some(({ playState }) => playState === "running")) await frame();
    await frame();
    await frame();
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  // One collection may find what only the next frees, and the driver releases its handles late.
  const counted = [];
  for (let i = 0; i < 5; i++) {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize: heap } = await devtools.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners: listeners } = await devtools.send("Memory.getDOMCounters");
    counted.push({ heap, nodes, listeners });
  }
  const least = (what) => Math.min(...counted.map((count) => count[what]));
  await devtools.detach();
  const wasm = await page.evaluate(async () => {
    const { href } = document.querySelector("link[rel=modulepreload]");
    // The module is loaded already, and returns its instance.
    const { default: program } = await import(href);
    return (await program()).memory.buffer.byteLength;
  });
  return { heap: least("heap"), wasm, nodes: least("nodes"), listeners: least("listeners"), shown };
}

/** The median growth between measurements. One-time allocations and garbage not yet freed change a single
 * measurement; a leak makes each one larger. */
function medianGrowth(measurements, what) {
  const growth = measurements.slice(1).map((measured, i) => measured[what] - measurements[i][what]);
  return growth.sort((a, b) => a - b)[growth.length >> 1];
}

/** Asserts that the `changes` made between two measurements leak nothing. */
function assertNoLeak(measurements, changes) {
  const growth = (what) => medianGrowth(measurements, what);
  const [heap, wasm, nodes, listeners] = ["heap", "wasm", "nodes", "listeners"].map(growth);
  console.log(
    `${changes} changes leave ${heap} bytes, ${wasm} of WASM, ${nodes} nodes, ${listeners} listeners`,
  );
  assert.equal(
    new Set(measurements.map(({ shown }) => shown)).size,
    1,
    "the same number of messages is shown",
  );
  assert.ok(heap <= changes * HEAP_LEFT_MAX_BYTES, `the heap grew by ${heap} bytes`);
  const wasmMax = Math.max(changes * WASM_LEFT_MAX_BYTES, WASM_PAGE_BYTES);
  assert.ok(wasm <= wasmMax, `WASM grew by ${wasm} bytes`);
  assert.ok(nodes <= NODES_LEFT_MAX, `${nodes} more nodes`);
  assert.ok(listeners <= LISTENERS_LEFT_MAX, `${listeners} more listeners`);
}

/** Waits until nothing is pending, and each page shows what the space holds. */
async function settle(tabs) {
  await until("the stream is open", () => proxy.openStreams.length > 0, { within: 30_000 });
  for (const tab of tabs) await tab.waitForEmptyOutbox();
  const truth = await ada.api.truth(world.space);
  for (const tab of tabs) {
    const isCurrent = async () => {
      const shown = await tab.timeline();
      return String(shown.map(words)) === String(truth.map(words));
    };
    await until("all messages are shown", isCurrent, { within: 30_000 }).catch(async () => {
      assertSameTimeline(await tab.timeline(), truth, "the page");
    });
  }
  return truth;
}

const words = ({ id, text }) => `${id} ${text}`;

test("an hour of flapping leaves the page with all messages and no more memory", async () => {
  const crowd = new Crowd();
  while (crowd.messages.length < MESSAGES) await crowd.change();
  await ben.enter(world.space);
  const tabs = [ben, await ben.openTab()];
  const program = new Api(world.server.url, ben.api.cookie);
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  let timesHidden = 0;
  let restarts = 0;
  const measurements = [];

  for (let cut = 1; cut <= CUTS; cut++) {
    const [tab, other] = cut % 2 ? tabs : tabs.toReversed();
    const isRestart = cut % (CUTS / RESTARTS) === CUTS / RESTARTS / 2;
    const streams = proxy.streams.length;
    if (isRestart) await world.server.kill();
    if (cut % 3 === 0) proxy.cutsDuringNextEvent = true;
    const changing = (async () => {
      for (let i = 0; i < CHANGES_A_CUT; i++) await crowd.change();
    })();
    if (isRestart) {
      await world.server.start();
      restarts++;
    }
    proxy.cut();
    if (cut % 4 === 0) {
      await other.page.evaluate(() => {
        window.sight = "hidden";
        document.dispatchEvent(new Event("visibilitychange"));
      });
      timesHidden++;
    }
    const typed = `typed ${cut}`;
    if (cut % TYPED_EVERY_CUTS === 0) await tab.say(typed);
    await changing;
    proxy.restore();
    const wake = () =>
      Promise.all(
        tabs.map(({ page }) =>
          page.evaluate(() => {
            window.sight = "visible";
            document.dispatchEvent(new Event("visibilitychange"));
            dispatchEvent(new Event("online"));
          }),
        ),
      );
    // A flapping network reports often that it is back.
    await until("a new stream is requested", () => wake().then(() => proxy.streams.length > streams), {
      within: 30_000,
      every: 30,
    });
    if (cut % TYPED_EVERY_CUTS === 0) {
      const sent = (await settle(tabs)).filter(({ text }) => text === typed);
      assert.equal(sent.length, 1, typed);
      await program.request("DELETE", `/spaces/${world.space}/intentions/${sent[0].id}`);
    }
    if (cut % (CUTS / QUARTERS) === 0) {
      await settle(tabs);
      measurements.push(await Promise.all(tabs.map(measure)));
    }
  }

  console.log(
    `${CUTS} cuts, ${restarts} restarts, ${timesHidden} times hidden, ${crowd.changes} changes ` +
      `and ${proxy.streams.length} streams in ${seconds()} s`,
  );
  for (const i of tabs.keys()) {
    const quarters = measurements.map((measured) => JSON.stringify(measured[i]));
    console.log(`tab ${i + 1}, after each quarter: ${quarters.join(" ")}`);
  }
  assert.ok(crowd.changes >= 1000, `${crowd.changes} changes`);
  for (const tab of tabs) await assertConverged(world.space, [tab]);
  for (const i of tabs.keys()) {
    const ofTab = measurements.map((quarter) => quarter[i]);
    assertNoLeak(ofTab, (CUTS / QUARTERS) * CHANGES_A_CUT);
  }
  for (const { page } of tabs.slice(1)) await page.close();
});

test("created and deleted messages leak no memory in the page", async () => {
  await ben.enter(world.space);
  let next = 0;
  const createAndDelete = async (count) => {
    const upTo = next + count;
    const one = async () => {
      while (next < upTo) {
        const { messageId } = await ada.api.send(world.space, `created and deleted ${++next}`);
        await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
    await settle([ben]);
    return measure(ben);
  };
  const measurements = [];
  for (let i = 0; i < QUARTERS; i++) measurements.push(await createAndDelete(CREATED_AND_DELETED_A_ROUND));
  assertNoLeak(measurements, CREATED_AND_DELETED_A_ROUND);
});
