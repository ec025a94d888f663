// A page that takes long through the service worker is late, not away: it is said, and shown once it comes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Proxy } from "./proxy.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

test("a page of four seconds is late and then shown; a page that does not come is said to be away", async () => {
  const world = await World.open();
  const proxy = await Proxy.to(world.server);
  try {
    const ada = await world.createSpace("Garden", "Ada", { url: proxy.url, ...WITH_SERVICE_WORKER });
    await ada.waitUntilOfflineReady();
    // Nothing is kept on the device, so the shell has nothing to show.
    const [made] = await Promise.all([
      ada.api.request("POST", "/spaces", { name: "Meadow" }),
      ada.page.goto(`${proxy.url}/help`),
    ]);
    await ada.page.evaluate(() => navigator.serviceWorker.ready);
    proxy.freeze();
    const opening = ada.page.goto(`${proxy.url}/spaces/${made.id}`, { waitUntil: "commit" });
    await opening;
    await ada.page.getByText("Still connecting…").waitFor({ timeout: 10_000 });
    assert.equal(await ada.page.getByText("cannot be reached").isVisible(), false);
    proxy.thaw();
    await ada.composer.waitFor({ timeout: 10_000 });
    assert.equal(await ada.page.title(), "Meadow · Rhizome");

    const other = await ada.api.request("POST", "/spaces", { name: "Pond" });
    await world.server.stop();
    await ada.page.goto(`${proxy.url}/spaces/${other.id}`);
    await ada.page.getByText("cannot be reached").waitFor({ timeout: 10_000 });
    assert.equal(await ada.page.getByText("Still connecting…").isVisible(), false);
    await world.server.start();
  } finally {
    await world.close();
    await proxy.close();
  }
});
