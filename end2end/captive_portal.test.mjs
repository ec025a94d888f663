// An intermediary may respond in the server's place: a proxy without a server behind it, a captive portal.
// The client must not take that for the server's response.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { CHANGES, SENDS } from "./api.mjs";
import { World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });

const answers = {
  "a proxy's 404": { status: 404, contentType: "text/plain", body: "404 page not found\n" },
  "a portal's page": { status: 200, contentType: "text/html", body: "<!DOCTYPE html><title>Welcome</title>" },
};

for (const [whose, answer] of Object.entries(answers)) {
  test(`${whose} is not taken for the response to a deletion or a message`, async () => {
    const [going, coming] = [`Goes in spite of ${whose}`, `Comes in spite of ${whose}`];
    await ada.say(going);
    await ben.message(going).waitFor();
    let answered = 0;
    const intercept = (route) => {
      if (route.request().method() === "GET") return route.fallback();
      answered++;
      return route.fulfill(answer);
    };
    await ada.context.route(CHANGES, intercept);
    await ada.context.route(SENDS, intercept);
    await ada.remove(going);
    await until("the deletion was intercepted", () => answered > 0);
    await ada.say(coming);
    await ada.waitForStoredCount(2, "outbox");
    await ada.context.unroute(CHANGES, intercept);
    await ada.context.unroute(SENDS, intercept);
    await ben.message(going).waitFor({ state: "detached", ...RECONNECT_WAIT });
    await ben.message(coming).waitFor(RECONNECT_WAIT);
    await ada.waitForStoredCount(0, "outbox");
    assert.equal(await ada.pending().count(), 0);
  });
}
