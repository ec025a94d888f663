// However a text is written, it is seen, it keeps to its box, and it turns nothing around it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./assertions.mjs";
import { Provider, createBeing } from "./provider.mjs";
import { World } from "./world.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

const ARABIC = "محمد بن عبد الله بن عبد الرحمن بن عبد العزيز بن عبد الملك بن عبد الرحيم بن مروان";
/** It turns what follows; the second ends an isolate first. */
const TURNING = ["Ada\u202e adA", "Ada\u2069\u202e adA"];

const TEXTS = {
  "10,000 lines": "a\n".repeat(10_000).trim(),
  "a line of 20,000 letters": "W".repeat(20_000),
  "20,000 emoji": "🌱".repeat(20_000),
  "20,000 ideographs": "漢".repeat(20_000),
};
const MARKS = `Z${"\u0301\u0310\u030d\u0353".repeat(1_250)} marks`;

let world, ada;

before(async () => {
  world = await World.open();
  ada = await world.createSpace("Garden");
});

after(() => world.close());

/** Whether the letters of the element's text stand one after another from left to right. */
const readsLeftToRight = (element) =>
  element.evaluate((element) => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let last = -1;
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      for (let at = 0; at < text.length; at++) {
        if (/\s/.test(text.data[at])) continue;
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        const { left } = range.getBoundingClientRect();
        if (left < last) return false;
        last = left;
      }
    }
    return true;
  });

/** Whether the first letter of the element's text is within its box: it is not cut at its beginning. */
const showsItsBeginning = (element) =>
  element.evaluate((element) => {
    const [range, box] = [document.createRange(), element.getBoundingClientRect()];
    range.setStart(element.firstChild, 0);
    range.setEnd(element.firstChild, 1);
    const letter = range.getBoundingClientRect();
    return letter.left >= box.left - 1 && letter.right <= box.right + 1;
  });

const shownText = (message) => message.locator(".content").evaluate((content) => window.shownText(content));

const isCut = (element) => element.evaluate((element) => element.scrollWidth > element.clientWidth);

for (const [name, device] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  test(`long messages are folded on a ${name}, and unfold where one reads`, async (t) => {
    const { id: space } = await ada.api.request("POST", "/spaces", { name: `Long on a ${name}` });
    const ids = {};
    for (const [what, text] of Object.entries(TEXTS)) {
      ids[what] = (await ada.api.send(space, text)).messageId;
    }
    const { messageId: blank } = await ada.api.send(space, `a${"\n".repeat(19_998)}b`);
    const { messageId: plain } = await ada.api.send(space, "A plain message");
    const reader = await world.onDevice(t, ada, { ...device, space });
    const boxOf = (locator) => locator.boundingBox();
    // However many blank lines stand between them: two paragraphs.
    const paragraphs = reader.page.locator(`#${blank}`);
    await paragraphs.getByRole("button", { name: "Show more" }).waitFor({ state: "hidden" });
    assert.ok((await boxOf(paragraphs)).height < 200);
    for (const [what, id] of Object.entries(ids)) {
      const message = reader.page.locator(`#${id}`);
      const content = message.locator(".content");
      await message.scrollIntoViewIfNeeded();
      const { height: folded } = await boxOf(content);
      assert.ok(folded <= device.viewport.height * 0.65, `${what}: ${folded} px`);
      assert.equal(await content.evaluate((box) => box.scrollWidth - box.clientWidth), 0, what);
      const more = message.getByRole("button", { name: "Show more" });
      await more.evaluate((button) => button.scrollIntoView({ block: "end" }));
      const { y: top } = await boxOf(message);
      await more.click();
      await message.getByRole("button", { name: "Show less" }).waitFor({ state: "attached" });
      await until(`${what} is unfolded`, async () => (await boxOf(content)).height > 2 * folded);
      assert.ok(Math.abs((await boxOf(message)).y - top) <= 1, `${what} has moved`);
      await message.getByRole("button", { name: "Show less" }).click();
      await until(`${what} is folded`, async () => (await boxOf(content)).height === folded);
    }
    assert.equal(await reader.page.locator(`#${plain} .fold`).count(), 0);
    const overflow = () => document.documentElement.scrollWidth - innerWidth;
    assert.equal(await reader.page.evaluate(overflow), 0);
  });
}

test("marks that are stacked paint over nothing else", async (t) => {
  const { id: space } = await ada.api.request("POST", "/spaces", { name: "Marks" });
  const above = (await ada.api.send(space, "Above")).messageId;
  const { messageId } = await ada.api.send(space, MARKS);
  await ada.api.send(space, "Below");
  const reader = await world.onDevice(t, ada, { ...DESKTOP, space });
  const message = reader.page.locator(`#${messageId}`);
  await reader.page.locator(`#${above}`).waitFor();
  const box = await message.boundingBox();
  const { width, height } = DESKTOP.viewport;
  const around = [
    { x: 0, y: 0, width, height: box.y },
    { x: 0, y: box.y + box.height, width, height: height - box.y - box.height },
  ];
  const picture = async () => {
    const parts = [];
    for (const clip of around) parts.push(await reader.page.screenshot({ clip, caret: "hide" }));
    return Buffer.concat(parts);
  };
  const painted = await picture();
  await message.locator(".content").evaluate((content) => (content.style.visibility = "hidden"));
  assert.ok(painted.equals(await picture()), "something outside the message has changed");
  // All of it is seen: there is nothing to show.
  await until("no button offers more", async () => (await message.locator(".fold").count()) === 0);
  assert.equal(await message.locator(".content").getAttribute("class"), "content");
});

