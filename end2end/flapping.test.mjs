// An hour of a bad connection, in a minute: whatever was cut, hidden, killed and started again, in the
// end the page holds what the server holds, and is no larger than it was.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { allAgree, sameTimeline, surely, until } from "./agree.mjs";
import { Api } from "./api.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

const CUTS = 240;
const CHANGES_A_CUT = 5;
const BY_HAND_EACH = 30;
/** So many messages are in the space all the time, so that what is shown does not grow by itself. */
const SAID = 40;
const RESTARTS = 4;
const QUARTERS = 4;
/** Messages that come and go, in as many rounds as the hour has quarters. */
const CAME_AND_WENT_A_ROUND = 400;

/** What is kept of a message takes more, and so does each thing that is made for a stream. */
const HEAP_LEFT_MAX_BYTES = 400;
/** Less than what a page keeps of one message: of a row that has gone, only the list remembers that
 * there was one. */
const WASM_LEFT_MAX_BYTES = 400;
const WASM_PAGE_BYTES = 64 * 1024;
/** What is typed by hand stays with the browser, to be undone. */
const NODES_LEFT_MAX = 60;
const LISTENERS_LEFT_MAX = 10;

let world, wire, ada, ben, cyd;

before(async () => {
  world = await World.open();
  wire = await Proxy.to(world.server);
  ada = await world.found("Garden");
  cyd = await world.invite(ada, "Cyd");
  ben = await world.invite(ada, "Ben", { url: wire.url });
  await ben.context.addInitScript(() => {
    Object.defineProperty(document, "visibilityState", { get: () => window.sight ?? "visible" });
  });
  await ada.page.goto("about:blank");
  await cyd.page.goto("about:blank");
});

after(async () => {
  await world.close();
  await wire.close();
});

/** Two people and their programs, who change the space all the time, and never give up. */
class Crowd {
  said = [];
  changes = 0;

  async say() {
    const person = this.changes % 2 ? ada : cyd;
    const { messageId } = await person.api.sendSurely(world.space, `said ${this.#next()}`);
    this.said.push({ person, messageId });
  }

  async edit() {
    const { person, messageId } = this.said[(this.changes * 7) % this.said.length];
    const content = `edited ${this.#next()}`;
    await surely("an edit is made", () =>
      person.api.ask("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content }),
    );
  }

  async deleteOldest() {
    const { person, messageId } = this.said.shift();
    this.#next();
    // That it is gone is what was asked for: an answer may have been lost.
    const gone = (error) => /: 404 /.test(error.message);
    await surely("a deletion is made", () =>
      person.api.ask("DELETE", `/spaces/${world.space}/intentions/${messageId}`).catch((error) => {
        if (!gone(error)) throw error;
      }),
    );
  }

  /** As many as there are to be, whoever wrote them. */
  async change() {
    const kind = this.changes % 5;
    if (this.said.length < SAID || kind === 0) await this.say();
    else if (this.said.length > SAID) await this.deleteOldest();
    else await this.edit();
  }

  #next() {
    return ++this.changes;
  }
}

/** What the page takes, once nothing is on its way and all that is garbage is collected. */
async function weigh({ page }) {
  // First, because what it takes to look into the page is in the page, too.
  const shown = await page.locator("article.message").count();
  // What went in the middle of an animation goes with its last frame.
  await page.bringToFront();
  await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    while (document.getAnimations().some(({ playState }) => playState === "running")) await frame();
    await frame();
    await frame();
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  // What one collection finds, the next may free, and what a driver holds it lets go in a while.
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
    // It is there already, and hands out what it has.
    const { default: program } = await import(href);
    return (await program()).memory.buffer.byteLength;
  });
  return { heap: least("heap"), wasm, nodes: least("nodes"), listeners: least("listeners"), shown };
}

/** By how much it grew from one weighing to the next, as a rule. What is made once, and what a browser
 * has not let go of yet, makes one of them larger or smaller; what is left behind makes all larger. */
function usualGrowth(weights, what) {
  const growth = weights.slice(1).map((weight, i) => weight[what] - weights[i][what]);
  return growth.sort((a, b) => a - b)[growth.length >> 1];
}

/** Between two weighings there was so much that may have left something behind. */
function leavesNothingBehind(weights, changes) {
  const growth = (what) => usualGrowth(weights, what);
  const [heap, wasm, nodes, listeners] = ["heap", "wasm", "nodes", "listeners"].map(growth);
  console.log(`${changes} changes leave ${heap} bytes, ${wasm} of WASM, ${nodes} nodes, ${listeners} listeners`);
  assert.equal(new Set(weights.map(({ shown }) => shown)).size, 1, "as much is shown");
  assert.ok(heap <= changes * HEAP_LEFT_MAX_BYTES, `the heap grew by ${heap} bytes`);
  const wasmMax = Math.max(changes * WASM_LEFT_MAX_BYTES, WASM_PAGE_BYTES);
  assert.ok(wasm <= wasmMax, `WASM grew by ${wasm} bytes`);
  assert.ok(nodes <= NODES_LEFT_MAX, `${nodes} more nodes`);
  assert.ok(listeners <= LISTENERS_LEFT_MAX, `${listeners} more listeners`);
}

