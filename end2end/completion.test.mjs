// A mention is completed while it is typed, by keyboard and by touch. The person it means sees it marked.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { until } from "./assertions.mjs";
import { World } from "./world.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const { world, ada, ben } = await World.meet({ Ada: {}, Ben: {} });

before(async () => {
  await ada.api.request("POST", `/spaces/${world.space}/beings`, { name: "Sage" });
  await ben.api.request("PATCH", "/beings/@ben", { name: "Bénédict Müller" });
  for (const person of [ada, ben]) {
    await person.enter(world.space);
  }
});

const list = (person) => person.page.getByRole("listbox", { name: "Members" });
const options = async (person) => {
  await list(person).waitFor();
  return list(person).locator(".handle").allTextContents();
};
const closed = (person) => list(person).waitFor({ state: "detached" });

test("the members that fit are offered, AI beings first, and all members to who may call them", async () => {
  for (const [typed, expected] of [
    ["@", ["@guide", "@sage", "@ben", "@everyone"]],
    ["Ask @s", ["@sage"]],
    ["@BEN", ["@ben"]],
    ["@benedict", ["@ben"]],
    ["@Müll", ["@ben"]],
    ["请@sa", ["@sage"]],
    ["＠sa", ["@sage"]],
    ["@every", ["@everyone"]],
  ]) {
    await ada.composer.fill("");
    await closed(ada);
    await ada.composer.pressSequentially(typed);
    assert.deepEqual(await options(ada), expected, typed);
  }
  for (const typed of ["@nobody", "ada@s", "@sage and", "@ s"]) {
    await ada.composer.fill(typed);
    await closed(ada);
  }
  await ada.composer.fill("");
  await ben.composer.pressSequentially("@");
  assert.deepEqual(await options(ben), ["@guide", "@sage", "@ada"]);
  await ben.composer.fill("");
});

test("arrows choose, Enter and Tab accept, Escape closes, and what stands behind stays", async () => {
  const active = () =>
    ada.page.evaluate(() => {
      const id = document.activeElement.getAttribute("aria-activedescendant");
      return document.getElementById(id)?.querySelector(".handle").textContent;
    });
  await ada.composer.fill("Hello world");
  for (let i = 0; i < "world".length; i++) await ada.composer.press("ArrowLeft");
  await ada.composer.pressSequentially("@");
  await options(ada);
  assert.equal(await active(), "@guide");
  await ada.composer.press("ArrowDown");
  await until("the second is active", async () => (await active()) === "@sage");
  await ada.composer.press("Enter");
  await closed(ada);
  assert.equal(await ada.composer.inputValue(), "Hello @sage world");
  await ada.composer.press("End");
  await ada.composer.pressSequentially(" @be");
  await options(ada);
  await ada.composer.press("Tab");
  assert.equal(await ada.composer.inputValue(), "Hello @sage world @ben ");
  await ada.composer.pressSequentially("@sa");
  await options(ada);
  await ada.composer.press("Escape");
  await closed(ada);
  assert.equal(await ada.composer.inputValue(), "Hello @sage world @ben @sa");
  await ada.composer.fill("");
});

test("a handle that is written out is sent by one Enter, and marked for who is meant", async () => {
  await ada.composer.pressSequentially("Good morning @ben");
  await options(ada);
  await ada.composer.press("Enter");
  await ada.waitForEmptyOutbox();
  const row = (await ada.api.truth(world.space)).findLast((row) => row.text === "Good morning @ben");
  const ground = (person) =>
    person.page.locator(`#${row.id} .mention`).evaluate((mention) => getComputedStyle(mention).backgroundColor);
  assert.notEqual(await ground(ben), "rgba(0, 0, 0, 0)");
  assert.equal(await ground(ada), "rgba(0, 0, 0, 0)");
});

test("a tap accepts, and the field keeps the focus", async (t) => {
  const phone = await world.onDevice(t, ben, PHONE);
  await phone.composer.tap();
  await phone.composer.pressSequentially("@a");
  await options(phone);
  const box = await list(phone).getByRole("option").first().boundingBox();
  assert.ok(box.height >= 44, `${box.height} px`);
  await list(phone).getByRole("option").first().tap();
  assert.equal(await phone.composer.inputValue(), "@ada ");
  assert.ok(await phone.composer.evaluate((area) => area === document.activeElement));
});

test("an edit completes, too", async () => {
  await ada.say("To be changed");
  await ada.waitForEmptyOutbox();
  await ada.composer.press("ArrowUp");
  const editor = ada.page.getByRole("textbox", { name: "Edit message" });
  await editor.fill("");
  await editor.pressSequentially("@sa");
  await options(ada);
  await editor.press("Enter");
  assert.equal(await editor.inputValue(), "@sage ");
  await editor.pressSequentially("@sa");
  await options(ada);
  await editor.press("Escape");
  await closed(ada);
  assert.equal(await editor.inputValue(), "@sage @sa");
});
