// The layout fits the screen, controls are visible when they matter, and touch input works.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./assertions.mjs";
import { SENDS } from "./api.mjs";
import { Keyboard } from "./keyboard.mjs";
import { PASSWORD, Person } from "./people.mjs";
import { Provider, createBeing } from "./provider.mjs";
import { addShownText } from "./screen.mjs";
import { World } from "./world.mjs";

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const LONG_NAME = "W".repeat(80);
const BEINGS = 30;
const TWENTY_LINES = Array.from({ length: 20 }, (_, i) => `Line ${i + 1} of something long`).join("\n");

let world, provider, ada, sage, orchard;

before(async () => {
  world = await World.open();
  provider = await Provider.open();
  ada = await world.createSpace("Garden");
  sage = await createBeing(ada, world.space, "Sage", provider);
  const { id } = await ada.api.request("POST", "/spaces", { name: "Orchard" });
  orchard = id;
});

after(async () => {
  await world.close();
  await provider.close();
});

/** Ada with another device, in the common space or in another one. */
async function on(t, device, space = world.space) {
  const storageState = await ada.context.storageState();
  const context = await world.browser.newContext({ serviceWorkers: "block", storageState, ...device });
  await addShownText(context);
  context.on("weberror", (error) => world.pageErrors.push(error.error().stack));
  t.after(() => context.close());
  const reader = new Person("Ada", ada.url, context, await context.newPage());
  reader.api = ada.api;
  await reader.enter(space);
  return reader;
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** Shows a message's tools: they appear on hover, or after a tap. */
async function reach({ page }, message) {
  const isTouched = await page.evaluate(() => matchMedia("(pointer: coarse)").matches);
  const content = message.locator(".content");
  const position = { x: 5, y: 5 };
  await (isTouched ? content.tap({ position }) : content.hover({ position }));
  // The tap that shows the tools presses none of them.
  const tools = message.locator(".tools");
  const isReady = () => tools.evaluate((tools) => getComputedStyle(tools).pointerEvents === "auto");
  await until("the tools can be pressed", isReady);
}

/** How many pixel rows of a button are covered or out of view. */
const lost = (button) =>
  button.evaluate((button) => {
    const { left, width, top, bottom } = button.getBoundingClientRect();
    let lost = 0;
    for (let y = top + 1; y < bottom - 1; y++) {
      if (!button.contains(document.elementFromPoint(left + width / 2, y))) lost++;
    }
    return lost;
  });

const isWhole = (button) => until("no part of the button is covered", async () => (await lost(button)) === 0);

for (const [name, device] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  test(`the second press of a double press on "Delete" deletes nothing on a ${name}`, async (t) => {
    const reader = await on(t, device);
    const { messageId } = await ada.api.send(world.space, `Kept on a ${name}`);
    const mine = reader.page.locator(`#${messageId}`);
    await reach(reader, mine);
    const { x, y, width, height } = await mine.getByRole("button", { name: "Delete" }).boundingBox();
    for (const across of [0.05, 0.5, 0.95]) {
      await reach(reader, mine);
      const [at, down] = [x + width * across, y + height / 2];
      if (device.hasTouch) {
        await reader.page.touchscreen.tap(at, down);
        await mine.getByText("Delete for everyone?").waitFor();
        await reader.page.touchscreen.tap(at, down);
      } else {
        await reader.page.mouse.dblclick(at, down);
      }
      await mine.getByRole("button", { name: "Edit" }).waitFor();
    }
    await reader.waitForEmptyOutbox();
    const truth = await ada.api.truth(world.space);
    assert.ok(truth.some(({ id }) => id === messageId));
  });

  test(`no button of a message is covered on a ${name}`, async (t) => {
    const reader = await on(t, device);
    const ids = [];
    for (const text of ["A", "B", "C"]) ids.push((await ada.api.send(world.space, text)).messageId);
    const mine = reader.page.locator(`#${ids[1]}`);
    await reach(reader, mine);
    for (const tool of ["Edit", "Delete"]) await isWhole(mine.getByRole("button", { name: tool }));
    await mine.getByRole("button", { name: "Delete" }).click();
    for (const tool of ["Delete", "Cancel"]) await isWhole(mine.getByRole("button", { name: tool }));
    await mine.getByRole("button", { name: "Cancel" }).click();
  });

  test(`the buttons of a long message are visible at its end on a ${name}`, async (t) => {
    const reader = await on(t, { ...device, viewport: { ...device.viewport, height: 500 } });
    const { messageId } = await ada.api.send(world.space, TWENTY_LINES);
    const mine = reader.page.locator(`#${messageId}`);
    await mine.waitFor();
    const { x, y, height } = await mine.locator(".content").boundingBox();
    assert.ok(y < 0, "the message begins above the viewport");
    if (device.hasTouch) await reader.page.touchscreen.tap(x + 20, y + height - 10);
    else await reader.page.mouse.move(x + 20, y + height - 10);
    for (const tool of ["Edit", "Delete"]) await isWhole(mine.getByRole("button", { name: tool }));

    provider.play((reply) => reply.say(`${TWENTY_LINES}, said on a ${name}`).stop());
    await ada.api.send(world.space, `${sage}, at length please (${name})`);
    const answer = reader.message(`, said on a ${name}`);
    const again = answer.getByRole("button", { name: "Answer again" });
    await again.waitFor({ state: "attached" });
    const end = await answer.locator(".content").boundingBox();
    if (device.hasTouch) await reader.page.touchscreen.tap(end.x + 20, end.y + end.height - 10);
    else await reader.page.mouse.move(end.x + 20, end.y + end.height - 10);
    await isWhole(again);
  });
}

test("on a touch screen Enter starts a new line, and the button sends", async (t) => {
  const reader = await on(t, PHONE);
  assert.equal(await reader.composer.getAttribute("enterkeyhint"), "enter");
  await reader.composer.tap();
  await reader.page.keyboard.type("The first line");
  await reader.page.keyboard.press("Enter");
  await reader.page.keyboard.type("The second line");
  await reader.page.getByRole("button", { name: "Send" }).tap();
  await reader.message("The first line").waitFor();
  assert.equal((await reader.timeline()).at(-1).text, "The first line\nThe second line");
});

test("the Enter that accepts an input method's suggestion sends nothing", async (t) => {
  const reader = await on(t, DESKTOP);
  await reader.composer.fill("にほんご");
  await reader.composer.evaluate((area) => {
    const enter = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
    area.dispatchEvent(new KeyboardEvent("keydown", enter));
  });
  assert.equal(await reader.composer.inputValue(), "にほんご");
  await reader.composer.press("Enter");
  await reader.message("にほんご").waitFor();
});

test("the composer has the focus at once on a desktop, and opens no on-screen keyboard on a phone", async (t) => {
  const focused = ({ page }) => page.evaluate(() => document.activeElement.ariaLabel);
  const desktop = await on(t, DESKTOP);
  await until("the composer has the focus", async () => (await focused(desktop)) === "Message");
  assert.equal(await focused(await on(t, PHONE)), null);
});

test("the newest pending message is visible", async (t) => {
  const reader = await on(t, DESKTOP);
  await reader.page.route(SENDS, (route) => route.abort());
  for (let i = 1; i <= 9; i++) await reader.say(`Waiting ${i}`);
  const last = reader.pending("Waiting 9");
  await last.waitFor();
  const [row, box] = [await last.boundingBox(), await reader.page.locator(".outbox").boundingBox()];
  assert.ok(row.y >= box.y && row.y + row.height <= box.y + box.height + 1);
  await reader.page.unroute(SENDS);
  await reader.waitForEmptyOutbox();
});

test("a reader who has scrolled up is told of a new message, and led to it", async (t) => {
  for (let i = 0; i < 40; i++) await ada.api.send(orchard, `Line ${i + 1}`);
  const reader = await on(t, DESKTOP, orchard);
  const { id: oak } = await ada.api.request("POST", `/spaces/${orchard}/beings`, {
    name: "Oak",
    settings: { provider: "scripted", model: "m" },
  });
  const button = reader.page.getByRole("button", { name: "To the newest message" });
  assert.equal(await button.count(), 0);
  await reader.page.getByRole("region", { name: "Messages" }).evaluate((area) => (area.scrollTop = -600));
  await button.waitFor();
  await isWhole(button);
  const isMarked = async () => (await button.locator(".unread").innerText()) !== "";
  assert.equal(await isMarked(), false);
  provider.play((reply) => reply.say("Rustling").stop());
  await ada.api.send(orchard, `${oak}, are you there?`);
  await until("the button is marked", isMarked);
  await button.click();
  await reader.message("Rustling").waitFor();
  await button.waitFor({ state: "detached" });
  const keys = new Keyboard(reader.page);
  assert.equal((await keys.focus()).name, "Messages");
});

/** A text, the addresses in it, and what it shows if that is not the text itself. */
const addresses = [
  ["See https://example.org/a?b=1&c=2, or <b>bold</b>.", ["https://example.org/a?b=1&c=2"]],
  ["(http://127.0.0.1:3000/)\n<https://example.org>", ["http://127.0.0.1:3000/", "https://example.org"], "(http://127.0.0.1:3000/)\nhttps://example.org"],
  ["More under Help: /help/messages", ["/help/messages"]],
  ['https://example.org/"onclick="run', ["https://example.org/"]],
  ["https://example.org/a& &lt; &amp;", ["https://example.org/a"], "https://example.org/a& < &"],
  ["javascript:alert(1) https:// xhttps://example.org and/help/messages <a href=https:/x>", []],
];

test("the addresses in a message are links, and all else stays text", async (t) => {
  const reader = await on(t, DESKTOP);
  const content = (id) => reader.page.locator(`#${id} .content`);
  const read = (id) =>
    content(id).evaluate((content) => ({
      text: window.shownText(content),
      links: [...content.querySelectorAll("a")].map(
        (link) => `${link.localName} ${link.getAttribute("href")} ${link.rel}`,
      ),
    }));
  const { messageId: edited } = await ada.api.send(world.space, addresses[0][0]);
  for (const [text, links, shown = text] of addresses) {
    const { messageId } = await ada.api.send(world.space, text);
    await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${edited}`, { content: text });
    const expected = { text: shown, links: links.map((to) => `a ${to} noopener noreferrer nofollow`) };
    for (const id of [messageId, edited]) {
      await content(id).waitFor();
      await until("the text is shown", async () => (await read(id)).text === shown);
      assert.deepEqual(await read(id), expected);
    }
  }
});

test("an invite link is copied with one press", async (t) => {
  const reader = await on(t, DESKTOP);
  await reader.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await reader.page.getByRole("button", { name: "About this space" }).click();
  await reader.page.getByRole("button", { name: "Make an invite link" }).click();
  await reader.page.locator("#panel").getByRole("button", { name: "Copy" }).click();
  await reader.page.getByRole("button", { name: "Copied" }).waitFor();
  const link = await reader.page.getByLabel("Invite link").inputValue();
  assert.equal(await reader.page.evaluate(() => navigator.clipboard.readText()), link);
});

test("an error in the panel of a phone is shown there, until the action succeeds", async (t) => {
  const reader = await on(t, PHONE);
  await reader.page.getByRole("button", { name: "About this space" }).tap();
  await reader.page.route("**/invites", (route) => route.abort());
  const make = reader.page.getByRole("button", { name: "Make an invite link" });
  await make.tap();
  const notice = reader.page.getByRole("alert").filter({ hasText: "The server cannot be reached." });
  await notice.waitFor();
  await isWhole(notice);
  await reader.page.unroute("**/invites");
  await make.tap();
  await reader.page.getByLabel("Invite link").waitFor();
  await notice.waitFor({ state: "detached" });
});

test("the focus stays in the panel that covers a phone, and returns when it closes", async (t) => {
  const reader = await on(t, { viewport: { width: 640, height: 800 } });
  const keys = new Keyboard(reader.page);
  await reader.page.getByRole("button", { name: "About this space" }).click();
  await until("the focus is in the panel", async () => (await keys.focus()).name === "Close");
  for (const key of ["Shift+Tab", "Tab"]) {
    for (let i = 0; i < 12; i++) {
      await keys.press(key);
      const focus = await keys.focus();
      if (!focus.isNowhere) assert.equal(focus.within, "panel", focus.name);
    }
  }
  await reader.page.getByRole("button", { name: "Close" }).click();
  await until("the focus is back", async () => (await keys.focus()).name === "About this space");
});

test("the links to the settings of beings have distinct accessible names", async (t) => {
  const reader = await on(t, DESKTOP);
  await reader.page.getByRole("button", { name: "About this space" }).click();
  for (const id of [sage, "@guide"]) {
    await reader.page.getByRole("link", { name: `Settings of ${id}`, exact: true }).waitFor();
  }
});

test("an invite is not lost when a person with an account signs in instead", async (t) => {
  const { url } = await ada.api.request("POST", `/spaces/${orchard}/invites`);
  const context = await world.browser.newContext({ javaScriptEnabled: false });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Handle").fill(ada.id);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Join Orchard" }).waitFor();
});

test("a visitor without an invite is told so before filling in anything", async (t) => {
  const context = await world.browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${ada.url}/sign-up`);
  await page.getByText("An account needs an invite").waitFor();
  const { url } = await ada.api.request("POST", `/spaces/${world.space}/invites`);
  await page.goto(`${ada.url}/sign-up?invite=${url.split("/").at(-1)}`);
  assert.equal(await page.getByText("An account needs an invite").count(), 0);
});

test("no page is wider than a phone, however many members and however long a name", async (t) => {
  const { id: long } = await ada.api.request("POST", "/spaces", { name: LONG_NAME });
  for (let i = 0; i < BEINGS; i++) {
    const settings = { provider: "scripted", model: "m" };
    await ada.api.request("POST", `/spaces/${long}/beings`, { name: `Oak ${i}`, settings });
  }
  await ada.api.request("PATCH", `/beings/${ada.id}`, { name: LONG_NAME });
  const { url: invite } = await ada.api.request("POST", `/spaces/${long}/invites`);
  for (const device of [PHONE, DESKTOP]) {
    const { page } = await on(t, device, long);
    assert.equal(await overflow(page), 0, "a space");
    await page.getByRole("button", { name: "About this space" }).click();
    await page.getByText("Oak 29", { exact: true }).last().waitFor();
    await isWhole(page.getByRole("button", { name: "Close" }));
    assert.equal(await overflow(page), 0, "the panel");
    for (const path of [ada.url, invite]) {
      await page.goto(path);
      assert.equal(await overflow(page), 0, path);
    }
  }
});
