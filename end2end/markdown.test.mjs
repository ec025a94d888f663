// What is written in Markdown reads as it is meant: the same from the server and in the browser, while it
// grows, without a network and without a script. What is settled is never touched again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerFixture, button, wordByWord } from "./answer_fixture.mjs";
import { until } from "./assertions.mjs";
import { endOutage, startOutage } from "./outage.mjs";
import { Gate } from "./provider.mjs";
import { countDomChanges, distanceFromEnd, recordAnnouncements, announcements, topOf } from "./screen.mjs";
import { WITH_SERVICE_WORKER } from "./world.mjs";

const CHUNK = "**/markdown.*.wasm";

const TEXTS = [
  "Plain, with **bold**, *slanted*, ~~gone~~ and `code`.",
  "one\ntwo\n\nthree",
  "# A heading\n\n> quoted\n> twice\n\n---\n\n1. first\n2. second\n   - nested",
  "- [x] milk\n- [ ] tea",
  "| Plant | Sun |\n|:--|--:|\n| Hosta | 2 h |\n| Fern | 1 h |",
  "```rust\nlet a = \"<b>\";\n\n// **not bold**\n```",
  "Mathematics: $a^2 + b^2 = c^2$ and $$\\sum_{i=1}^n i$$",
  "See https://en.wikipedia.org/wiki/Rust_(programming_language) or [the help](/help/messages).",
  '<script>alert(1)</script> <img src=x onerror="alert(1)"> & \\*not slanted\\*',
  "مرحبا **بالعالم**\n\n@ada, hello",
];

const fixture = await AnswerFixture.open();
const { world, provider, ada, ben } = fixture;

const content = (person, id) => person.page.locator(`#${id} .content`);
const html = (person, id) => content(person, id).evaluate((content) => content.innerHTML.replace("<!---->", ""));

/** Until the renderer is there: a text that is sent is not shown as it was written. */
async function waitForRenderer(person, space = world.space) {
  const { messageId } = await ada.api.send(space, "**ready**");
  await content(person, messageId).locator("strong").waitFor();
}

/** The HTML that the server makes of each message, as a browser reads it. */
async function renderedByServer(person, space) {
  const answer = await fetch(`${ada.url}/spaces/${space}`, { headers: { cookie: ada.api.cookie } });
  return person.page.evaluate((html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const articles = [...page.querySelectorAll("article.message")];
    return Object.fromEntries(articles.map((at) => [at.id, at.querySelector(".content").innerHTML]));
  }, await answer.text());
}

test("a message reads the same from the server, in the browser, and after an edit", async () => {
  await waitForRenderer(ben);
  const { messageId: edited } = await ada.api.send(world.space, "At first");
  for (const text of TEXTS) {
    const { messageId } = await ada.api.send(world.space, text);
    await ada.api.request("PATCH", `/spaces/${world.space}/intentions/${edited}`, { content: text });
    await content(ben, messageId).waitFor();
    const expected = (await renderedByServer(ben, world.space))[messageId];
    assert.notEqual(expected, text);
    await until(`${text} is shown`, async () => (await html(ben, edited)) === expected);
    assert.equal(await html(ben, messageId), expected, text);
  }
  // Rendered again in the browser, it shows what the server has made; nothing has been lost.
  const before = await renderedByServer(ben, world.space);
  await ben.enter(world.space);
  for (const [id, expected] of Object.entries(before)) assert.equal(await html(ben, id), expected);
  assert.equal(await ben.page.locator(".content script, .content img, .content [onerror]").count(), 0);
});