test("a name with stacked marks paints over nothing else on the page of an invite", async (t) => {
  const { id: space } = await ada.api.request("POST", "/spaces", { name: `Z${"\u0301\u0310".repeat(39)}` });
  const { url } = await ada.api.request("POST", `/spaces/${space}/invites`);
  const { page } = await world.onDevice(t, ada, { ...DESKTOP, space });
  await page.goto(url);
  const { x, width, y, height } = await page.locator(".card").boundingBox();
  const picture = () => page.screenshot({ clip: { x, width, y: 0, height: y } });
  const between = async () => {
    const signedIn = await page.getByText("You are signed in as").boundingBox();
    return page.screenshot({ clip: { ...signedIn, width: 100, height: height / 20 } });
  };
  const painted = [await picture(), await between()];
  await page.addStyleTag({ content: "h1, button { visibility: hidden; }" });
  const plain = [await picture(), await between()];
  assert.deepEqual(painted, plain);
});

test("an edit that makes a message long folds it, and leaves open what is open", async (t) => {
  const { messageId } = await ada.api.send(world.space, "Short at first");
  const reader = await world.onDevice(t, ada, DESKTOP);
  const message = reader.page.locator(`#${messageId}`);
  await message.waitFor();
  const edit = (content) =>
    ada.api.request("PATCH", `/spaces/${world.space}/intentions/${messageId}`, { content });
  await edit("line\n".repeat(100));
  await message.getByRole("button", { name: "Show more" }).click();
  await message.getByRole("button", { name: "Show less" }).waitFor();
  await edit("line\n".repeat(120));
  await until("the text is shown", async () =>
    (await shownText(message)).startsWith("line\n".repeat(119)),
  );
  assert.equal(await message.getByRole("button", { name: "Show less" }).count(), 1);
  await edit("Short again");
  await message.locator(".fold").waitFor({ state: "detached" });
});

test("a long message can be read without a script", async (t) => {
  const { id: space } = await ada.api.request("POST", "/spaces", { name: "Script" });
  const { messageId } = await ada.api.send(space, "line\n".repeat(100));
  const storageState = await ada.context.storageState();
  const context = await world.browser.newContext({ javaScriptEnabled: false, storageState });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${ada.url}/spaces/${space}`);
  const { height } = await page.locator(`#${messageId} .content`).boundingBox();
  assert.ok(height > 2_000, `${height} px`);
  assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
});

test("a name cannot turn what stands beside it", async (t) => {
  for (const name of TURNING) {
    const { id: space } = await ada.api.request("POST", "/spaces", { name });
    await ada.api.request("PATCH", `/beings/${ada.id}`, { name });
    const { messageId } = await ada.api.send(space, "Beside it");
    const { url: invite } = await ada.api.request("POST", `/spaces/${space}/invites`);
    const { page } = await world.onDevice(t, ada, { ...DESKTOP, space });
    const meta = page.locator(`#${messageId} .meta`);
    const [author, time] = [meta.locator(".author"), meta.locator("time")];
    await until("the time is shown", async () => (await time.innerText()) !== "");
    assert.ok(await readsLeftToRight(time));
    const right = async (locator) => (({ x, width }) => x + width)(await locator.boundingBox());
    assert.ok((await right(author)) <= (await time.boundingBox()).x, "the time stands after the name");
    await until("the title is set", async () => (await page.title()).endsWith("Rhizome"));
    assert.doesNotMatch(await page.title(), /[\u202a-\u202e]/);
    assert.doesNotMatch(await page.getByLabel("Message", { exact: true }).getAttribute("placeholder"), /[\u202a-\u202e]/);

    await page.goto(invite);
    const signedIn = page.getByText("You are signed in as");
    const words = await signedIn.evaluate((line) => {
      const rights = [...line.childNodes].map((node) => {
        const range = document.createRange();
        range.selectNode(node);
        return range.getBoundingClientRect().right;
      });
      return rights.filter((right) => right > 0);
    });
    assert.deepEqual(words, words.toSorted((a, b) => a - b), "the words stand in their order");
    assert.doesNotMatch(await page.getByRole("heading").innerText(), /[\u202a-\u202e]/);
  }
});

