// People react to messages: at once and offline, by pointer, finger and keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { CHANGES, refusal } from "./api.mjs";
import { Keyboard } from "./keyboard.mjs";
import { endOutage, openOffline, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: WITH_SERVICE_WORKER, Ben: {} });
await ada.waitUntilOfflineReady();

const PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };

const rowOf = (person, text) => person.message(text).locator(".reactions");
/** The reactions below a message, by their accessible names. */
const chips = (person, text) =>
  rowOf(person, text)
    .getByRole("button")
    .evaluateAll((buttons) => buttons.map(({ ariaLabel, ariaPressed }) => [ariaLabel, ariaPressed === "true"]));
const shows = (person, text, expected) =>
  until(`${person.name} sees ${JSON.stringify(expected)}`, async () => {
    return JSON.stringify(await chips(person, text)) === JSON.stringify(expected);
  });

const palette = (person) => person.page.getByRole("dialog", { name: "React" });

async function openPalette(person, text) {
  await person.message(text).hover();
  await person.message(text).getByRole("button", { name: "React", exact: true }).click();
  await palette(person).waitFor();
}

async function choose(person, text, emoji) {
  await openPalette(person, text);
  await palette(person).locator(`[data-emoji="${emoji}"]`).click();
  await palette(person).waitFor({ state: "detached" });
}

async function say(text) {
  await ada.say(text);
  await ben.message(text).waitFor();
}

test("two people react, see who did, and take it back", async () => {
  await say("Shall we plant trees?");
  const text = "Shall we plant trees?";
  assert.equal(await rowOf(ben, text).count(), 0, "no element where nobody reacted");
  await choose(ben, text, "👍");
  await shows(ben, text, [["👍, 1 reaction, you reacted", true]]);
  await shows(ada, text, [["👍, 1 reaction", false]]);
  await rowOf(ada, text).getByRole("button").click();
  await shows(ada, text, [["👍, 2 reactions, you reacted", true]]);
  await shows(ben, text, [["👍, 2 reactions, you reacted", true]]);
  await rowOf(ada, text).getByRole("button").hover();
  assert.equal(await rowOf(ada, text).getByRole("button").getAttribute("title"), "Ben, you");
  await choose(ada, text, "🎉");
  await shows(ben, text, [
    ["👍, 2 reactions, you reacted", true],
    ["🎉, 1 reaction", false],
  ]);
  await ada.page.reload();
  await shows(ada, text, [
    ["👍, 2 reactions, you reacted", true],
    ["🎉, 1 reaction, you reacted", true],
  ]);
  for (const person of [ada, ben]) await rowOf(person, text).locator('[data-emoji="👍"]').click();
  await choose(ada, text, "🎉");
  for (const person of [ada, ben]) await rowOf(person, text).waitFor({ state: "detached" });
});

test("any emoji is found by its name, and those used most are at hand", async () => {
  const text = "Something to look for";
  await say(text);
  const asked = [];
  ben.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await openPalette(ben, text);
  assert.equal(asked.includes("/emoji.js"), false, "the list is loaded when it is wanted");
  await palette(ben).getByRole("button", { name: "More…" }).click();
  const search = palette(ben).getByRole("searchbox", { name: "Search emojis" });
  await search.fill("Seedling");
  await palette(ben).getByRole("button", { name: "seedling" }).click();
  await shows(ada, text, [["🌱, 1 reaction", false]]);
  for (let i = 0; i < 2; i++) await choose(ben, text, "🌱");
  await openPalette(ben, text);
  const atHand = palette(ben).locator("[data-emoji]");
  assert.deepEqual((await atHand.allTextContents()).slice(0, 2), ["🌱", "👍"]);
  assert.equal(await atHand.count(), 6);
  assert.equal(await atHand.first().getAttribute("aria-pressed"), "true");
  await ben.page.keyboard.press("Escape");
  await palette(ben).waitFor({ state: "detached" });
});

test("a reaction that is refused is undone, and the reason is said", async () => {
  const text = "Nobody may react to this";
  await say(text);
  await ben.page.route(`${CHANGES}/reactions/**`, (route) => route.fulfill(refusal("These are too many.")));
  await choose(ben, text, "👍");
  await ben.page.getByText("These are too many.").waitFor();
  await rowOf(ben, text).waitFor({ state: "detached" });
  await ben.page.unroute(`${CHANGES}/reactions/**`);
  assert.equal(Object.keys(await ben.stored("outbox")).length, 0);
});

test("a reaction made with no network shows at once, outlives its tab, and arrives", async () => {
  const [text, other] = ["To be liked later", "To be liked, or not"];
  await say(text);
  await say(other);
  await ada.waitUntilStored(other);
  await startOutage(world, ada);
  await openOffline(ada, `/spaces/${world.space}`);
  await ada.message(text).waitFor();
  await choose(ada, text, "❤️");
  await choose(ada, other, "👍");
  await shows(ada, other, [["👍, 1 reaction, you reacted", true]]);
  await rowOf(ada, other).getByRole("button").click();
  await rowOf(ada, other).waitFor({ state: "detached" });
  await ada.waitForStoredCount(2, "outbox");
  await openOffline(ada, `/spaces/${world.space}`);
  await shows(ada, text, [["❤️, 1 reaction, you reacted", true]]);
  assert.equal(await ada.pending().count(), 0, "it is no message that waits");
  await endOutage(world, ada);
  await rowOf(ben, text).waitFor(RECONNECT_WAIT);
  await shows(ben, text, [["❤️, 1 reaction", false]]);
  await ada.waitForStoredCount(0, "outbox");
  assert.equal(await rowOf(ben, other).count(), 0);
  await shows(ada, text, [["❤️, 1 reaction, you reacted", true]]);
});

