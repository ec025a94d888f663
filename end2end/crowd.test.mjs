// Many members, many spaces, many messages of one's own: what is shown is counted, bounded and searchable, and
// the keyboard reaches all of it in a few steps.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./assertions.mjs";
import { Keyboard } from "./keyboard.mjs";
import { Person } from "./people.mjs";
import { World } from "./world.mjs";

const MEMBERS = 302;
const SPACES = 40;
const MESSAGES = 40;
/** Regions of the page, and the buttons between them. */
const STOPS_MAX = 12;

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

let world, ada, page, keys;

before(async () => {
  world = await World.open();
  ada = await world.createSpace("Village");
  // She and the guide are two.
  for (let i = 1; i <= MEMBERS - 2; i++) {
    await ada.api.request("POST", `/spaces/${world.space}/beings`, { name: `Oak ${i}` });
  }
  for (let i = 1; i < SPACES; i++) await ada.api.request("POST", "/spaces", { name: `A hamlet ${i}` });
  for (let i = 1; i <= MESSAGES; i++) await ada.api.send(world.space, `Line ${i}, see https://example.org/${i}`);
  await ada.page.setViewportSize(DESKTOP.viewport);
  await ada.enter(world.space);
  page = ada.page;
  keys = new Keyboard(page);
});

after(() => world.close());

async function on(t, device) {
  const storageState = await ada.context.storageState();
  const context = await world.browser.newContext({ serviceWorkers: "block", storageState, ...device });
  t.after(() => context.close());
  const reader = new Person("Ada", ada.url, context, await context.newPage());
  await reader.enter(world.space);
  return reader.page;
}

const isInView = (locator) =>
  locator.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  });

for (const [name, device] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  test(`a ${name} shows some faces, and how many members there are besides`, async (t) => {
    const page = await on(t, device);
    const bar = page.getByRole("button", { name: `${MEMBERS} members` });
    assert.equal(await bar.locator("[data-being]").count(), 4);
    assert.equal(await bar.locator(".more").innerText(), `+${MEMBERS - 4}`);
    assert.ok(await isInView(bar.locator(".more")));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    await bar.click();
    await page.getByRole("heading", { name: `Members (${MEMBERS})` }).waitFor();
  });

  test(`the panel of a ${name} is as high as the window, and finds a member by name and by handle`, async (t) => {
    const page = await on(t, device);
    await page.getByRole("heading", { name: "Village" }).getByRole("button").click();
    const panel = page.locator("#panel");
    assert.ok(await panel.evaluate((panel) => panel.scrollHeight <= 2 * innerHeight));
    const names = panel.locator(".members .name");
    assert.equal(await names.count(), MEMBERS);
    const field = panel.getByRole("searchbox", { name: "Find a member" });
    for (const [typed, found] of [
      ["oak 17", 11],
      ["OAK 300", 1],
      ["@oak-300", 1],
      ["ada", 1],
    ]) {
      await field.fill(typed);
      await until(`${found} are found`, async () => (await names.count()) === found);
    }
    await field.fill("nobody");
    await panel.getByText("Nobody here is called that.").waitFor();
    await field.fill("");
    await until("all are shown again", async () => (await names.count()) === MEMBERS);
  });
}

test("the list of spaces shows the open one, and its links stay in reach", async () => {
  const open = page.locator(".spaces [aria-current]");
  await until("the open space is in view", () => isInView(open));
  for (const name of ["Rhizome", "Spaces & settings", "Help"]) {
    assert.ok(await isInView(page.getByRole("link", { name, exact: true })), name);
  }
});

test("a field finds a space by its name, and Enter opens it", async () => {
  const field = page.getByRole("searchbox", { name: "Find a space" });
  const links = page.locator(".spaces a:visible");
  assert.equal(await links.count(), SPACES);
  for (const [typed, found] of [
    ["hamlet 3", 11],
    ["HAMLET 39", 1],
    ["ahamlet39", 1],
    ["village", 1],
  ]) {
    await field.fill(typed);
    await until(`${found} are found`, async () => (await links.count()) === found);
    await field.focus();
    await keys.press("Tab");
    const { name, isNowhere } = await keys.assertFocusVisible();
    assert.ok(!isNowhere && (await links.allTextContents()).some((link) => link.endsWith(name)), name);
  }
  await field.fill("nowhere");
  await page.getByText("No space of yours is called that.").waitFor();
  await field.fill("hamlet 39");
  await until("one is found", async () => (await links.count()) === 1);
  await field.press("Enter");
  await page.waitForURL("**/spaces/@a-hamlet-39");
  await ada.enter(world.space);
});

test("from the composer to the menu there are a few stops, however many messages are one's own", async () => {
  await page.getByRole("textbox", { name: "Message", exact: true }).focus();
  const passed = [];
  while ((await keys.focus()).name !== "About this space") {
    await keys.press("Shift+Tab");
    passed.push((await keys.focus()).name);
    assert.ok(passed.length <= STOPS_MAX, passed.join(", "));
  }
  // And on to the beginning of the page.
  while ((await keys.focus()).name !== "Rhizome") {
    await keys.press("Shift+Tab");
    passed.push((await keys.focus()).name);
    assert.ok(passed.length <= STOPS_MAX, passed.join(", "));
  }
});