/** Nothing is on its way any more, and each page shows what is true. */
async function settle(tabs) {
  await until("the connection is whole", () => wire.openStreams.length > 0, { within: 30_000 });
  for (const tab of tabs) await tab.outboxIsEmpty();
  const truth = await ada.api.truth(world.space);
  for (const tab of tabs) {
    const isLevel = async () => {
      const shown = await tab.timeline();
      return String(shown.map(words)) === String(truth.map(words));
    };
    await until("all is shown", isLevel, { within: 30_000 }).catch(async () => {
      sameTimeline(await tab.timeline(), truth, "the page");
    });
  }
  return truth;
}

const words = ({ id, text }) => `${id} ${text}`;

test("an hour of flapping leaves the page with all that is true, and no larger than it was", async () => {
  const crowd = new Crowd();
  while (crowd.said.length < SAID) await crowd.change();
  await ben.enter(world.space);
  const tabs = [ben, await ben.openTab()];
  const program = new Api(world.server.url, ben.api.cookie);
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  let timesHidden = 0;
  let restarts = 0;
  const weights = [];

  for (let cut = 1; cut <= CUTS; cut++) {
    const [tab, other] = cut % 2 ? tabs : tabs.toReversed();
    const isRestart = cut % (CUTS / RESTARTS) === CUTS / RESTARTS / 2;
    const streams = wire.streams.length;
    if (isRestart) await world.server.kill();
    if (cut % 3 === 0) wire.cutsInNextEvent = true;
    const changing = (async () => {
      for (let i = 0; i < CHANGES_A_CUT; i++) await crowd.change();
    })();
    if (isRestart) {
      await world.server.start();
      restarts++;
    }
    wire.cut();
    if (cut % 4 === 0) {
      await other.page.evaluate(() => {
        window.sight = "hidden";
        document.dispatchEvent(new Event("visibilitychange"));
      });
      timesHidden++;
    }
    const byHand = `written by hand ${cut}`;
    if (cut % BY_HAND_EACH === 0) await tab.say(byHand);
    await changing;
    wire.mend();
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
    // A network that flaps says often that it is back.
    await until("it comes back", () => wake().then(() => wire.streams.length > streams), {
      within: 30_000,
      every: 30,
    });
    if (cut % BY_HAND_EACH === 0) {
      const sent = (await settle(tabs)).filter(({ text }) => text === byHand);
      assert.equal(sent.length, 1, byHand);
      await program.ask("DELETE", `/spaces/${world.space}/intentions/${sent[0].id}`);
    }
    if (cut % (CUTS / QUARTERS) === 0) {
      await settle(tabs);
      weights.push(await Promise.all(tabs.map(weigh)));
    }
  }

  console.log(
    `${CUTS} cuts, ${restarts} restarts, ${timesHidden} times hidden, ${crowd.changes} changes ` +
      `and ${wire.streams.length} streams in ${seconds()} s`,
  );
  for (const [i, tab] of tabs.entries()) {
    const quarters = weights.map((weight) => JSON.stringify(weight[i]));
    console.log(`tab ${i + 1}, after each quarter: ${quarters.join(" ")}`);
  }
  assert.ok(crowd.changes >= 1000, `${crowd.changes} changes`);
  for (const tab of tabs) await allAgree(world.space, [tab]);
  for (const i of tabs.keys()) {
    const ofTab = weights.map((quarter) => quarter[i]);
    leavesNothingBehind(ofTab, (CUTS / QUARTERS) * CHANGES_A_CUT);
  }
  for (const { page } of tabs.slice(1)) await page.close();
});

test("messages that came and went leave nothing behind in the page", async () => {
  await ben.enter(world.space);
  let next = 0;
  const comeAndGo = async (count) => {
    const upTo = next + count;
    const one = async () => {
      while (next < upTo) {
        const { messageId } = await ada.api.send(world.space, `came and went ${++next}`);
        await ada.api.ask("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
    await settle([ben]);
    return weigh(ben);
  };
  const weights = [];
  for (let i = 0; i < QUARTERS; i++) weights.push(await comeAndGo(CAME_AND_WENT_A_ROUND));
  leavesNothingBehind(weights, CAME_AND_WENT_A_ROUND);
});
