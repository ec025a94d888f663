// People reply to messages: by button, key and swipe; the quote goes to its message, and outlives it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SENDS } from "./api.mjs";
import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { violations } from "./axe.mjs";
import { Keyboard } from "./keyboard.mjs";
import { endOutage, openOffline, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: WITH_SERVICE_WORKER, Ben: {} });
await ada.waitUntilOfflineReady();

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const quoteIn = (place) => place.locator(".quote");
const bar = (person) => person.page.locator(".composer .replying");
const quotes = (person, text, expected) =>
  until(`${person.name} sees the quote "${expected}"`, async () => {
    const shown = await quoteIn(person.exactMessage(text)).allInnerTexts();
    return shown.map((quote) => quote.replace(/\s+/g, " ").trim()).join() === expected;
  });

async function pressReply(person, text) {
  await person.exactMessage(text).hover();
  await person.exactMessage(text).getByRole("button", { name: "Reply", exact: true }).click();
  await bar(person).waitFor();
}

async function reply(person, to, text) {
  await pressReply(person, to);
  await person.say(text);
  await bar(person).waitFor({ state: "detached" });
}

async function say(person, text) {
  await person.say(text);
  for (const each of [ada, ben]) await each.exactMessage(text).waitFor();
}

/** Whether a message is whole in view, marked, and has the focus. */
const isShown = (message) =>
  message.evaluate((message) => {
    const [box, view] = [message, message.closest(".scroller")].map((of) => of.getBoundingClientRect());
    const isInView = box.top >= view.top && box.bottom <= view.bottom;
    return isInView && message.classList.contains("marked") && document.activeElement === message;
  });

test("a reply shows what it replies to, and goes there", async () => {
  await ada.say("Shall we *plant* trees?");
  await ben.exactMessage("Shall we plant trees?").waitFor();
  for (let i = 1; i <= 30; i++) await ada.api.send(world.space, `Line ${i}`);
  await ben.exactMessage("Line 30").waitFor();
  const original = ben.exactMessage("Shall we plant trees?");
  await original.scrollIntoViewIfNeeded();
  await pressReply(ben, "Shall we plant trees?");
  assert.match(await bar(ben).innerText(), /Replying to\s+Ada\s+Shall we plant trees\?/);
  assert.ok(await ben.composer.evaluate((area) => document.activeElement === area), "one types at once");
  await ben.say("Yes, apples!");
  await bar(ben).waitFor({ state: "detached" });
  for (const person of [ada, ben]) await quotes(person, "Yes, apples!", "In reply to Ada Shall we plant trees?");
  const [sent] = (await ada.api.request("GET", `/spaces/${world.space}/intentions`)).intentions.slice(-1);
  const { messageId } = (await ada.api.request("GET", `/spaces/${world.space}/intentions`)).intentions.find(
    ({ content }) => content === "Shall we *plant* trees?",
  );
  assert.equal(sent.replyTo, messageId);
  assert.deepEqual(await violations(ben.page), []);
  await quoteIn(ada.exactMessage("Yes, apples!")).click();
  await until("the message is shown", () => isShown(ada.page.locator(`#${messageId}`)));
  await ada.page.reload();
  await quotes(ada, "Yes, apples!", "In reply to Ada Shall we plant trees?");
  await ada.edit("Shall we plant trees?", "Shall we plant roses?");
  for (const person of [ada, ben]) await quotes(person, "Yes, apples!", "In reply to Ada Shall we plant roses?");
});

test("a quote whose message was deleted says so", async () => {
  await say(ada, "Soon gone");
  await say(ben, "Between the two");
  await reply(ben, "Soon gone", "A pity");
  await quotes(ada, "A pity", "In reply to Ada Soon gone");
  await pressReply(ben, "Soon gone");
  await ada.remove("Soon gone");
  for (const person of [ada, ben]) await quotes(person, "A pity", "In reply to The message was deleted.");
  await until("the bar says it", async () => (await bar(ben).innerText()).includes("The message was deleted."));
  await ben.composer.press("Escape");
  await bar(ben).waitFor({ state: "detached" });
  await ada.page.reload();
  await quotes(ada, "A pity", "In reply to The message was deleted.");
});

test("the message that is quoted is loaded where it is not on the screen", async (t) => {
  const { messageId } = await ada.api.send(world.space, "Long ago");
  await ada.api.sendMany(world.space, 60, (i) => `Since then ${i}`);
  const id = crypto.randomUUID();
  await ben.api.request("POST", `/spaces/${world.space}/intentions`, { id, content: "I remember", replyTo: messageId });
  await ada.api.readAll(world.space);
  const reader = await world.onDevice(t, ada);
  assert.equal(await reader.page.locator(`#${messageId}`).count(), 0);
  await quotes(reader, "I remember", "In reply to Ada Long ago");
  await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content: "Very long ago" });
  await quotes(reader, "I remember", "In reply to Ada Very long ago");
  assert.equal(
    await quoteIn(reader.exactMessage("I remember")).getAttribute("href"),
    `/spaces/${world.space}?at=${messageId}`,
  );
  await ada.api.request("DELETE", `/spaces/${world.space}/intentions/${messageId}`);
  await quotes(reader, "I remember", "In reply to The message was deleted.");
});

