// Anybody may take any name and any colour. Where two names look alike, handles tell their owners apart.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./assertions.mjs";
import { announcements, countDomChanges, recordAnnouncements } from "./screen.mjs";
import { World } from "./world.mjs";

let world, ada, eve;

before(async () => {
  world = await World.open();
  ada = await world.createSpace("Garden");
  eve = await world.invite(ada, "Eve");
  await ada.api.send(world.space, "Ada's own");
  await eve.api.send(world.space, "Not Ada's");
  await eve.message("Not Ada's").waitFor();
});

after(() => world.close());

const rename = (person, name) => person.api.request("PATCH", `/beings/${person.id}`, { name });

/** What stands beside the author of a message. */
const handleBeside = (text, { page } = ada) =>
  page.locator("article.message", { hasText: text }).evaluate((message) => {
    const { content } = getComputedStyle(message.querySelector(".author"), "::after");
    return content === "none" ? "" : content.replaceAll('"', "").trim();
  });
const titles = ({ page } = ada) =>
  page.locator(".member-bar [data-being]").evaluateAll((faces) => faces.map((face) => face.title));

test("no handle stands beside a name that nobody else has", async () => {
  for (const text of ["Ada's own", "Not Ada's"]) assert.equal(await handleBeside(text), "");
  assert.deepEqual(await titles(), ["Ada", "Eve", "Guide"]);
});

for (const [how, name] of [
  ["the same", "Ada"],
  ["the same in other letters", "aDA"],
  ["one with an invisible character", "A\u200bda"],
  ["one with Cyrillic letters", "Аdа"],
  ["one of full width", "Ａｄａ"],
  ["one of mathematical letters", "𝐀𝐝𝐚"],
]) {
  test(`a member who takes another's name is told apart: ${how}`, async () => {
    await rename(eve, name);
    const isMarked = async () => (await handleBeside("Not Ada's")) === "@eve";
    await until("the handle of one stands there", isMarked, { within: 10_000 });
    assert.equal(await handleBeside("Ada's own"), "@ada");
    assert.deepEqual(await titles(), ["Ada @ada", `${name} @eve`, "Guide"]);
    // The page of the server has it too, or gets it as it wakes.
    await ada.enter(world.space);
    await until("a new page has it", isMarked, { within: 10_000 });

    await rename(eve, "Eve");
    await until("it is gone", async () => (await handleBeside("Not Ada's")) === "", { within: 10_000 });
    assert.deepEqual(await titles(), ["Ada", "Eve", "Guide"]);
  });
}

test("a name that comes to look alike changes the page in a few places, however many messages it has", async () => {
  const cost = async () => {
    const shows = () => until("it is shown", async () => (await handleBeside("Ada's own")) === "@ada");
    await rename(eve, "Eve");
    await until("no handle is shown", async () => (await handleBeside("Ada's own")) === "");
    // Her own messages show her new name; Ada's are left alone.
    const { made } = await countDomChanges(ada.page, () => rename(eve, "Ada"), shows);
    return made.records;
  };
  const few = await cost();
  for (let i = 0; i < 30; i++) await ada.api.send(world.space, `Line ${i}`);
  await ada.message("Line 29").waitFor();
  assert.equal(await cost(), few);
  await rename(eve, "Eve");
});

test("an announcement says the handle of a name that two have", async () => {
  await recordAnnouncements(ada.page);
  await eve.api.send(world.space, "By Eve");
  await until("it is announced", async () => (await announcements(ada.page)).length === 1);
  await rename(eve, "Ada");
  await until("the handle stands there", async () => (await handleBeside("By Eve")) === "@eve");
  await eve.api.send(world.space, "By another Ada");
  await until("it is announced", async () => (await announcements(ada.page)).length === 2);
  assert.deepEqual(await announcements(ada.page), ["Eve: By Eve", "Ada @eve: By another Ada"]);
  await rename(eve, "Eve");
  await until("it is gone", async () => (await handleBeside("By Eve")) === "");
});

test("the panel always shows the handles", async () => {
  await ada.page.getByRole("button", { name: "About this space" }).click();
  const handles = await ada.page.locator("#panel .members .handle").allTextContents();
  assert.deepEqual(handles, ["@ada", "@eve", "@guide"]);
  await ada.page.getByRole("button", { name: "Close" }).click();
});

test("two spaces of one name are told apart in the list", async () => {
  await ada.api.request("POST", "/spaces", { name: "garden" });
  await ada.api.request("POST", "/spaces", { name: "Orchard" });
  await ada.enter(world.space);
  const listed = await ada.page.locator(".spaces a").evaluateAll((links) =>
    links.map((link) => link.querySelector(".handle")?.textContent ?? ""),
  );
  assert.deepEqual(listed.sort(), ["", "@garden", "@garden-2"]);
});
