// Keys, the mouse, input methods, and text areas that grow.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../assertions.mjs";
import { PASSWORD } from "../people.mjs";
import { COMPOSER, EDITOR } from "./fixture.mjs";

const LINE_PIXELS = 24;
/** How much of the window a text area may take. */
const MOST = 0.4;

const lines = (count) => Array.from({ length: count }, (_, i) => `Line ${i + 1}`).join("\n");

export function writing(fixture) {
  test("somebody signs up, creates a space, and invites somebody", async () => {
    const { tab } = fixture;
    await tab.load(fixture.proxy.url);
    await tab.fill("input[name=name]", "Ada");
    await tab.fill("input[name=handle]", "ada");
    await tab.fill("input[name=password]", PASSWORD);
    await tab.click("button", "Create account");
    await tab.until("the home page is open", () => location.pathname === "/");
    await tab.fill("[aria-label='New space'] input", "Garden");
    await tab.click("button", "Create");
    const openSpace = () => /^\/spaces\/([^/]+)$/.exec(location.pathname)?.[1];
    fixture.garden = decodeURIComponent(await tab.until("the space is open", openSpace));
    await until("the page is live", () => fixture.proxy.openStreams.length === 1);
    await tab.click("button", "About this space");
    await tab.click("button", "Make an invite link");
    await tab.has("[aria-label='Invite link']");
    const link = await tab.valueOf("[aria-label='Invite link']");
    await tab.click("button", "Close");
    fixture.ada = await fixture.signIn("ada");
    fixture.ben = await fixture.createAccount("Ben", link.split("/").at(-1));
  });

  test("two people talk, by keys and by the button", async () => {
    const { tab } = fixture;
    await tab.click(COMPOSER);
    await tab.type("Hello, Ben");
    await tab.press("Enter");
    await fixture.shows(["Hello, Ben"]);
    await fixture.ben.send(fixture.garden, "Hello, Ada 🌱");
    await tab.fill(COMPOSER, "漢字 🌱 العربية");
    await tab.click("button", "Send");
    const said = ["Hello, Ben", "Hello, Ada 🌱", "漢字 🌱 العربية"];
    await fixture.shows(said);
    assert.deepEqual(await fixture.texts(fixture.garden), said);
    assert.equal(await tab.valueOf(COMPOSER), "");
  });

  test("a message is edited with the mouse, by a key, and deleted", async () => {
    const { tab } = fixture;
    await fixture.openSpace("Editing");
    await fixture.say("A first message");
    await fixture.shows(["A first message"]);
    await tab.hover("article.message");
    await tab.click("article.message button", "Edit");
    await tab.has(`${EDITOR}:focus`);
    await tab.fill(EDITOR, "An edited message");
    await tab.press("Enter");
    await fixture.shows(["An edited message"]);
    await tab.says("edited");
    await tab.has(`article:focus-within`);
    await tab.click(COMPOSER);
    await tab.press("ArrowUp");
    await tab.has(`${EDITOR}:focus`);
    await tab.type(", twice");
    await tab.press("Enter");
    await fixture.shows(["An edited message, twice"]);
    await tab.has(`${COMPOSER}:focus`);
    await tab.hover("article.message");
    await tab.click("article.message button", "Delete");
    await tab.click("article.message button.danger", "Delete");
    await tab.hasNo("article.message");
  });

  test("the composer and the editor grow with a long draft, up to a bound; a reload keeps it", async () => {
    const { tab } = fixture;
    const space = await fixture.openSpace("Drafts");
    const measure = (selector) =>
      tab.evaluate((selector) => {
        const area = document.querySelector(selector);
        const height = Math.round(area.getBoundingClientRect().height);
        return { height, hidden: area.scrollHeight - area.clientHeight, most: innerHeight };
      }, selector);
    const empty = await measure(COMPOSER);
    assert.ok(empty.height < 2 * LINE_PIXELS, `${empty.height} px for one line`);
    const grows = async (selector, expected) => {
      for (const [text, height] of [
        [lines(6), expected],
        ["W".repeat(300), null],
        ["漢".repeat(150), null],
        [`${lines(5)}\n`, expected],
      ]) {
        await tab.fill(selector, text);
        const at = await measure(selector);
        assert.ok(at.hidden <= 0, `${at.hidden} px of "${text.slice(0, 10)}…" are out of view`);
        if (height) assert.equal(at.height, height);
        else assert.ok(at.height >= 2 * LINE_PIXELS && at.height <= MOST * at.most, `${at.height} px`);
      }
      await tab.fill(selector, lines(200));
      const { height, hidden, most } = await measure(selector);
      assert.ok(hidden > 0 && Math.abs(height - MOST * most) <= 1, `${height} px of ${most}`);
    };
    const six = empty.height + 5 * LINE_PIXELS;
    await grows(COMPOSER, six);
    const draft = `${lines(5)}\nThe sixth line`;
    await tab.fill(COMPOSER, draft);
    await fixture.isStored("drafts", draft);
    await fixture.enter(space);
    await tab.until("the draft is back", (area) => document.querySelector(area).value, COMPOSER);
    await until("all of it is in view", async () => (await measure(COMPOSER)).height === six);
    await tab.click(COMPOSER);
    await tab.press("Enter");
    await fixture.shows([draft]);
    assert.deepEqual(await measure(COMPOSER), empty);
    await tab.press("ArrowUp");
    await tab.has(`${EDITOR}:focus`);
    assert.ok((await measure(EDITOR)).hidden <= 0, "all of the message is in view");
    await grows(EDITOR, six);
    await tab.press("Escape");
    await tab.click("button", "Discard");
    await fixture.shows([draft]);
  });

  test("keys that end a composition of an input method neither send, nor save, nor cancel", async () => {
    const { tab } = fixture;
    await fixture.openSpace("Composing");
    await tab.click(COMPOSER);
    await tab.compose("漢", "Enter");
    await tab.compose("字", "Escape");
    await tab.compose("語", "Enter");
    assert.equal(await tab.valueOf(COMPOSER), "漢語");
    assert.equal(await tab.evaluate(() => document.querySelectorAll("article.message").length), 0);
    await tab.press("Enter");
    await fixture.shows(["漢語"]);
    await tab.press("ArrowUp");
    await tab.has(`${EDITOR}:focus`);
    await tab.compose("文書", "Enter");
    await tab.compose("字", "Escape");
    assert.equal(await tab.valueOf(EDITOR), "漢語文書");
    await tab.hasNo(".editor .danger");
    await tab.press("Enter");
    await fixture.shows(["漢語文書"]);
  });
}
