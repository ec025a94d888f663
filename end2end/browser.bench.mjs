// Measures what an event costs a browser, and whether that depends on how much is shown. Nothing here
// passes or fails: a page with few messages and a page with many are measured in turn in one run.
// `dom_budget.test.mjs` tests that an event makes one small change.

import { until } from "./assertions.mjs";
import { MESSAGES, Visit } from "./lighthouse.mjs";
import { Provider, createBeing } from "./provider.mjs";
import { World } from "./world.mjs";

const LITTLE = 50;
const MUCH = 400;
const ROUNDS = 12;
const EVENTS_A_ROUND = 20;
const LOADS = 7;
const KEYS = 20;
const VIEWS_UP = 2;
/** Answers grow in portions of 50 ms, so five of them make a hundred a second. */
const ANSWERS = 5;
/** Deltas that a provider sends in a second, as fast as models get. */
const DELTAS = 5_000;
const DELTA_SECONDS = 3;
/** How long the answers are whose portions are painted. */
const LENGTHS = [1_000, 16_000];
const PORTIONS = 20;
/** A phone's processor is assumed to be this many times slower. */
const PHONE_SLOWDOWN = 4;
const LIGHTHOUSE_RUNS = 5;
const ROUNDS_MAX_MILLIS = 25_000;
const LOADS_MAX_MILLIS = 20_000;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const spread = (numbers) => `${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)}`;
const row = (name, ratios, meaning) =>
  console.log(`${name} | ${median(ratios).toFixed(2)} | ${spread(ratios)} | ${meaning}`);

/** Records in a page when it becomes live, and how long each event takes to be painted. */
function watch() {
  window.painted = [];
  const Native = window.EventSource;
  window.EventSource = class extends Native {
    constructor(...args) {
      super(...args);
      window.liveAt ??= performance.now();
      // This listener runs before the app's: the browser has just parsed the event.
      this.addEventListener("message", () => {
        const began = performance.now();
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          // This runs first after the frame is drawn.
          port1.onmessage = () => window.painted.push(performance.now() - began);
          port2.postMessage(null);
        });
      });
    }
  };
}

/** A page that shows a given number of messages, and what an event costs it. */
class Loaded {
  static async open(ben, api, shown) {
    const { id } = await ben.api.request("POST", "/spaces", { name: `Space of ${shown}` });
    const { token } = await ben.api.request("POST", `/spaces/${id}/invites`);
    await api.request("POST", `/invites/${token}`);
    await api.sendMany(id, shown, (i) => `Line ${i + 1}, and on it goes`);
    await ben.api.readAll(id);
    const page = await ben.context.newPage();
    await ben.enter(id, page);
    const loaded = Object.assign(new Loaded(), { id, api, page, shown });
    await Object.assign(Object.create(ben), { page }).loadAll();
    loaded.devtools = await page.context().newCDPSession(page);
    await loaded.devtools.send("Performance.enable");
    return loaded;
  }

  async mainThreadMillis() {
    const { metrics } = await this.devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  }

