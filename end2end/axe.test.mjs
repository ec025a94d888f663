// What axe finds where much was said, and something could not be.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { SENDS, refusal } from "./api.mjs";
import { violations } from "./axe.mjs";
import { Person } from "./people.mjs";
import { World } from "./world.mjs";

const MESSAGES = 200;

let world, ada;

before(async () => {
  world = await World.open();
  ada = await world.found("Garden");
  const ben = await world.invite(ada, "Ben");
  for (let i = 0; i < MESSAGES; i++) await (i % 3 ? ada : ben).api.send(world.space, `Line ${i + 1}`);
});

after(() => world.close());

/** Makes the window so high that nothing is scrolled away: axe judges no colour that is out of view. */
async function seeAll(page) {
  const { width, height } = page.viewportSize();
  const scrollable = await page.getByLabel("Messages").evaluate(({ scrollHeight }) => scrollHeight);
  await page.setViewportSize({ width, height: height + scrollable });
  const first = page.locator("article.message").first();
  const top = await first.evaluate((element) => element.getBoundingClientRect().top);
  assert.ok(top >= 0, `the first message is ${-top} px above the view`);
}

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

/** Each is come to from the one before. */
const states = {
  [`${MESSAGES} messages`]: async (reader) => {
    await reader.enter(world.space);
    await reader.loadAll();
    assert.equal((await reader.timeline()).length, MESSAGES);
    await seeAll(reader.page);
  },
  "a refused message": async (reader) => {
    await reader.page.route(SENDS, (route) => route.fulfill(refusal("This cannot be said here.")));
    // With a finger Enter begins a new line.
    await reader.composer.fill("Something that is refused");
    await reader.page.getByRole("button", { name: "Send" }).click();
    await reader.pending().getByText("This cannot be said here.").waitFor();
  },
  "an editor": async (reader) => {
    await reader.message(`Line ${MESSAGES}`).getByRole("button", { name: "Edit" }).press("Enter");
    await reader.page.getByLabel("Edit message").waitFor();
  },
  "the panel": async (reader) => {
    await reader.page.getByRole("button", { name: "About this space" }).click();
    await reader.page.locator("#panel").waitFor();
  },
};

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing in a long space on a ${size}, ${colorScheme}`, async (t) => {
      const storageState = await ada.context.storageState();
      const isPhone = size === "phone";
      const context = await world.browser.newContext({
        viewport,
        colorScheme,
        storageState,
        isMobile: isPhone,
        hasTouch: isPhone,
        serviceWorkers: "block",
      });
      const reader = new Person("Ada", ada.url, context, await context.newPage());
      for (const [name, come] of Object.entries(states)) {
        await t.test(name, async () => {
          await reader.page.setViewportSize(viewport);
          await come(reader);
          assert.deepEqual(await violations(reader.page), []);
        });
      }
      await context.close();
    });
  }
}
