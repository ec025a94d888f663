// More spaces are open than a browser may have connections: every page opens, and every message leaves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

const SPACES = 7;
const STREAMS_MAX = 4;
const WAIT = { within: 10_000, timeout: 10_000 };

const ways = {
  "over HTTP/1.1": { host: "127.0.0.1", args: [] },
  "over plain HTTP from another machine, without Web Locks": {
    host: "rhizome.test",
    args: ["--host-resolver-rules=MAP rhizome.test 127.0.0.1"],
  },
};
for (const [way, { host, args }] of Object.entries(ways)) {
  test(`seven spaces in seven tabs ${way}: every page opens, every message leaves, at most four streams`, async () => {
    const world = await World.open({ args: [...World.ARGS, ...args] });
    const proxy = await Proxy.to(world.server);
    try {
      const url = proxy.url.replace("127.0.0.1", host);
      const ada = await world.createSpace("Garden", "Ada", { url });
      ada.api.url = proxy.url;
      const hasLocks = await ada.page.evaluate(() => !!navigator.locks);
      assert.equal(hasLocks, host === "127.0.0.1");
      const spaces = [world.space];
      while (spaces.length < SPACES) {
        const made = await ada.api.request("POST", "/spaces", { name: `Space ${spaces.length}` });
        spaces.push(made.id);
      }
      const pages = [ada.page];
      for (const space of spaces.slice(1)) {
        const page = await ada.context.newPage();
        await page.goto(`${url}/spaces/${space}`, { ...WAIT, waitUntil: "commit" });
        await page.getByRole("textbox", { name: "Message", exact: true }).waitFor(WAIT);
        pages.push(page);
        const open = () => proxy.openStreams.length + proxy.inboxes.size;
        await until("the page holds a stream, or another has yielded", () => open() <= STREAMS_MAX, WAIT);
      }
      for (const [at, page] of pages.entries()) {
        const composer = page.getByRole("textbox", { name: "Message", exact: true });
        await composer.fill(`Said in ${at}`);
        await composer.press("Enter");
      }
      for (const [at, space] of spaces.entries()) {
        const said = async () => (await ada.api.truth(space)).some(({ text }) => text === `Said in ${at}`);
        await until(`${space} has its message`, said, WAIT);
        await pages[at].waitForFunction(() => !document.querySelector("[data-pending]"), null, WAIT);
      }
      const open = proxy.openStreams.length + proxy.inboxes.size;
      assert.ok(open <= STREAMS_MAX, `${open} streams`);
    } finally {
      await world.close();
      await proxy.close();
    }
  });
}
