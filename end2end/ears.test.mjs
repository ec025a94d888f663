// What a screen reader says, and what axe finds, on every page, in every size and light.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { SENDS, STREAMS } from "./api.mjs";
import { violations } from "./axe.mjs";
import { listen, spoken } from "./screen.mjs";
import { World } from "./world.mjs";

let world, ada, ben;

before(async () => {
  world = await World.open();
  ada = await world.found("Garden");
  ben = await world.invite(ada, "Ben");
  await ada.api.sendMany(world.space, 120, (i) => `Long ago ${i + 1}`);
});

after(() => world.close());

const heardOf = async (person, text) => {
  await ada.api.send(world.space, text);
  await until(`${text} is shown`, async () => (await person.timeline()).at(-1).text === text);
};

test("each new message of others is said once; neither history nor what I write is", async () => {
  await ben.enter(world.space);
  await listen(ben.page);
  await heardOf(ben, "Good morning");
  await ben.say("Good morning to you");
  await ben.message("Good morning to you").waitFor();
  await ben.loadAll();
  assert.ok((await ben.timeline()).length >= 122);
  await heardOf(ben, "Did you sleep well?");
  await ben.page.waitForFunction(() => window.spoken.at(-1)?.includes("Did you sleep well?"));
  assert.deepEqual(await spoken(ben.page), ["Ada: Good morning", "Ada: Did you sleep well?"]);
});

test("the same words said twice are said twice", async () => {
  await ben.enter(world.space);
  await listen(ben.page);
  const before = (await ben.timeline()).length;
  for (let i = 1; i <= 2; i++) {
    await ada.api.send(world.space, "Yes");
    await until("it is shown", async () => (await ben.timeline()).length === before + i);
  }
  await until("both are said", async () => (await spoken(ben.page)).length === 2).catch(() => {});
  assert.deepEqual(await spoken(ben.page), ["Ada: Yes", "Ada: Yes"]);
});

test("that the connection is away is said, too", async () => {
  // What is put into a region is heard when the region was there before.
  const region = await ben.page.$(".link-sign[role=status]");
  assert.equal(await region.innerText(), "");
  await world.server.stop();
  await until("it is said", async () => /^Reconnecting…/.test(await region.innerText()));
  await world.server.start();
  await until("it is said no longer", async () => (await region.innerText()) === "");
});

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
const state = {};

/** Each screen, and how to come to it from a page that is signed in, or not. */
const screens = {
  "sign-in": (page) => page.goto(`${world.server.url}/sign-in?problem=wrong-password`),
  "sign-up": (page) => page.goto(`${world.server.url}/sign-up?invite=x&problem=handle-taken`),
  "an invite": (page) => page.goto(state.invite),
  "nothing here": (page) => page.goto(`${world.server.url}/nowhere`),
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
    // By a pointer the tools show on hover, by a finger once the message was touched.
    const tool = async (message, name) => {
      if (page.viewportSize().width < 500) await message.locator(".content").tap();
      else await message.hover();
      await message.getByRole("button", { name }).click();
    };
    await tool(page.locator("article.message").filter({ hasText: "The last but one" }), "Delete");
    await tool(page.locator(`#${state.last}`), "Edit");
    await page.getByLabel("Edit message").waitFor();
  },
  "away, with a message on its way": async (page) => {
    await page.route(SENDS, (route) => route.abort());
    await page.route(STREAMS, (route) => route.abort());
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("On its way");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("[data-pending]").waitFor();
    // A stream that was asked for a moment ago is not asked for anew.
    const sign = page.locator(".link-sign.shown");
    const isAway = async () => {
      await page.evaluate(() => dispatchEvent(new Event("online")));
      return (await sign.count()) > 0;
    };
    await until("it is away", isAway, { every: 250 });
  },
};

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing on any screen of a ${size}, ${colorScheme}`, async (t) => {
      if (!state.last) {
        await ben.api.send(world.space, "A word of Ben's");
        await ada.api.send(world.space, "The last but one");
        state.last = (await ada.api.send(world.space, "The last")).messageId;
        state.invite = (await ada.api.ask("POST", `/spaces/${world.space}/invites`)).url;
      }
      const options = { viewport, colorScheme, isMobile: size === "phone", hasTouch: size === "phone" };
      const stranger = await world.browser.newContext(options);
      const storageState = await ada.context.storageState();
      const known = await world.browser.newContext({ ...options, storageState });
      const [outside, inside] = [await stranger.newPage(), await known.newPage()];
      for (const [name, come] of Object.entries(screens)) {
        const isOutside = ["sign-in", "sign-up", "an invite"].includes(name);
        const page = isOutside ? outside : inside;
        await t.test(name, async () => {
          await come(page);
          assert.deepEqual(await violations(page), []);
        });
      }
      await Promise.all([stranger.close(), known.close()]);
    });
  }
}