test("the keyboard alone reacts, and never loses its place", async () => {
  const text = "By hand";
  await say(text);
  const keys = new Keyboard(ada.page);
  await keys.toTool("React");
  await keys.press("Enter");
  await palette(ada).waitFor();
  await until("the focus is in the palette", () =>
    ada.page.evaluate(() => document.activeElement.matches(".palette [data-emoji]")),
  );
  const first = await keys.focus();
  await keys.press("ArrowRight", "ArrowLeft");
  assert.equal((await keys.assertFocusVisible()).name, first.name, "arrows move within the palette");
  await keys.press("Escape");
  await palette(ada).waitFor({ state: "detached" });
  assert.equal((await keys.assertFocusVisible()).name, "React");
  await keys.press("Enter");
  await until("the focus is in the palette", () =>
    ada.page.evaluate(() => document.activeElement.matches(".palette [data-emoji]")),
  );
  await keys.press("Enter");
  await rowOf(ada, text).waitFor();
  await palette(ada).waitFor({ state: "detached" });
  assert.equal((await keys.assertFocusVisible()).name, "React");
  const [[name]] = await chips(ada, text);
  await keys.tabTo(name, { key: "Shift+Tab" });
  await ben.message(text).locator(".reactions button").click();
  await shows(ada, text, [[name.replace("1 reaction", "2 reactions"), true]]);
  assert.match((await keys.assertFocusVisible()).name, /2 reactions/, "what others do leaves the focus there");
  await keys.press("Enter");
  await until("it is taken back", async () => !(await keys.focus()).name.includes("you reacted"));
  assert.match((await keys.assertFocusVisible()).name, /1 reaction$/);
  await ben.message(text).locator(".reactions button").click();
  await rowOf(ada, text).waitFor({ state: "detached" });
  await until("the message has the focus", async () => (await keys.focus()).tag === "article");
});

test("on a phone the tap that shows the tools of a message presses none of them", async (t) => {
  await say("Short");
  const reader = await world.onDevice(t, ada, PHONE);
  const message = reader.message("Short");
  const tool = (name) => message.getByRole("button", { name, exact: true });
  const content = await message.locator(".content").boundingBox();
  for (const name of ["React", "Edit", "Delete", "More actions"]) {
    const { x, width } = await tool(name).boundingBox();
    await reader.page.touchscreen.tap(x + width / 2, content.y + content.height / 2);
    await until("the tools are shown", () => message.locator(".tools").evaluate((tools) => getComputedStyle(tools).opacity === "1"));
    // A press would have had an effect by then.
    await reader.page.waitForTimeout(500);
    assert.equal(await palette(reader).count(), 0, name);
    for (const each of ["React", "Edit", "Delete", "More actions"]) assert.equal(await tool(each).count(), 1, `${name}: ${each}`);
    // The finger is elsewhere.
    await reader.page.touchscreen.tap(180, 120);
  }
  await message.locator(".content").tap();
  await tool("Delete").tap();
  await tool("Cancel").waitFor();
});

test("on a phone a long press says who reacted, and the palette is within the screen", async (t) => {
  const text = "On a small screen";
  await say(text);
  await choose(ben, text, "👍");
  for (const direction of ["ltr", "rtl"]) {
    const reader = await world.onDevice(t, ada, PHONE);
    await reader.page.evaluate((direction) => (document.documentElement.dir = direction), direction);
    const chip = rowOf(reader, text).getByRole("button");
    const { x, y, width, height } = await chip.boundingBox();
    const touch = { x: x + width / 2, y: y + height / 2 };
    const device = await reader.context.newCDPSession(reader.page);
    // The first touch loads the script.
    for (let i = 0; i < 2; i++) {
      await device.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [touch] });
      await reader.page.waitForTimeout(700);
      await device.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await reader.page.waitForTimeout(100);
    }
    await reader.page.getByText("👍 Ben", { exact: true }).waitFor();
    assert.deepEqual(await chips(reader, text), [["👍, 1 reaction", false]], "it was no press");

    // The press has shown the tools.
    await reader.message(text).getByRole("button", { name: "React", exact: true }).tap();
    await palette(reader).getByRole("button", { name: "More…" }).tap();
    await palette(reader).getByRole("button", { name: "grinning face", exact: true }).waitFor();
    const box = await palette(reader).boundingBox();
    const isWithin = box.x >= 0 && box.y >= 0 && box.x + box.width <= 360 && box.y + box.height <= 640;
    assert.ok(isWithin, `${direction}: ${JSON.stringify(box)}`);
    const isWide = await reader.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(isWide, false, direction);
    await reader.context.close();
  }
});
