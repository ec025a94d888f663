// axe finds no violation in a long space, in what is written in Markdown, nor beside a refused message.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SENDS, refusal } from "./api.mjs";
import { violations } from "./axe.mjs";
import { Person } from "./people.mjs";
import { World } from "./world.mjs";

const MESSAGES = 200;

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });
for (let i = 0; i < MESSAGES; i++) await (i % 3 ? ada : ben).api.send(world.space, `Line ${i + 1}`);
await ben.api.readAll(world.space);

const MARKDOWN = [
  "# A heading\n\n## Below it\n\n> quoted\n\n1. one\n   - two\n\n---\n\n**bold**, `code` and ~~gone~~",
  "| Plant | Sun |\n|---|--:|\n| Fern | 1 h |\n\n```rust\nlet a = 1; // one\n```\n\n- [x] done\n\n$a^2$ and [a link](https://a.example)",
];

/** Makes the window as high as the content: axe does not judge colours that are out of view. */
async function seeAll(page) {
  const { width, height } = page.viewportSize();
  const scrollable = await page.getByLabel("Messages").evaluate(({ scrollHeight }) => scrollHeight);
  await page.setViewportSize({ width, height: height + scrollable });
  const first = page.locator("article.message").first();
  const top = await first.evaluate((element) => element.getBoundingClientRect().top);
  assert.ok(top >= 0, `the first message is ${-top} px above the view`);
}

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

/** Each state is reached from the one before it. */
const states = {
  [`${MESSAGES} messages`]: async (reader) => {
    await reader.enter(world.space);
    await reader.loadAll();
    assert.ok((await reader.timeline()).length >= MESSAGES);
    await seeAll(reader.page);
  },
  "a table, a list, code and mathematics": async (reader) => {
    const { messageId } = await reader.api.send(world.space, MARKDOWN[0]);
    for (const text of MARKDOWN.slice(1)) await reader.api.send(world.space, text);
    await reader.page.locator(`#${messageId} blockquote`).waitFor();
    await reader.page.locator("article.message .code").last().waitFor();
    await seeAll(reader.page);
  },
  "reactions, and all emojis": async (reader) => {
    const line = reader.message(`Line ${MESSAGES}`);
    const id = await line.getAttribute("id");
    for (const emoji of ["👍", "🌱"]) {
      await reader.api.request("PUT", `/spaces/${world.space}/intentions/${id}/reactions/${emoji}`);
    }
    await line.locator('[data-emoji="🌱"]').waitFor();
    await line.getByRole("button", { name: "React", exact: true }).press("Enter");
    await reader.page.getByRole("button", { name: "More…" }).press("Enter");
    await reader.page.getByRole("button", { name: "seedling" }).waitFor();
  },
  "a refused message": async (reader) => {
    await reader.page.route(SENDS, (route) => route.fulfill(refusal("This cannot be said here.")));
    // On a touch screen Enter starts a new line.
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
      reader.api = ada.api;
      for (const [name, open] of Object.entries(states)) {
        await t.test(name, async () => {
          await reader.page.setViewportSize(viewport);
          await open(reader);
          assert.deepEqual(await violations(reader.page), []);
        });
      }
      await context.close();
    });
  }
}