test("until the renderer is there, texts are as they came, and nobody is moved when it arrives", async (t) => {
  const space = (await ada.api.request("POST", "/spaces", { name: "Late" })).id;
  const lines = (i) => `Line ${i + 1}\n\n- one\n- **two**`;
  await ada.api.sendMany(space, 40, lines);
  for (const [where, scrollTop] of Object.entries({ "at the end": 0, "further up": -700 })) {
    let arrive;
    const arrived = new Promise((resolve) => (arrive = resolve));
    const prepare = (page) =>
      page.route(CHUNK, async (route) => {
        await arrived;
        await route.continue();
      });
    const reader = await world.onDevice(t, ada, { space, prepare });
    const rendered = await renderedByServer(reader, space);
    const [last] = Object.keys(rendered).slice(-1);
    assert.equal(await html(reader, last), rendered[last], "the page's own HTML is shown");
    const text = `New ${where}, and **bold**:\n\n- a\n- b`;
    const { messageId } = await ada.api.send(space, text);
    await content(reader, messageId).waitFor({ state: "attached" });
    assert.equal(await content(reader, messageId).textContent(), text);
    const scroller = reader.page.locator("[aria-label=Messages]");
    await scroller.evaluate((scroller, top) => (scroller.scrollTop = top), scrollTop);
    const read = await reader.page.evaluate(() => {
      const { top } = document.querySelector("[aria-label=Messages]").getBoundingClientRect();
      const isSeen = (article) => article.getBoundingClientRect().top > top;
      return [...document.querySelectorAll("article.message")].find(isSeen).id;
    });
    await reader.page.evaluate((id) => (document.querySelector(`#${id} .content`).firstChild.isSame = true), last);
    const before = await topOf(reader.page, read);
    const distance = await distanceFromEnd(reader.page);
    arrive();
    await content(reader, messageId).locator("strong").waitFor({ state: "attached" });
    if (scrollTop === 0) assert.equal(await distanceFromEnd(reader.page), distance, where);
    else assert.ok(Math.abs((await topOf(reader.page, read)) - before) <= 1, where);
    const isSame = (id) => document.querySelector(`#${id} .content`).firstChild.isSame;
    assert.ok(await reader.page.evaluate(isSame, last), "what was rendered is not touched");
  }
});

const GROWING = [
  "First, a paragraph that is settled.\n\n",
  "| Plant | Sun |\n|---|---|\n",
  "| Hosta | 2 h |\n",
  "| Fern | 1 h |\n\n",
  "- one\n",
  "- **two",
  "** and more\n",
  "- three\n\n",
  "```js\nlet a = 1;\n",
  "let b = 2;\n",
  "```\n\n",
  "The end.",
];

test("an answer reads well at every moment, and what is settled is never touched again", async () => {
  const { space, sage } = await fixture.newSpace("Growing");
  await waitForRenderer(ben, space);
  const gate = new Gate();
  provider.play(wordByWord(gate, GROWING));
  const id = await fixture.ask(space, sage, "Grow.");
  gate.letThrough();
  await content(ben, id).locator("p").waitFor();
  await ben.page.evaluate((id) => {
    const [first] = document.querySelector(`#${id} .content`).children;
    first.isFirst = true;
    getSelection().selectAllChildren(first);
  }, id);
  const most = { records: 0, added: 0, removed: 0 };
  for (let count = 2; count <= GROWING.length; count++) {
    const grown = () =>
      until(`portion ${count} is shown`, async () => {
        const expected = (await renderedByServer(ben, space))[id];
        const isWhole = (await ada.api.truth(space)).at(-1).text === GROWING.slice(0, count).join("").trimEnd();
        return (await html(ben, id)) === expected && (isWhole || count < GROWING.length);
      });
    const text = GROWING.slice(0, count).join("");
    const { made } = await countDomChanges(
      ben.page,
      async () => {
        gate.letThrough();
        const isTold = async () => (await ada.api.truth(space)).at(-1).text.trimEnd() === text.trimEnd();
        await until(`portion ${count} is told`, isTold);
      },
      grown,
    );
    for (const kind of Object.keys(most)) most[kind] = Math.max(most[kind], made[kind]);
  }
  console.log(`at most for a portion: ${JSON.stringify(most)}`);
  assert.ok(most.records <= 8 && most.added <= 4 && most.removed <= 4, JSON.stringify(most));
  const atEnd = async () => {
    gate.open();
    await button(ben, id, "Answer again").waitFor({ state: "attached" });
  };
  await ben.page.evaluate((id) => {
    window.touched = 0;
    const observer = new MutationObserver((records) => (window.touched += records.length));
    const everything = { childList: true, subtree: true, characterData: true, attributes: true };
    observer.observe(document.querySelector(`#${id} .content`), everything);
  }, id);
  await atEnd();
  assert.equal(await ben.page.evaluate(() => window.touched), 0, "the end changes nothing");
  const { isFirst, selected } = await ben.page.evaluate((id) => {
    const [first] = document.querySelector(`#${id} .content`).children;
    return { isFirst: first.isFirst, selected: String(getSelection()) };
  }, id);
  assert.ok(isFirst);
  assert.equal(selected, "First, a paragraph that is settled.");
});