test("arrow keys move between messages, and Tab and Enter go into one", async () => {
  await ada.enter(world.space);
  await keys.tabTo("Messages");
  const here = async () => (await keys.assertFocusVisible()).name;
  const isOn = (text) => until(`the focus is on ${text}`, async () => (await here()).includes(text));
  await keys.press("ArrowUp");
  await isOn(`Line ${MESSAGES}`);
  await keys.press("ArrowUp", "ArrowUp", "ArrowDown");
  await isOn(`Line ${MESSAGES - 1}`);
  await keys.press("Tab");
  assert.match(await here(), /^https:/);
  for (const tool of ["Reply", "React", "Copy", "Edit", "Delete", "More actions"]) {
    await keys.press("Tab");
    assert.equal(await here(), tool);
  }
  for (let i = 0; i < 7; i++) await keys.press("Shift+Tab");
  await isOn(`Line ${MESSAGES - 1}`);
  await keys.press("Enter");
  assert.match(await here(), /^https:/);
  for (let i = 0; i < 7; i++) await keys.press("Tab");
  assert.equal(await here(), "Message", "after the tools comes what is after the messages");
  await keys.press("Shift+Tab");
  await until("the messages are one stop", async () => (await here()) === "Messages");
  await keys.press("Home");
  await isOn("Line 1,");
  await keys.press("End");
  await isOn(`Line ${MESSAGES}`);
});

test("a message that is longer than the view is read through before the next one", async () => {
  const long = Array.from({ length: 39 }, (_, i) => `A long line ${i + 1}`).join("\n");
  await ada.api.send(world.space, long);
  await ada.api.send(world.space, "After the long one");
  await ada.enter(world.space);
  await ada.message("After the long one").waitFor();
  await keys.tabTo("Messages");
  await keys.press("ArrowUp", "ArrowUp");
  const name = async () => (await keys.focus()).name;
  assert.match(await name(), /A long line 1A|A long line 1\n/);
  const position = () => page.getByLabel("Messages", { exact: true }).evaluate((area) => area.scrollTop);
  const before = await position();
  await keys.press("ArrowUp");
  await until("it is scrolled", async () => (await position()) < before);
  assert.match(await name(), /A long line 1A|A long line 1\n/, "the focus stays on it");
  await until("the one before it has the focus", async () => {
    await keys.press("ArrowUp");
    return (await name()).includes(`Line ${MESSAGES},`);
  });
});

test("with earlier messages the keyboard enters at the newest, and arrow keys lead to the earlier ones", async () => {
  for (let i = 1; i <= 60; i++) await ada.api.send(world.space, `Later ${i}`);
  await ada.enter(world.space);
  await ada.message("Later 60").waitFor();
  await page.getByRole("textbox", { name: "Message", exact: true }).focus();
  await keys.press("Shift+Tab");
  const name = async () => (await keys.focus()).name;
  assert.equal(await name(), "Messages");
  await keys.press("ArrowUp");
  assert.match(await name(), /Later 60/);
  await keys.press("Home");
  await until("what was earlier is loaded", async () => (await ada.timeline()).length > 50);
});

test("arrow keys move between spaces and between members", async () => {
  await ada.enter(world.space);
  await keys.tabTo("Village");
  const names = await page.locator(".spaces a .name").allTextContents();
  const at = names.indexOf("Village");
  await keys.press(at > 0 ? "ArrowUp" : "ArrowDown");
  assert.equal((await keys.assertFocusVisible()).name, names[at > 0 ? at - 1 : 1]);
  await keys.press("End");
  assert.equal((await keys.assertFocusVisible()).name, names.at(-1));

  await page.getByRole("button", { name: `${MEMBERS} members` }).press("Enter");
  await keys.tabTo("Members");
  await keys.press("ArrowDown", "Home");
  await keys.press("ArrowDown", "ArrowDown");
  assert.match((await keys.assertFocusVisible()).name, /^Oak 1@oak-1AI/);
  await keys.press("Tab");
  assert.equal((await keys.assertFocusVisible()).name, "Settings of @oak-1");
  await keys.press("Escape");
  await page.locator("#panel").waitFor({ state: "detached" });
});

test("keys that belong to a text field stay its own", async () => {
  await ada.enter(world.space);
  await keys.toTool("Edit");
  await keys.press("Enter");
  await page.getByLabel("Edit message").waitFor();
  await keys.type("!");
  await keys.press("ArrowUp", "Home", "ArrowDown");
  assert.equal((await keys.focus()).name, "Edit message");
  await keys.press("Tab");
  assert.equal((await keys.focus()).name, "Save");
  await keys.press("Shift+Tab");
  assert.equal((await keys.focus()).name, "Edit message");
  await keys.press("Escape");
});