test("a long name from right to left is cut at its end", async (t) => {
  const { id: space } = await ada.api.request("POST", "/spaces", { name: ARABIC });
  await ada.api.request("PATCH", `/beings/${ada.id}`, { name: ARABIC });
  const { messageId } = await ada.api.send(space, "Written by somebody with a long name");
  const { page } = await world.onDevice(t, ada, { ...PHONE, space });
  const author = page.locator(`#${messageId} .author`);
  await author.waitFor();
  const heading = page.getByRole("heading", { level: 1 });
  for (const name of [author, heading.getByRole("button")]) {
    assert.ok(await isCut(name));
    assert.ok(await showsItsBeginning(name));
  }
  await page.goto(ada.url);
  for (const name of await page.locator("bdi.name").all()) {
    assert.ok(await showsItsBeginning(name), await name.innerText());
  }
});

test("a name that shows nothing is refused, with the reason", async (t) => {
  const context = await world.browser.newContext({ storageState: await ada.context.storageState() });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(ada.url);
  for (const name of ["\u3164", "\u200b\u2060", "\u0301\u0310", "\u202e"]) {
    await page.getByLabel("Your name").getByRole("textbox").fill(name);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "The name contains nothing visible." }).waitFor();
    assert.equal(await page.getByRole("alert").getAttribute("data-code"), "out-of-bounds");
  }
});

test("the ends of a message are not sent, nor those of an edit", async (t) => {
  const { id: space } = await ada.api.request("POST", "/spaces", { name: "Ends" });
  const reader = await world.onDevice(t, ada, { ...DESKTOP, space });
  await reader.say("\n\n  Hello\n\n  there \n\n");
  await reader.waitForEmptyOutbox();
  await until("it is sent", async () => (await ada.api.truth(space)).length === 1);
  assert.equal((await ada.api.truth(space))[0].text, "Hello\n\n  there");
  await reader.page.keyboard.press("ArrowUp");
  await reader.page.getByRole("textbox", { name: "Edit message" }).fill("  Hello again\n");
  await reader.page.keyboard.press("Enter");
  await reader.exactMessage("Hello again").waitFor();
  const edited = async () => (await ada.api.truth(space))[0].text === "Hello again";
  await until("the edit is sent", edited);
});

test("the counter says what is left, and refuses what the server would", async (t) => {
  const { id: space } = await ada.api.request("POST", "/spaces", { name: "Counter" });
  const reader = await world.onDevice(t, ada, { ...DESKTOP, space });
  const { page, composer } = reader;
  const send = page.getByRole("button", { name: "Send" });
  const says = async (text) => {
    const line = page.locator(".composer .length-limit");
    await until(`it says "${text}"`, async () => (await line.innerText()).replaceAll(/\s+/g, " ").trim() === text);
  };
  const TOO_LONG = "This message is too long to send.";
  const left = (count) => "🌱".repeat(20_000 - count);
  for (const [text, words, isSendable] of [
    [left(201), "", true],
    [left(120), "120 characters left", true],
    [left(1), "1 character left", true],
    [` \n${left(0)}\n\n`, "0 characters left", true],
    [left(-1), `${TOO_LONG} 1 character over the limit`, false],
    [left(-12), `${TOO_LONG} 12 characters over the limit`, false],
  ]) {
    await composer.fill(text);
    await says(words);
    assert.equal(await send.isEnabled(), isSendable, words);
    assert.equal(await page.getByRole("alert").count(), isSendable ? 0 : 1);
  }
  await composer.press("Enter");
  assert.equal(await reader.pending().count(), 0);
  await reader.say(` ${left(0)}\n`);
  await reader.waitForEmptyOutbox();
  await until("it is sent", async () => (await ada.api.truth(space)).at(-1)?.text === left(0));

  await page.keyboard.press("ArrowUp");
  const editor = page.getByRole("textbox", { name: "Edit message" });
  await editor.fill(left(-1));
  await page.getByText("This message is too long to save.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save" }).isEnabled(), false);
  await editor.press("Enter");
  assert.equal(await editor.count(), 1);
});

test("an answer that was seen growing is not folded under its reader's eyes", async (t) => {
  const provider = await Provider.open();
  t.after(() => provider.close());
  const { id: space } = await ada.api.request("POST", "/spaces", { name: "Answers" });
  const sage = await createBeing(ada, space, "Sage", provider);
  const reader = await world.onDevice(t, ada, { ...DESKTOP, space });
  provider.play((reply) => reply.say("line\n".repeat(100)).stop());
  await reader.say(`${sage}, at length please`);
  const answer = reader.page.locator(`article[data-owner="${sage}"]`);
  await answer.getByRole("button", { name: "Answer again" }).waitFor({ state: "attached" });
  await until("all of it is shown", async () =>
    (await shownText(answer)).startsWith("line\n".repeat(99)),
  );
  assert.equal(await answer.locator(".fold").count(), 0);
  // Who comes later has not read it yet.
  await reader.enter(space);
  await answer.getByRole("button", { name: "Show more" }).waitFor({ state: "attached" });
});
