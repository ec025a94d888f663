// What stands between may answer in the server's place: a proxy that has no server behind it, the portal
// of a hotel. That is no answer.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { CHANGES, SENDS } from "./api.mjs";
import { World } from "./world.mjs";

const BACK = { timeout: 60_000 };

let world, ada, ben;

before(async () => {
  world = await World.open();
  ada = await world.found("Garden");
  ben = await world.invite(ada, "Ben");
});

after(() => world.close());

const answers = {
  "a proxy's 404": { status: 404, contentType: "text/plain", body: "404 page not found\n" },
  "a portal's page": { status: 200, contentType: "text/html", body: "<!DOCTYPE html><title>Welcome</title>" },
};

for (const [whose, answer] of Object.entries(answers)) {
  test(`${whose} is taken for no answer to a deletion, nor to a message`, async () => {
    const [going, coming] = [`Goes in spite of ${whose}`, `Comes in spite of ${whose}`];
    await ada.say(going);
    await ben.message(going).waitFor();
    let answered = 0;
    const stand = (route) => {
      if (route.request().method() === "GET") return route.fallback();
      answered++;
      return route.fulfill(answer);
    };
    await ada.context.route(CHANGES, stand);
    await ada.context.route(SENDS, stand);
    const message = ada.message(going);
    await message.hover();
    await message.getByRole("button", { name: "Delete" }).click();
    await message.getByText("Delete for everyone?").waitFor();
    await message.getByRole("button", { name: "Delete" }).click();
    await until("it was answered", () => answered > 0);
    await ada.say(coming);
    await ada.keeps(2, "outbox");
    await ada.context.unroute(CHANGES, stand);
    await ada.context.unroute(SENDS, stand);
    await ben.message(going).waitFor({ state: "detached", ...BACK });
    await ben.message(coming).waitFor(BACK);
    await ada.keeps(0, "outbox");
    assert.equal(await ada.pending().count(), 0);
  });
}
