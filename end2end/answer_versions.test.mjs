// An answer that was written again keeps what it was: its reader leafs through the versions, by mouse and by
// keyboard, while the newest goes on growing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerFixture, answer, button, mark, press, text, waitForText } from "./answer_fixture.mjs";
import { until } from "./assertions.mjs";
import { violations } from "./axe.mjs";
import { Gate } from "./provider.mjs";

const fixture = await AnswerFixture.open();
const { world, provider, ada, ben } = fixture;

const bar = (person, id) => answer(person, id).getByRole("group", { name: "Versions of this answer" });
const number = (person, id) => bar(person, id).locator("[aria-live]").innerText();
const step = (person, id, name) => bar(person, id).getByRole("button", { name, exact: true });
const waitForNumber = (person, id, expected) =>
  until(`${person.name} sees ${expected}`, async () => (await number(person, id)) === expected);

/** Has the answer written again, with this text. */
async function writeAgain(person, id, said) {
  provider.play((reply) => reply.say(said).stop());
  await press(person, id, "Answer again");
  await waitForText(ben, id, said);
}

test("versions are shown one by one, the newest first, as Markdown, and copied as they are shown", async () => {
  const { space, sage } = await fixture.newSpace("Library");
  provider.play((reply) => reply.say("**First** try").stop());
  const id = await fixture.ask(space, sage, "Well?");
  await waitForText(ben, id, "First try");
  assert.equal(await bar(ben, id).count(), 0, "one version needs no buttons");
  const requests = [];
  ben.page.on("request", (request) => request.url().endsWith("/versions") && requests.push(request.url()));

  await writeAgain(ada, id, "Second try");
  await waitForNumber(ben, id, "2 / 2");
  assert.equal(requests.length, 0, "nothing is loaded before it is asked for");
  await step(ben, id, "Earlier version").click();
  await waitForNumber(ben, id, "1 / 2");
  assert.equal(await text(ben, id), "First try");
  assert.equal(await answer(ben, id).locator(".content strong").innerText(), "First");
  assert.deepEqual(await violations(ben.page), []);
  await ben.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await press(ben, id, "Copy");
  await until(
    "the version that is shown is copied",
    async () => (await ben.page.evaluate(() => navigator.clipboard.readText())) === "**First** try",
  );
  await step(ben, id, "Later version").click();
  await waitForNumber(ben, id, "2 / 2");
  assert.equal(await text(ben, id), "Second try");
  assert.equal(requests.length, 1);

  // Another member's page is where it was; one that is opened now shows the newest.
  assert.equal(await number(ada, id), "2 / 2");
  await ada.enter(space);
  assert.deepEqual([await number(ada, id), await text(ada, id)], ["2 / 2", "Second try"]);
});

test("the newest goes on growing while an earlier version is read", async () => {
  const { space, sage } = await fixture.newSpace("Garden");
  provider.play((reply) => reply.say("First try").stop());
  const id = await fixture.ask(space, sage, "Well?");
  await waitForText(ben, id, "First try");
  const gate = new Gate();
  provider.play(async (reply) => {
    reply.say("Second ");
    await gate.pass();
    reply.say("**try**, ");
    await gate.pass();
    reply.say("at last").stop();
  });
  await press(ben, id, "Answer again");
  await waitForText(ben, id, "Second");
  await step(ben, id, "Earlier version").click();
  await waitForNumber(ben, id, "1 / 2");
  assert.equal(await mark(ben, id), "writing…");
  gate.letThrough();
  await waitForText(ada, id, "Second try,");
  assert.equal(await text(ben, id), "First try", "what is read stays");
  await step(ben, id, "Later version").click();
  await waitForText(ben, id, "Second try,");
  gate.open();
  await waitForText(ben, id, "Second try, at last");
  await step(ben, id, "Earlier version").click();
  await waitForText(ben, id, "First try");
});

test("a version that failed says so, and so does one that cannot be loaded", async () => {
  const { space, sage } = await fixture.newSpace("Cellar");
  provider.play((reply) => reply.refuse(401));
  const id = await fixture.ask(space, sage, "Well?");
  await button(ben, id, "Try again").waitFor();
  provider.play((reply) => reply.say("Now it works").stop());
  await press(ben, id, "Try again");
  await waitForText(ben, id, "Now it works");

  const versions = "**/versions";
  await ben.page.route(versions, (route) => route.abort());
  await step(ben, id, "Earlier version").click();
  await bar(ben, id).getByRole("alert").filter({ hasText: "Earlier versions need the server" }).waitFor();
  assert.deepEqual([await number(ben, id), await text(ben, id)], ["2 / 2", "Now it works"]);
  await ben.page.unroute(versions);
  await step(ben, id, "Earlier version").click();
  await waitForNumber(ben, id, "1 / 2");
  assert.equal(await bar(ben, id).getByRole("alert").count(), 0);
  await answer(ben, id).getByText("does not accept the key").waitFor();
  assert.equal(await mark(ben, id), "failed");
  await step(ben, id, "Later version").click();
  await waitForNumber(ben, id, "2 / 2");
  assert.equal(await mark(ben, id), "");
});

test("the keyboard reaches the buttons, and they keep the focus", async () => {
  const { space, sage } = await fixture.newSpace("Attic");
  for (const said of ["First try", "Second try"]) {
    provider.play((reply) => reply.say(said).stop());
    if (said === "First try") {
      const id = await fixture.ask(space, sage, "Well?");
      await waitForText(ben, id, said);
      continue;
    }
    const id = (await ben.timeline()).at(-1).id;
    await writeAgain(ben, id, said);
    await answer(ben, id).focus();
    const focused = () => ben.page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await ben.page.keyboard.press("Tab");
    assert.equal(await focused(), "Earlier version");
    await ben.page.keyboard.press("Enter");
    await waitForNumber(ben, id, "1 / 2");
    assert.equal(await focused(), "Earlier version");
    // There is none before it: nothing happens, and the focus stays.
    await ben.page.keyboard.press("Enter");
    assert.equal(await number(ben, id), "1 / 2");
    await ben.page.keyboard.press("Tab");
    assert.equal(await focused(), "Later version");
    await ben.page.keyboard.press("Space");
    await waitForNumber(ben, id, "2 / 2");
    assert.equal(await text(ben, id), said);
  }
});

test("what was kept is deleted with nothing else, and survives a restart", async () => {
  const { space, sage } = await fixture.newSpace("Vault");
  provider.play((reply) => reply.say("First try").stop());
  const id = await fixture.ask(space, sage, "Well?");
  await waitForText(ben, id, "First try");
  await writeAgain(ben, id, "Second try");
  await world.server.stop();
  await world.server.start();
  await ben.enter(space);
  await step(ben, id, "Earlier version").click();
  await waitForText(ben, id, "First try");
});
