// What Lighthouse makes of a space in which much was said, on a phone and a slow network.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { loadavg } from "node:os";
import { after, before, test } from "node:test";

import lighthouse from "lighthouse";
import { chromium } from "playwright-core";

import { World } from "./world.mjs";

const MESSAGES = 200;
const PERFORMANCE_MIN = 90;
const RUNS_MAX = 3;

const SETTINGS = {
  formFactor: "mobile",
  onlyCategories: ["performance", "accessibility", "best-practices"],
  // Every run is a first visit, by somebody who is signed in: only the cookie is left.
  clearStorageTypes: [
    "file_systems",
    "shader_cache",
    "service_workers",
    "cache_storage",
    "indexeddb",
    "local_storage",
  ],
};

let world, browser, port, url;

before(async () => {
  world = await World.open();
  const ada = await world.found("Garden");
  const ben = await world.invite(ada, "Ben");
  for (let i = 0; i < MESSAGES; i++) {
    const { api } = i % 3 ? ada : ben;
    await api.send(world.space, `Line ${i + 1} ${"and on it goes ".repeat(i % 12)}`);
  }
  url = `${ada.url}/spaces/${world.space}`;
  const cookies = await ada.context.cookies();
  // Nobody else's page may take the time of the one that is measured.
  await world.browser.close();

  port = await freePort();
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--disable-gpu", "--disable-quic", `--remote-debugging-port=${port}`],
  });
  // Lighthouse opens its page outside Playwright's contexts, where Playwright leaves it alone.
  const session = await browser.newBrowserCDPSession();
  await session.send("Storage.setCookies", { cookies });
});

after(async () => {
  await browser?.close();
  await world.close();
});

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** What each category scored, of 100, and the audits that cost it something. */
async function run() {
  const { lhr } = await lighthouse(url, { port, logLevel: "error", ...SETTINGS });
  assert.equal(lhr.runtimeError, undefined);
  assert.equal(lhr.finalDisplayedUrl, url, "one is signed in");
  const asked = lhr.audits["network-requests"].details.items.map(({ url }) => new URL(url).pathname);
  assert.ok(asked.includes("/api/stream"), "the page came alive while it was measured");
  const [scores, flaws] = [{}, {}];
  for (const { id, score, auditRefs } of Object.values(lhr.categories)) {
    const weighed = auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => lhr.audits[id]);
    const lacking = weighed.filter(({ score }) => score !== null && score < 1);
    scores[id] = Math.round(score * 100);
    flaws[id] = lacking.map(({ id, title, displayValue, details }) => {
      const where = details?.items?.[0] ? `, first ${JSON.stringify(details.items[0]).slice(0, 300)}` : "";
      return `${id}: ${displayValue ?? title}${where}`;
    });
  }
  // Of the processor it is only thought that a phone's is four times slower: what else ran here counts.
  const load = loadavg()[0].toFixed(1);
  console.log(`${JSON.stringify(scores)}, load ${load}, benchmark ${lhr.environment.benchmarkIndex}`);
  return { scores, flaws };
}

test(`a space of ${MESSAGES} messages is as Lighthouse wants it, on a phone`, async () => {
  let best = 0;
  let costs;
  for (let i = 0; i < RUNS_MAX && best < PERFORMANCE_MIN; i++) {
    const { scores, flaws } = await run();
    // These two measure no time: one run that finds something is enough.
    assert.deepEqual(flaws.accessibility, []);
    assert.equal(scores.accessibility, 100);
    assert.deepEqual(flaws["best-practices"], []);
    assert.equal(scores["best-practices"], 100);
    // Whatever else runs here can only make a page slower, so the best run says most about the page.
    if (scores.performance >= best) [best, costs] = [scores.performance, flaws.performance];
  }
  assert.ok(best >= PERFORMANCE_MIN, `performance is ${best} at best:\n${costs.join("\n")}`);
});
