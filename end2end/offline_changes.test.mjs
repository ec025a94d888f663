// Changes made with no network show at once, survive their tab, and reach the server in order, each once.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { endOutage, openOffline, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

/** How many changes the space has had in all. */
async function changeCount(person, space) {
  const spaces = await person.api.request("GET", "/spaces");
  return Number(spaces.find((listing) => listing.space.id === space).lastMessageId.replace("msg_", ""));
}

const { world, ada, ben } = await World.meet({ Ada: WITH_SERVICE_WORKER, Ben: {} });
await ada.waitUntilOfflineReady();

describe("a change made with no network", () => {
  test("shows at once as pending, survives its tab, and arrives in order, exactly once", async () => {
    for (const text of ["First thought", "Second thought", "Third thought"]) {
      await ada.say(text);
      await ben.message(text).waitFor();
    }
    await ada.waitUntilStored("Third thought");
    const before = await changeCount(ada, world.space);

    await startOutage(world, ada);
    await openOffline(ada, `/spaces/${world.space}`);
    await ada.edit("First thought", "Mended thought");
    await ada.message("Mended thought").getByText("saving…").waitFor();
    await ada.edit("Mended thought", "Twice mended thought");
    await ada.message("Twice mended thought").getByText("saving…").waitFor();
    await ada.say("Fourth thought");
    await ada.remove("Second thought");
    await ada.message("Second thought").getByText("deleting…").waitFor();
    assert.equal(await ada.pending("Twice").count(), 0, "a change shows at its message");
    await ada.waitForStoredCount(4, "outbox");
    for (let death = 0; death < 2; death++) {
      await openOffline(ada, `/spaces/${world.space}`);
      await ada.message("Twice mended thought").getByText("saving…").waitFor();
      await ada.message("Second thought").getByText("deleting…").waitFor();
      await ada.pending("Fourth thought").waitFor();
      assert.deepEqual(await ada.texts(), ["Twice mended thought", "Second thought", "Third thought"]);
    }

    const answered = [];
    ada.page.on("response", (answer) => {
      const isChange = answer.url().includes("/intentions") && answer.request().method() !== "GET";
      if (!isChange) return;
      answered.push(`${answer.request().method()} ${answer.request().postDataJSON()?.content ?? ""}`);
    });
    await endOutage(world, ada);
    await ben.message("Fourth thought").waitFor(RECONNECT_WAIT);
    await ben.message("Second thought").waitFor({ state: "detached", ...RECONNECT_WAIT });
    await ada.waitForStoredCount(0, "outbox");
    assert.deepEqual(answered, [
      "PATCH Mended thought",
      "PATCH Twice mended thought",
      "POST Fourth thought",
      "DELETE ",
    ]);
    assert.equal(await changeCount(ada, world.space), before + 4, "each change reached the space once");
    const due = ["Twice mended thought", "Third thought", "Fourth thought"];
    await until("Ada's page shows it too", async () => (await ada.texts()).length === 3);
    assert.deepEqual(await ben.texts(), due);
    assert.deepEqual(await ada.texts(), due);
    assert.equal(await ada.page.getByText(/saving…|deleting…/).count(), 0, "nothing is pending");
    await ada.message("Twice mended thought").getByText("edited").waitFor();
  });

});
