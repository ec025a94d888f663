// A change that the server refuses for good stays with its reason until it is sent again, edited or
// discarded.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { until } from "./assertions.mjs";
import { CHANGES, SENDS, refusal } from "./api.mjs";
import { World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });

describe("a change that the server refuses for good", () => {
  test("a message can be sent again unchanged", async () => {
    await ada.context.route(SENDS, (route) => route.fulfill(refusal("Not today.")));
    await ada.say("Refused twice");
    const entry = ada.pending("Refused twice");
    await entry.getByRole("alert").getByText("Not today.").waitFor();
    await ada.context.unroute(SENDS);
    await ada.context.route(SENDS, (route) => route.fulfill(refusal("Nor tomorrow.")));
    await entry.getByRole("button", { name: "Try again" }).click();
    await entry.getByRole("alert").getByText("Nor tomorrow.").waitFor();
    assert.equal(await entry.count(), 1);
    await ada.waitUntilStored("Nor tomorrow.", "outbox");
    await ada.context.unroute(SENDS);
    // A refused message does not block later ones.
    await ada.say("Said meanwhile");
    await ben.message("Said meanwhile").waitFor();
    await entry.getByRole("button", { name: "Try again" }).click();
    await ben.message("Refused twice").waitFor();
    await entry.waitFor({ state: "detached" });
    assert.deepEqual(await ben.texts(), ["Said meanwhile", "Refused twice"]);
  });

  test("a message can be moved back into the composer, above the text being written there", async () => {
    await ada.context.route(SENDS, (route) => route.fulfill(refusal("Too blunt.")));
    await ada.say("A blunt remark");
    const entry = ada.pending("A blunt remark");
    await entry.getByText("Too blunt.").waitFor();
    await ada.composer.fill("and something else");
    await entry.getByRole("button", { name: "Edit" }).click();
    await entry.waitFor({ state: "detached" });
    await until(
      "the message is in the composer",
      async () => (await ada.composer.inputValue()) === "A blunt remark\nand something else",
    );
    assert.ok(
      await ada.composer.evaluate((area) => area === document.activeElement),
      "the composer has the focus",
    );
    await ada.waitForStoredCount(0, "outbox");
    await ada.context.unroute(SENDS);
    await ada.say("A gentle remark");
    await ben.message("A gentle remark").waitFor();
    assert.equal(await ben.countOf("A blunt remark"), 0);
  });

  test("an edit stays with its reason, and can be sent again, edited again and discarded", async () => {
    await ada.say("The original");
    await ben.message("The original").waitFor();
    await ada.context.route(CHANGES, (route) => route.fulfill(refusal("Worse than before.")));
    await ada.edit("The original", "The worse one");
    const entry = ada.pending("The worse one");
    await entry.getByRole("alert").getByText("Worse than before.").waitFor();
    assert.equal(await ada.countOf("The original"), 1, "the message is unchanged");
    await ada.waitUntilStored("Worse than before.", "outbox");

    await ada.enter(world.space);
    await entry.getByText("Worse than before.").waitFor();
    let tried = 0;
    ada.page.on("request", (request) => request.method() === "PATCH" && tried++);
    await entry.getByRole("button", { name: "Try again" }).click();
    await until("the edit is sent again", () => tried === 1);
    await entry.getByText("Worse than before.").waitFor();

    await entry.getByRole("button", { name: "Edit" }).click();
    const editor = ada.page.getByRole("textbox", { name: "Edit message" });
    await editor.waitFor();
    assert.equal(await editor.inputValue(), "The worse one", "the editor replaces the message");
    assert.equal(await entry.count(), 0);
    await ada.context.unroute(CHANGES);
    await editor.fill("The better one");
    await editor.press("Enter");
    await ben.message("The better one").waitFor();
    await ada.waitForStoredCount(0, "outbox");

    await ada.context.route(CHANGES, (route) => route.fulfill(refusal("Enough.")));
    await ada.edit("The better one", "One too many");
    await ada.pending("One too many").getByText("Enough.").waitFor();
    await ada.waitUntilStored("Enough.", "outbox");
    await ada.pending("One too many").getByRole("button", { name: "Discard" }).click();
    await ada.pending("One too many").waitFor({ state: "detached" });
    await ada.waitForStoredCount(0, "outbox");
    await ada.context.unroute(CHANGES);
    await ada.enter(world.space);
    assert.equal(await ada.pending().count(), 0);
    for (const person of [ada, ben]) assert.equal(await person.countOf("The better one"), 1);
  });

  test("a deletion stays with its reason, and can be sent again", async () => {
    await ada.say("Hard to get rid of");
    await ben.message("Hard to get rid of").waitFor();
    await ada.context.route(CHANGES, (route) => route.fulfill(refusal("It is quoted.")));
    await ada.remove("Hard to get rid of");
    const entry = ada.pending("Deletion of a message");
    await entry.getByText("It is quoted.").waitFor();
    assert.equal(
      await entry.getByRole("button", { name: "Edit" }).count(),
      0,
      "a deletion has nothing to edit",
    );
    assert.equal(await ada.page.getByText("deleting…").count(), 0);
    await ada.context.unroute(CHANGES);
    await entry.getByRole("button", { name: "Try again" }).click();
    await ben.message("Hard to get rid of").waitFor({ state: "detached" });
    await entry.waitFor({ state: "detached" });
    assert.equal(await ada.message("Hard to get rid of").count(), 0);
  });
});
