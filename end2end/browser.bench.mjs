// What an event costs a browser, and whether that depends on how much is shown. Nothing here passes or
// fails: two pages, one with little and one with much in it, are measured turn by turn in one run.
// That one event makes one small change is a test elsewhere.

import { until } from "./agree.mjs";
import { World } from "./world.mjs";

const LITTLE = 50;
const MUCH = 5_000;
const ROUNDS = 12;
const EVENTS_A_ROUND = 20;
const LOADS = 7;
/** A phone's processor, as it is thought of: so many times slower. */
const PHONE_SLOWDOWN = 4;
const ROUNDS_MAX_MILLIS = 25_000;
const LOADS_MAX_MILLIS = 20_000;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const spread = (numbers) => `${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)}`;
const row = (name, ratios, meaning) =>
  console.log(`${name} | ${median(ratios).toFixed(2)} | ${spread(ratios)} | ${meaning}`);

/** Notes in a page when it comes alive, and of each event how long it takes onto the screen. */
function watch() {
  window.painted = [];
  const Native = window.EventSource;
  window.EventSource = class extends Native {
    constructor(...args) {
      super(...args);
      window.aliveAt ??= performance.now();
      // It hears each event before the app does: the browser has just made it of its bytes.
      this.addEventListener("message", () => {
        const began = performance.now();
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          // The first thing that runs once the frame is drawn.
          port1.onmessage = () => window.painted.push(performance.now() - began);
          port2.postMessage(null);
        });
      });
    }
  };
}

/** A page with so much of a space in it, and what an event costs it. */
class Loaded {
  static async open(ben, api, shown) {
    const { id } = await ben.api.ask("POST", "/spaces", { name: `Space of ${shown}` });
    const { token } = await ben.api.ask("POST", `/spaces/${id}/invites`);
    await api.ask("POST", `/invites/${token}`);
    await api.sendMany(id, shown, (i) => `Line ${i + 1}, and on it goes`);
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

  /** Lets so many events come, one after the other. */
  async hear(count) {
    // A page behind another is drawn seldom.
    await this.page.bringToFront();
    const before = await this.page.evaluate(() => window.painted.splice(0).length);
    const busy = await this.mainThreadMillis();
    for (let i = 0; i < count; i++) {
      await this.api.send(this.id, `Said while it is measured, ${before} ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const isDone = () => this.page.evaluate((count) => window.painted.length >= count, count);
    await until("all are painted", isDone, { every: 50 });
    const work = (await this.mainThreadMillis()) - busy;
    const painted = await this.page.evaluate(() => window.painted.splice(0));
    return { paint: median(painted), work: work / count };
  }
}

/** A first visit on a phone's processor: nothing is kept, but who one is. */
async function visit(world, cookies, id) {
  const context = await world.browser.newContext({ serviceWorkers: "block" });
  await context.addCookies(cookies);
  await context.addInitScript(watch);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: PHONE_SLOWDOWN });
  await page.goto(`${world.server.url}/spaces/${id}`);
  await page.waitForFunction(() => window.aliveAt);
  const times = await page.evaluate(() => ({
    alive: window.aliveAt,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? window.aliveAt,
  }));
  await context.close();
  return times;
}

/** Turn by turn, until there are enough turns or the time is up. */
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

const world = await World.open();
try {
  const ada = await world.found("Garden");
  const ben = await world.invite(ada, "Ben");
  await Promise.all([ada, ben].map(({ page }) => page.goto("about:blank")));
  await ben.context.addInitScript(watch);
  const pages = [await Loaded.open(ben, ada.api, LITTLE), await Loaded.open(ben, ada.api, MUCH)];

  const hear = pages.map((page) => () => page.hear(EVENTS_A_ROUND));
  for (const warmUp of hear) await warmUp();
  const heard = await takeTurns(ROUNDS, ROUNDS_MAX_MILLIS, hear);
  const [paintLittle, paintMuch] = millisOf(heard, "paint");
  row(
    "from an event's bytes to its paint",
    ratiosOf(heard, "paint"),
    `${paintMuch} with ${MUCH} messages loaded, ${paintLittle} with ${LITTLE}; waiting for the frame is in it`,
  );
  const [workLittle, workMuch] = millisOf(heard, "work");
  row(
    "main-thread time per event",
    ratiosOf(heard, "work"),
    `${workMuch} with ${MUCH} messages loaded, ${workLittle} with ${LITTLE}; script, style, layout and paint`,
  );

  for (const { page } of pages) await page.close();
  const cookies = await ben.context.cookies();
  const visits = pages.map(({ id }) => () => visit(world, cookies, id));
  const visited = await takeTurns(LOADS, LOADS_MAX_MILLIS, visits);
  const [aliveLittle, aliveMuch] = millisOf(visited, "alive");
  const [seenLittle] = millisOf(visited, "paint");
  row(
    `first load until it can be used, processor ${PHONE_SLOWDOWN} times slower`,
    ratiosOf(visited, "alive"),
    `${aliveMuch} in a space of ${MUCH} messages, ${aliveLittle} of ${LITTLE}; first seen after ${seenLittle}`,
  );
} finally {
  await world.close();
}