test("an edit changes the blocks that it concerns", async () => {
  const text = (word) => `One\n\nTwo ${word}\n\n- three\n- four`;
  await ben.enter(world.space);
  await waitForRenderer(ben);
  const { messageId } = await ada.api.send(world.space, text("a"));
  await content(ben, messageId).locator("li").first().waitFor();
  const edit = () =>
    ada.api.request("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content: text("b") });
  const shown = () => content(ben, messageId).getByText("Two b").waitFor();
  await ben.page.evaluate((id) => {
    for (const block of document.querySelector(`#${id} .content`).children) block.isSame = true;
  }, messageId);
  await edit();
  await shown();
  const isSame = await content(ben, messageId).evaluate((content) => [...content.children].map((at) => at.isSame));
  assert.deepEqual(isSame, [true, true, true]);
});

test("code is copied with one press, and a message as it was written", async () => {
  await ben.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const code = "let a = 1;\n\nlet b = \"<b>\";";
  const text = `Some **code**:\n\n\`\`\`rust\n${code}\n\`\`\``;
  const { messageId } = await ada.api.send(world.space, text);
  const block = content(ben, messageId).locator("figure.code");
  assert.equal(await block.locator("figcaption > span").innerText(), "rust");
  const copied = () => ben.page.evaluate(() => navigator.clipboard.readText());
  await block.getByRole("button", { name: "Copy" }).click();
  await until("the code is copied", async () => (await copied()) === code);
  await block.getByRole("button", { name: "Copied" }).waitFor();
  await block.getByRole("button", { name: "Copy", exact: true }).waitFor();
  await content(ben, messageId).hover();
  await ben.page.locator(`#${messageId} > .tools`).getByRole("button", { name: "Copy" }).click();
  await until("the message is copied", async () => (await copied()) === text);
});

test("code and tables scroll in themselves", async () => {
  const cells = (cell) => `|${Array(30).fill(cell).join("|")}|`;
  const texts = [`\`\`\`\n${"x".repeat(500)}\n\`\`\``, `${cells("Head")}\n${cells("-")}\n${cells("cell")}`];
  for (const [i, text] of texts.entries()) {
    const { messageId } = await ada.api.send(world.space, text);
    const scroller = content(ben, messageId).locator(["pre", ".table"][i]);
    await scroller.waitFor();
    assert.ok(await scroller.evaluate((element) => element.scrollWidth > element.clientWidth + 100));
  }
  assert.equal(await ben.page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
});

test("a screen reader hears words, not their markup", async () => {
  await ben.enter(world.space);
  await waitForRenderer(ben);
  await recordAnnouncements(ben.page);
  await ada.api.send(world.space, "**Bold** and `code`\n\n- [x] milk");
  await until("it is announced", async () => (await announcements(ben.page)).length > 0);
  const [heard] = (await announcements(ben.page)).slice(-1);
  assert.equal(heard.replace(/\s+/g, " "), "Ada: Bold and code Done: milk");
});

test("without a script a message is rendered, too, on the page of the space and of its history", async (t) => {
  const space = (await ada.api.request("POST", "/spaces", { name: "Script" })).id;
  const { messageId } = await ada.api.send(space, "**bold**");
  const storageState = await ada.context.storageState();
  const context = await world.browser.newContext({ javaScriptEnabled: false, storageState });
  t.after(() => context.close());
  const page = await context.newPage();
  const later = `msg_${Number(messageId.split("_")[1]) + 1}`;
  for (const path of ["", `/history?before=${later}`]) {
    await page.goto(`${ada.url}/spaces/${space}${path}`);
    assert.equal(await page.locator(`#${messageId} .content > p > strong`).innerText(), "bold");
  }
});

test("without a network what one writes is rendered, too", async () => {
  await ada.enter(world.space);
  const eve = await world.invite(ada, "Eve", WITH_SERVICE_WORKER);
  await eve.waitUntilOfflineReady();
  await eve.waitUntilStored("**ready**");
  await startOutage(world, eve);
  await eve.openInNewTab(`/spaces/${world.space}`, { waitUntil: "commit" });
  await eve.page.locator("article.message .content strong").last().waitFor();
  await eve.say("In the **tunnel**");
  await eve.pending().locator("strong").getByText("tunnel").waitFor();
  await endOutage(world, eve);
});
