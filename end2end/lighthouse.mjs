// Lighthouse's view of a space with many messages, on a phone and a slow network.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";

import lighthouse from "lighthouse";
import { chromium } from "playwright-core";

import { World } from "./world.mjs";

export const MESSAGES = 200;

const SETTINGS = {
  formFactor: "mobile",
  // Every run is a first visit by a signed-in person: only the cookie is kept.
  clearStorageTypes: [
    "file_systems",
    "shader_cache",
    "service_workers",
    "cache_storage",
    "indexeddb",
    "local_storage",
  ],
};

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A space of many messages, and a browser that visits it. */
export class Visit {
  static async open() {
    const visit = new Visit();
    visit.world = await World.open();
    const ada = await visit.world.createSpace("Garden");
    const ben = await visit.world.invite(ada, "Ben");
    for (let i = 0; i < MESSAGES; i++) {
      const { api } = i % 3 ? ada : ben;
      await api.send(visit.world.space, `Line ${i + 1} ${"and on it goes ".repeat(i % 12)}`);
    }
    visit.url = `${ada.url}/spaces/${visit.world.space}`;
    const cookies = await ada.context.cookies();
    // No other page may compete with the measured one for the processor.
    await visit.world.browser.close();
    visit.port = await freePort();
    visit.browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--disable-gpu", "--disable-quic", `--remote-debugging-port=${visit.port}`],
    });
    // Lighthouse opens its page outside Playwright's contexts, where Playwright leaves it alone.
    const session = await visit.browser.newBrowserCDPSession();
    await session.send("Storage.setCookies", { cookies });
    return visit;
  }

  /** The score of each category, out of 100, and the audits that lowered it. */
  async judge(categories) {
    const settings = { port: this.port, logLevel: "error", onlyCategories: categories, ...SETTINGS };
    const { lhr } = await lighthouse(this.url, settings);
    assert.equal(lhr.runtimeError, undefined);
    assert.equal(lhr.finalDisplayedUrl, this.url, "the visitor is signed in");
    const asked = lhr.audits["network-requests"]?.details.items.map(({ url }) => new URL(url).pathname);
    assert.ok(!asked || asked.includes("/api/stream"), "the page went live while it was looked at");
    const [scores, flaws] = [{}, {}];
    for (const { id, score, auditRefs } of Object.values(lhr.categories)) {
      const weighted = auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => lhr.audits[id]);
      const lacking = weighted.filter(({ score }) => score !== null && score < 1);
      scores[id] = Math.round(score * 100);
      flaws[id] = lacking.map(({ id, title, displayValue, details }) => {
        const where = details?.items?.[0] ? `, first ${JSON.stringify(details.items[0]).slice(0, 300)}` : "";
        return `${id}: ${displayValue ?? title}${where}`;
      });
    }
    return { scores, flaws };
  }

  async close() {
    await this.browser?.close();
    await this.world.close();
  }
}
