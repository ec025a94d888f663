// Everything works with the keyboard alone, and the focus is always visible.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Keyboard } from "./keyboard.mjs";
import { PASSWORD } from "./people.mjs";
import { World } from "./world.mjs";

let world;

before(async () => {
  world = await World.open();
  await world.createSpace("Garden");
});

after(() => world.close());

const heading = async (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();

test("signing in, chatting, inviting and leaving need no mouse", async () => {
  const context = await world.browser.newContext();
  const page = await context.newPage();
  const keys = new Keyboard(page);

  await page.goto(`${world.server.url}/sign-in`);
  await keys.tabTo("Handle");
  await keys.type("ada");
  await keys.press("Tab");
  await keys.type(PASSWORD);
  await keys.press("Enter");
  await heading(page, "My spaces");

  await keys.tabTo("New space");
  await keys.type("Orchard");
  await keys.press("Enter");
  await heading(page, "Orchard");
  await page.goto(world.server.url);
  await page.waitForLoadState("networkidle");
  await keys.tabTo("Orchard");
  const alive = page.waitForResponse((answer) => answer.url().includes("/api/stream"));
  await keys.press("Enter");
  await heading(page, "Orchard");
  await alive;

  await keys.tabTo("Message");
  await keys.type("By hand");
  await keys.press("Enter");
  const mine = page.locator("article.message").filter({ hasText: "By hand" });
  await mine.waitFor();
  assert.equal((await keys.assertFocusVisible()).name, "Message", "the composer keeps the focus");

  await keys.toTool("Edit");
  await keys.press("Enter", "End");
  assert.equal((await keys.assertFocusVisible()).name, "Edit message");
  await keys.type(", and again");
  await keys.press("Enter");
  await page.getByText("By hand, and again", { exact: true }).waitFor();
  await page.getByText("edited").waitFor();

  await keys.tabTo("Delete");
  await keys.press("Enter");
  await page.getByText("Delete for everyone?").waitFor();
  if ((await keys.focus()).name !== "Delete") await keys.tabTo("Delete", { key: "Shift+Tab" });
  await keys.press("Enter");
  await mine.waitFor({ state: "detached" });

  await keys.tabTo("About this space");
  await keys.press("Enter");
  await keys.tabTo("Make an invite link");
  await keys.press("Enter");
  await page.getByLabel("Invite link").waitFor();
  if ((await keys.focus()).name !== "Invite link") await keys.tabTo("Invite link");
  const selected = await page.evaluate(() => getSelection().toString());
  assert.match(selected, /\/invites\/\w+$/, "the link is selected, ready to copy");
  await keys.press("Escape");
  await page.locator("#panel").waitFor({ state: "detached" });

  await keys.tabTo("About this space");
  await keys.press("Enter");
  await keys.tabTo("Leave this space");
  await keys.press("Enter");
  await page.getByText("You will need an invite").waitFor();
  if ((await keys.focus()).name !== "Leave") await keys.tabTo("Leave");
  await keys.press("Enter");
  await heading(page, "My spaces");
  await context.close();
});