test("the keyboard alone replies, and gives a reply up", async () => {
  await say(ben, "By hand");
  const keys = new Keyboard(ada.page);
  await keys.tabTo("Messages");
  await keys.press("ArrowUp");
  // The first press loads what knows the keys.
  await keys.press("r");
  await bar(ada).waitFor();
  assert.equal((await keys.assertFocusVisible()).name, "Message");
  await keys.press("Escape");
  await bar(ada).waitFor({ state: "detached" });
  assert.equal((await keys.assertFocusVisible()).name, "Message");
  await keys.toTool("Reply");
  await keys.press("Enter");
  await bar(ada).waitFor();
  await keys.type("With keys");
  await keys.press("Enter");
  await quotes(ben, "With keys", "In reply to Ben By hand");
});

test("what is replied to is part of the draft: in all tabs, and after a reload", async (t) => {
  await say(ben, "Drafted about");
  const other = await ada.openTab(world.space);
  t.after(() => other.page.close());
  await ada.page.bringToFront();
  await pressReply(ada, "Drafted about");
  await ada.composer.pressSequentially("Half a");
  await bar(other).waitFor();
  await until("the text is there", async () => (await other.composer.inputValue()) === "Half a");
  await ada.waitUntilStored("Half a", "drafts");
  await ada.page.reload();
  await bar(ada).waitFor();
  assert.match(await bar(ada).innerText(), /Ben\s+Drafted about/);
  await other.page.bringToFront();
  await other.composer.press("End");
  await other.composer.pressSequentially(" thought");
  await other.composer.press("Enter");
  for (const tab of [ada, other]) await bar(tab).waitFor({ state: "detached" });
  await quotes(ben, "Half a thought", "In reply to Ben Drafted about");
  await ada.page.bringToFront();
  await until("the draft is gone", async () => (await ada.composer.inputValue()) === "");
  await ada.waitForStoredCount(0, "drafts");
});

test("a reply that is written with no network shows its quote, outlives its tab, and arrives", async () => {
  await say(ben, "To be answered later");
  await ada.waitUntilStored("To be answered later");
  await startOutage(world, ada);
  await openOffline(ada, `/spaces/${world.space}`);
  await reply(ada, "To be answered later", "From the train");
  await quoteIn(ada.pending("From the train")).waitFor();
  await ada.waitForStoredCount(1, "outbox");
  await openOffline(ada, `/spaces/${world.space}`);
  assert.match(await quoteIn(ada.pending("From the train")).innerText(), /Ben\s+To be answered later/);
  await endOutage(world, ada);
  await ben.exactMessage("From the train").waitFor(RECONNECT_WAIT);
  await quotes(ben, "From the train", "In reply to Ben To be answered later");
  await ada.waitForStoredCount(0, "outbox");
});

test("a reply to what was deleted meanwhile arrives", async () => {
  await say(ben, "Deleted meanwhile");
  await ada.waitUntilStored("Deleted meanwhile");
  await ada.context.setOffline(true);
  await openOffline(ada, `/spaces/${world.space}`);
  await reply(ada, "Deleted meanwhile", "Too late");
  await ada.waitForStoredCount(1, "outbox");
  await ben.remove("Deleted meanwhile");
  await ben.waitForEmptyOutbox();
  await ada.context.setOffline(false);
  await ben.exactMessage("Too late").waitFor(RECONNECT_WAIT);
  for (const person of [ada, ben]) await quotes(person, "Too late", "In reply to The message was deleted.");
});

test("a reply to what the server does not know is sent without it, once its writer says so", async () => {
  await say(ada, "Not in the backup");
  const json = { error: { code: "unknown-message", message: "This message does not exist." } };
  await ben.page.route(SENDS, (route) => route.fulfill({ status: 404, json }), { times: 1 });
  await reply(ben, "Not in the backup", "And yet");
  await ben.page.getByText("The message that it replies to is gone.").waitFor();
  await ben.page.getByRole("button", { name: "Send without it" }).click();
  await ada.exactMessage("And yet").waitFor();
  assert.equal(await quoteIn(ada.exactMessage("And yet")).count(), 0);
});

test("on a phone a swipe to either side replies, and one that goes down scrolls", async (t) => {
  await say(ben, "Swiped at");
  const reader = await world.onDevice(t, ada, PHONE);
  const device = await reader.context.newCDPSession(reader.page);
  const message = reader.exactMessage("Swiped at");
  const drag = async (across, down) => {
    const { x, y, width, height } = await message.locator(".content").boundingBox();
    const from = { x: x + Math.min(width, 200) / 2 + 60, y: y + height / 2 };
    const touch = (type, points) => device.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    await touch("touchStart", [from]);
    // The first touch loads the script; a longer one opens the menu.
    await reader.page.waitForTimeout(200);
    for (let step = 1; step <= 8; step++) {
      await touch("touchMove", [{ x: from.x + (across * step) / 8, y: from.y + (down * step) / 8 }]);
      await reader.page.waitForTimeout(16);
    }
    await touch("touchEnd", []);
  };
  await drag(0, 5);
  for (const across of [-90, 90]) {
    await drag(across, 6);
    await bar(reader).waitFor();
    assert.equal(await message.evaluate((message) => message.classList.contains("swiped")), false);
    // A browser takes a tap right behind a fling for its end.
    await reader.page.waitForTimeout(500);
    await reader.page.getByRole("button", { name: "Cancel the reply" }).tap();
    await bar(reader).waitFor({ state: "detached" });
  }
  for (const [across, down] of [[-30, 4], [-40, 120], [-90, -90]]) {
    await drag(across, down);
    // A reply would have begun by then.
    await reader.page.waitForTimeout(300);
    assert.equal(await bar(reader).count(), 0, `${across}, ${down}`);
  }
});
