// A cold start with no network and no server: the app opens, shows what was last seen, and accepts what
// is written.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RECONNECT_WAIT } from "./assertions.mjs";
import { endOutage, impersonateServer, openOffline, spaceLink, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

/** The requirement is one second. A loaded machine may take this long; the measured time is printed. */
const SHOWN_MAX_MILLIS = 10_000;

const { world, ada, ben } = await World.meet({ Ada: WITH_SERVICE_WORKER, Ben: {} });
const attic = await ada.api.request("POST", "/spaces", { name: "Attic" });
await ben.say("Seen before the tunnel");
await ada.waitUntilStored("Seen before the tunnel");
await ada.waitUntilOfflineReady();

describe("a cold start with no network and no server", () => {
  /** Starts the server, and the browser reports that it is online. If the test itself had cut the network,
   * the page might hear that it is back before the service worker has it. */
  async function comeBack() {
    await world.server.start();
    await ada.page.evaluate(() => dispatchEvent(new Event("online")));
  }

  test("shows a space as it was last seen, and accepts a message that arrives once", async () => {
    await startOutage(world, ada);
    const began = performance.now();
    await openOffline(ada, `/spaces/${world.space}`);
    await ada.message("Seen before the tunnel").waitFor();
    const took = Math.round(performance.now() - began);
    console.log(`a cold start shows the last state after ${took} ms`);
    assert.ok(took < SHOWN_MAX_MILLIS, `${took} ms`);
    await ada.page.getByRole("heading", { name: "Garden" }).waitFor();
    await ada.connectionStatus.waitFor();
    await ada.say("Written in the tunnel");
    await ada.pending("Written in the tunnel").waitFor();
    await ada.waitUntilStored("Written in the tunnel", "outbox");

    await openOffline(ada, `/spaces/${world.space}`);
    await ada.pending("Written in the tunnel").waitFor();
    await endOutage(world, ada);
    await ben.message("Written in the tunnel").waitFor(RECONNECT_WAIT);
    await ada.waitForEmptyOutbox();
    await ada.waitForStoredCount(0, "outbox");
    await ada.enter(world.space);
    await ada.say("After the tunnel");
    await ben.message("After the tunnel").waitFor();
    for (const person of [ada, ben]) {
      assert.equal(await person.countOf("Written in the tunnel"), 1, `${person.name} has it once`);
    }
  });

  test("lists the stored spaces, opens one, and the list becomes live when the server is back", async () => {
    // Only the server is down: a browser whose network a test cuts believes, on each navigation, that the
    // network is back.
    await world.server.stop();
    await openOffline(ada, "/");
    await ada.page.getByText("The server cannot be reached. Kept on this device:").waitFor();
    assert.deepEqual(await spaceLink(ada, "Garden").count(), 1);
    assert.deepEqual(await spaceLink(ada, "Attic").count(), 0, "it was never opened here");
    await spaceLink(ada, "Garden").click();
    await ada.message("Seen before the tunnel").waitFor();

    await openOffline(ada, "/");
    await spaceLink(ada, "Garden").waitFor();
    await comeBack();
    await ada.page.getByRole("button", { name: "Create" }).waitFor();
    await spaceLink(ada, "Attic").waitFor();
  });

  test("says that a space is not stored, and shows it when the network is back", async () => {
    await world.server.stop();
    await openOffline(ada, `/spaces/${attic.id}`);
    await ada.page.getByText("this space is not kept here. Kept on this device:").waitFor();
    await spaceLink(ada, "Garden").waitFor();
    assert.equal(await ada.composer.count(), 0, "a space that cannot be shown has no composer");
    await comeBack();
    await ada.page.getByRole("heading", { name: "Attic" }).waitFor();
  });

  test("shows a space when the network does not respond, or a proxy returns errors", async () => {
    await ada.page.goto("about:blank");
    await world.server.stop();
    const failures = {
      "the network does not respond": () => {},
      "a proxy answers 502": (_, answer) => answer.writeHead(502).end("Bad gateway"),
      "a proxy answers 503 with a page": (_, answer) =>
        answer.writeHead(503, { "content-type": "text/html" }).end("<h1>Maintenance</h1>"),
    };
    for (const [what, answer] of Object.entries(failures)) {
      const end = await impersonateServer(world, answer);
      for (const path of [`/spaces/${world.space}`, "/"]) {
        const began = performance.now();
        await openOffline(ada, path);
        await (path === "/" ? spaceLink(ada, "Garden") : ada.message("Seen before the tunnel")).waitFor();
        const took = Math.round(performance.now() - began);
        console.log(`${what}: ${path} is shown after ${took} ms`);
        assert.ok(took < 3000 + SHOWN_MAX_MILLIS, `${took} ms`);
      }
      await end();
    }
    await openOffline(ada, "/");
    const end = await impersonateServer(world, (_, answer) =>
      setTimeout(() => answer.end("Late, but here"), 4500),
    );
    await ada.page.getByRole("link", { name: "Try again" }).click();
    // A manual retry wants the server, and waits for it.
    await ada.page.getByText("Late, but here").waitFor();
    await end();
    await openOffline(ada, `/spaces/${world.space}`);
    await ada.say("Written behind a bad gateway");
    await world.server.start();
    await ben.message("Written behind a bad gateway").waitFor(RECONNECT_WAIT);
    assert.equal(await ben.countOf("Written behind a bad gateway"), 1);
  });
});