  /** Receives this many events, one after the other. */
  async receive(count) {
    // A page in the background is drawn rarely.
    await this.page.bringToFront();
    const before = await this.page.evaluate(() => window.painted.splice(0).length);
    const busy = await this.mainThreadMillis();
    for (let i = 0; i < count; i++) {
      await this.api.send(this.id, `Sent while it is measured, ${before} ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const isDone = () => this.page.evaluate((count) => window.painted.length >= count, count);
    await until("all are painted", isDone, { every: 50 });
    const work = (await this.mainThreadMillis()) - busy;
    const painted = await this.page.evaluate(() => window.painted.splice(0));
    return { paint: median(painted), work: work / count };
  }
}

/** Scrolls up, types into the composer key by key, and returns how long each key takes to be painted. */
async function type(page, viewsUp) {
  await page.bringToFront();
  await page.evaluate((views) => {
    const scroller = document.querySelector("[aria-label=Messages]");
    scroller.scrollTop = -views * scroller.clientHeight;
    document.querySelector(".composer textarea").focus({ preventScroll: true });
    window.typed = [];
    const paint = () => {
      const began = performance.now();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.typed.push(performance.now() - began);
        port2.postMessage(null);
      });
    };
    if (!window.isTimed) addEventListener("keydown", paint, { capture: true });
    window.isTimed = true;
  }, viewsUp);
  for (let count = 1; count <= KEYS; count++) {
    await page.keyboard.press("a");
    await page.waitForFunction((count) => window.typed.length >= count, count);
  }
  return page.evaluate(() => window.typed);
}

const millis = (numbers) => `${median(numbers).toFixed(1)} ms (${spread(numbers)})`;

/** From a key to its paint, at the end and far up, while nothing comes and while answers grow. */
async function typing({ id, page }, founder) {
  const both = async () => [await type(page, 0), await type(page, VIEWS_UP)];
  const [end, up] = await both();
  const provider = await Provider.open();
  let isGrowing = true;
  const grow = async (reply) => {
    while (isGrowing && reply.isOpen) {
      reply.say("and on ");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    reply.stop();
  };
  provider.play(grow);
  for (let i = 0; i < ANSWERS; i++) {
    const being = await createBeing(founder, id, `Sage${i}`, provider);
    await founder.api.send(id, `${being} Grow.`);
  }
  await page.waitForFunction((count) => document.querySelectorAll("article .mark").length >= count, ANSWERS);
  const [growingEnd, growingUp] = await both();
  isGrowing = false;
  await provider.close();
  const ratios = up.map((taken) => taken / median(end));
  const growing = growingUp.map((taken) => taken / median(growingEnd));
  row(`from a key to its paint, ${VIEWS_UP} views up`, ratios, `${millis(up)}; at the end ${millis(end)}`);
  row(
    `the same while ${ANSWERS} answers grow, 100 portions a second`,
    growing,
    `${millis(growingUp)}; at the end ${millis(growingEnd)}`,
  );
}

/** An answer that has this length already grows: what each further portion costs to paint, and in all. */
async function grow({ id, page, devtools }, { api, being, provider }, length) {
  const gates = [];
  provider.play(async (reply) => {
    const text = "So it grows, **word** by `word`, and line by line.\n\n";
    reply.say(text.repeat(length / text.length));
    for (let i = 0; i < PORTIONS; i++) {
      await new Promise((resolve) => gates.push(resolve));
      reply.say("and on it goes ");
    }
    reply.stop();
  });
  await api.send(id, `${being} Grow.`);
  await until("it has begun", () => gates.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.bringToFront();
  await page.evaluate(() => window.painted.splice(0));
  const busy = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  const before = await busy();
  for (let i = 0; i < PORTIONS; i++) {
    await until("it goes on", () => gates.length > i);
    gates[i]();
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  const work = ((await busy()) - before) / PORTIONS;
  const painted = await page.evaluate(() => window.painted.splice(0));
  return { paint: median(painted), work };
}

/** Answers: a portion where much stands before it, and a composer beside a flood. */
async function answering({ id, page, devtools }, founder) {
  const provider = await Provider.open();
  const being = await createBeing(founder, id, "Muse", provider);
  const asked = { api: founder.api, being, provider };
  const turns = [];
  for (let turn = 0; turn < 3; turn++) {
    turns.push([
      await grow({ id, page, devtools }, asked, LENGTHS[0]),
      await grow({ id, page, devtools }, asked, LENGTHS[1]),
    ]);
  }
  const [paintShort, paintLong] = millisOf(turns, "paint");
  const [workShort, workLong] = millisOf(turns, "work");
  row(
    `a portion of an answer until its paint, behind ${LENGTHS[1]} characters / ${LENGTHS[0]}`,
    ratiosOf(turns, "paint"),
    `${paintLong} and ${paintShort}; main thread ${workLong} and ${workShort}`,
  );
  let [sent, began] = [0];
  provider.play(async (reply) => {
    began = performance.now();
    while (sent < DELTAS * DELTA_SECONDS && reply.isOpen) {
      const due = ((performance.now() - began) / 1000) * DELTAS;
      while (sent < due) reply.say(++sent % 12 ? "a" : "b ");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    reply.stop();
  });
  const idle = await type(page, 0);
  await founder.api.send(id, `${being} Flood.`);
  await until("it has begun", () => sent > 0);
  const flooded = await type(page, 0);
  const rate = sent / ((performance.now() - began) / 1000);
  row(
    `from a key to its paint while ${DELTAS} deltas come in a second`,
    flooded.map((taken) => taken / median(idle)),
    `${millis(flooded)}, with nothing ${millis(idle)}; ${rate.toFixed(0)} deltas a second were sent; aim: below 100 ms`,
  );
  await provider.close();
}

/** A first visit on a phone's processor: nothing is stored but the session cookie. */
async function visit(world, cookies, id) {
  const context = await world.browser.newContext({ serviceWorkers: "block" });
  await context.addCookies(cookies);
  await context.addInitScript(watch);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: PHONE_SLOWDOWN });
  await page.goto(`${world.server.url}/spaces/${id}`);
  await page.waitForFunction(() => window.liveAt);
  const times = await page.evaluate(() => ({
    live: window.liveAt,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? window.liveAt,
  }));
  await context.close();
  return times;
}

/** Alternates between both, until there are enough turns or the time is up. */
async function takeTurns(count, millis, [little, much]) {
  const turns = [];
  const began = performance.now();
  while (turns.length < count && (turns.length < 2 || performance.now() - began < millis)) {
    turns.push([await little(), await much()]);
  }
  return turns;
}

const ratiosOf = (turns, what) => turns.map(([little, much]) => much[what] / little[what]);
const millisOf = (turns, what) =>
  [0, 1].map((which) => `${median(turns.map((turn) => turn[which][what])).toFixed(1)} ms`);

/** Its processor is only computed to be slower, so whatever else runs here lowers the score. */
async function lighthousePerformance() {
  const visit = await Visit.open();
  const scores = [];
  try {
    for (let i = 0; i < LIGHTHOUSE_RUNS; i++) scores.push((await visit.judge(["performance"])).scores.performance);
  } finally {
    await visit.close();
  }
  row("Lighthouse's performance, out of 100", scores, `a first visit to ${MESSAGES} messages, on its phone`);
}

const world = await World.open();
try {
  const ada = await world.createSpace("Garden");
  const ben = await world.invite(ada, "Ben");
  await Promise.all([ada, ben].map(({ page }) => page.goto("about:blank")));
  await ben.context.addInitScript(watch);
  const pages = [await Loaded.open(ben, ada.api, LITTLE), await Loaded.open(ben, ada.api, MUCH)];

  const receive = pages.map((page) => () => page.receive(EVENTS_A_ROUND));
  for (const warmUp of receive) await warmUp();
  const received = await takeTurns(ROUNDS, ROUNDS_MAX_MILLIS, receive);
  const [paintLittle, paintMuch] = millisOf(received, "paint");
  row(
    "from an event's bytes to its paint",
    ratiosOf(received, "paint"),
    `${paintMuch} with ${MUCH} messages loaded, ${paintLittle} with ${LITTLE}; includes the wait for the frame`,
  );
  const [workLittle, workMuch] = millisOf(received, "work");
  row(
    "main-thread time per event",
    ratiosOf(received, "work"),
    `${workMuch} with ${MUCH} messages loaded, ${workLittle} with ${LITTLE}; script, style, layout and paint`,
  );

  await typing(pages[1], ada);
  await answering(pages[0], ada);

  for (const { page } of pages) await page.close();
  const cookies = await ben.context.cookies();
  const visits = pages.map(
    ({ id }) =>
      () =>
        visit(world, cookies, id),
  );
  const visited = await takeTurns(LOADS, LOADS_MAX_MILLIS, visits);
  const [liveLittle, liveMuch] = millisOf(visited, "live");
  const [paintedLittle] = millisOf(visited, "paint");
  row(
    `first load until it can be used, processor ${PHONE_SLOWDOWN} times slower`,
    ratiosOf(visited, "live"),
    `${liveMuch} in a space of ${MUCH} messages, ${liveLittle} of ${LITTLE}; first painted after ${paintedLittle}`,
  );
} finally {
  await world.close();
}
await lighthousePerformance();
