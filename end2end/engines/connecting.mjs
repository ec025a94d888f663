// Several tabs, no network, and the worker that opens the app all the same.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../assertions.mjs";

export function connecting(fixture) {
  test("two tabs share one stream, both show and send, and one goes on when the other is closed", async () => {
    const space = await fixture.openSpace("Tabs");
    const [first, second] = [fixture.tab, await fixture.browser.openTab()];
    await fixture.enter(space, second);
    await fixture.say("From the second", second);
    for (const each of [first, second]) await fixture.shows(["From the second"], each);
    await first.show();
    await fixture.say("From the first");
    await fixture.shows(["From the second", "From the first"]);
    await fixture.ben.send(space, "From Ben");
    const said = ["From the second", "From the first", "From Ben"];
    for (const each of [first, second]) await fixture.shows(said, each);
    const ofSpace = () => fixture.proxy.openStreams.filter(({ url }) => url.includes(space)).length;
    assert.equal(ofSpace(), 1);
    await first.close();
    fixture.tab = second;
    await second.show();
    await fixture.ben.send(space, "After the leader");
    await fixture.shows([...said, "After the leader"]);
    await fixture.say("Still here");
    await fixture.shows([...said, "After the leader", "Still here"]);
    await until("one stream is open", () => ofSpace() === 1);
    assert.deepEqual(await fixture.texts(space), [...said, "After the leader", "Still here"]);
  });

  test("the worker opens the app without a server; what is written then arrives once", async () => {
    const { tab } = fixture;
    const space = await fixture.openSpace("Tunnel");
    await fixture.say("Seen before");
    await fixture.shows(["Seen before"]);
    await fixture.isStored("visits", "Seen before");
    await tab.until("the worker is installed", async () => !!(await navigator.serviceWorker.ready).active);
    const isOffline = await tab.setOffline(true);
    fixture.proxy.cut();
    await tab.says(isOffline ? "Waiting for the network…" : "Reconnecting…");
    await fixture.say("Written in the tunnel");
    await tab.has("[data-pending]");
    await fixture.isStored("outbox", "Written in the tunnel");
    await fixture.ben.send(space, "Missed in the tunnel");
    if (isOffline) await tab.setOffline(false);
    await tab.load(`${fixture.proxy.url}/spaces/${space}`);
    await tab.says("Seen before");
    await tab.has("[data-pending]");
    await fixture.say("Written after a start");
    fixture.proxy.restore();
    const said = ["Seen before", "Missed in the tunnel", "Written in the tunnel", "Written after a start"];
    await fixture.shows(said);
    assert.deepEqual(await fixture.texts(space), said);
    await tab.hasNo(".connection-status.shown");
  });
}
