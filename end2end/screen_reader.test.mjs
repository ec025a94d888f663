// What a screen reader announces, and what axe finds on every page, in each size and colour scheme.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { SENDS, STREAMS } from "./api.mjs";
import { violations } from "./axe.mjs";
import { announcements, recordAnnouncements } from "./screen.mjs";
import { World } from "./world.mjs";

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });
await ada.api.sendMany(world.space, 120, (i) => `Long ago ${i + 1}`);
await ben.api.readAll(world.space);

const sendAndShow = async (person, text) => {
  await ada.api.send(world.space, text);
  await until(`${text} is shown`, async () => (await person.timeline()).at(-1).text === text);
};

test("each new message of others is announced once; history and one's own messages are not", async () => {
  await ben.enter(world.space);
  await recordAnnouncements(ben.page);
  await sendAndShow(ben, "Good morning");
  await ben.say("Good morning to you");
  await ben.message("Good morning to you").waitFor();
  await ben.loadAll();
  assert.ok((await ben.timeline()).length >= 122);
  await sendAndShow(ben, "Did you sleep well?");
  await ben.page.waitForFunction(() => window.announcements.at(-1)?.includes("Did you sleep well?"));
  assert.deepEqual(await announcements(ben.page), ["Ada: Good morning", "Ada: Did you sleep well?"]);
});

test("a message sent twice is announced twice", async () => {
  await ben.enter(world.space);
  await recordAnnouncements(ben.page);
  const before = (await ben.timeline()).length;
  for (let i = 1; i <= 2; i++) {
    await ada.api.send(world.space, "Yes");
    await until("the message is shown", async () => (await ben.timeline()).length === before + i);
  }
  await until("both are announced", async () => (await announcements(ben.page)).length === 2).catch(() => {});
  assert.deepEqual(await announcements(ben.page), ["Ada: Yes", "Ada: Yes"]);
});

test("a lost connection is announced too", async () => {
  // A change in a live region is announced only if the region existed before.
  const region = await ben.page.$(".connection-status[role=status]");
  assert.equal(await region.innerText(), "");
  await world.server.stop();
  await until("the status is announced", async () => /^Reconnecting…/.test(await region.innerText()));
  await world.server.start();
  await until("the status is empty again", async () => (await region.innerText()) === "");
});

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
const state = {};

/** Each screen, and how to reach it from a page that is signed in, or signed out. */
const screens = {
  "a refused sign-in": async (page) => {
    await page.goto(`${world.server.url}/sign-in`);
    await page.getByLabel("Handle").fill("nobody");
    await page.getByLabel("Password").fill("not a password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
  },
  "a refused sign-up": async (page) => {
    await page.goto(`${world.server.url}/sign-up?invite=x`);
    await page.getByLabel("Your name").fill("Eve");
    await page.getByLabel("Handle").fill("eve");
    await page.getByLabel("Password").fill("not a password");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").waitFor();
  },
  "an invite": (page) => page.goto(state.invite),
  "page not found": (page) => page.goto(`${world.server.url}/nowhere`),
  home: (page) => page.goto(world.server.url),
  space: (page) => ada.enter(world.space, page),
  "the panel": async (page) => {
    await page.getByRole("button", { name: "About this space" }).click();
    await page.getByRole("button", { name: "Make an invite link" }).click();
    await page.getByLabel("Invite link").waitFor();
    await page.getByRole("button", { name: "Leave this space" }).click();
  },
  "editing and deleting": async (page) => {
    await page.getByRole("button", { name: "Close" }).click();
    // With a mouse the tools show on hover, on a touch screen once the message was tapped.
    const tool = async (message, name) => {
      if (page.viewportSize().width < 500) await message.locator(".content").tap();
      else await message.hover();
      await message.getByRole("button", { name }).click();
    };
    await tool(page.locator("article.message").filter({ hasText: "The last but one" }), "Delete");
    await tool(page.locator(`#${state.last}`), "Edit");
    await page.getByLabel("Edit message").waitFor();
  },
  "reconnecting, with a pending message": async (page) => {
    await page.route(SENDS, (route) => route.abort());
    await page.route(STREAMS, (route) => route.abort());
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("On its way");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("[data-pending]").waitFor();
    // A stream that was requested a moment ago is not requested again.
    const status = page.locator(".connection-status.shown");
    const isReconnecting = async () => {
      await page.evaluate(() => dispatchEvent(new Event("online")));
      return (await status.count()) > 0;
    };
    await until("the page is reconnecting", isReconnecting, { every: 250 });
  },
};

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing on any screen of a ${size}, ${colorScheme}`, async (t) => {
      if (!state.last) {
        await ben.api.send(world.space, "A word of Ben's");
        await ada.api.send(world.space, "The last but one");
        state.last = (await ada.api.send(world.space, "The last")).messageId;
        state.invite = (await ada.api.request("POST", `/spaces/${world.space}/invites`)).url;
      }
      const options = { viewport, colorScheme, isMobile: size === "phone", hasTouch: size === "phone" };
      const stranger = await world.browser.newContext(options);
      const storageState = await ada.context.storageState();
      const known = await world.browser.newContext({ ...options, storageState });
      const [outside, inside] = [await stranger.newPage(), await known.newPage()];
      for (const [name, open] of Object.entries(screens)) {
        const isOutside = ["a refused sign-in", "a refused sign-up", "an invite"].includes(name);
        const page = isOutside ? outside : inside;
        await t.test(name, async () => {
          await open(page);
          assert.deepEqual(await violations(page), []);
        });
      }
      await Promise.all([stranger.close(), known.close()]);
    });
  }
}
