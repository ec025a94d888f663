// What a model thinks before it answers: folded above the answer, streamed, and kept on the device.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { answer, button, mark, waitForText } from "./answer_fixture.mjs";
import { until } from "./assertions.mjs";
import { openOffline } from "./outage.mjs";
import { Gate, Provider, createBeing } from "./provider.mjs";
import { announcements, countDomChanges, recordAnnouncements } from "./screen.mjs";
import { BEHIND_PROXY, WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, proxy, ada, ben } = await World.meet({
  Ada: { ...BEHIND_PROXY, ...WITH_SERVICE_WORKER },
  Ben: {},
});
const provider = await Provider.open();
after(() => provider.close());
const sage = await createBeing(ada, world.space, "Sage", provider);
await ada.waitUntilOfflineReady();

const THOUGHTS = ["Ask @guide?", " No: *blue*.\n", "Or <b>green</b>?"];
let id;

const summary = (person) => answer(person, id).locator("summary");
const thoughts = (person) => answer(person, id).locator(".thoughts").textContent();
const isOpen = (person) => answer(person, id).locator("details").evaluate((details) => details.open);
const sees = (person, count) =>
  until(`${person.name} sees ${count} thoughts`, async () => {
    const shown = await answer(person, id).locator(".thoughts").count();
    return shown === 1 && (await thoughts(person)) === THOUGHTS.slice(0, count).join("");
  });

test("thoughts grow folded, one text node at a time, and nobody hears them", async () => {
  const gate = new Gate();
  provider.play(async (reply) => {
    for (const thought of THOUGHTS) {
      await gate.pass();
      reply.think(thought);
    }
    for (const word of ["Blue, ", "it seems."]) {
      await gate.pass();
      reply.say(word);
    }
    await gate.pass();
    reply.stop();
  });
  const { messageId } = await ada.api.send(world.space, `${sage} Which colour?`);
  id = `msg_${Number(messageId.split("_")[1]) + 1}`;
  await answer(ben, id).waitFor();
  assert.equal(await mark(ben, id), "waiting…");
  assert.equal(await answer(ben, id).locator("details").count(), 0);
  await recordAnnouncements(ben.page);
  gate.letThrough();
  await Promise.all([sees(ada, 1), sees(ben, 1)]);
  assert.equal(await summary(ben).innerText(), "Thinking…");
  assert.equal(await mark(ben, id), "");
  assert.equal(await isOpen(ben), false);

  // By keyboard: into the answer, and the first of its places.
  await answer(ben, id).focus();
  await ben.page.keyboard.press("Tab");
  assert.ok(await summary(ben).evaluate((summary) => summary === document.activeElement));
  await ben.page.keyboard.press("Enter");
  assert.equal(await isOpen(ben), true);
  const { made } = await countDomChanges(ben.page, () => gate.letThrough(), () => sees(ben, 2));
  assert.deepEqual(made, { records: 1, texts: 1, attributes: 0, added: 0, removed: 0, elements: 0 });
  gate.letThrough();
  await sees(ben, 3);

  gate.letThrough();
  await waitForText(ben, id, "Blue, ");
  assert.match(await summary(ben).innerText(), /^Thought for /);
  assert.equal(await mark(ben, id), "writing…");
  assert.equal(await isOpen(ben), true, "what the reader has opened stays open");
  gate.open();
  await button(ben, id, "Answer again").waitFor();
  await waitForText(ben, id, "Blue, it seems.");
  await sees(ben, 3);
  const spoken = await announcements(ben.page);
  assert.ok(spoken.some((said) => said.includes("Blue, it seems.")), spoken.join("\n"));
  assert.ok(!spoken.join("\n").includes("@guide"), spoken.join("\n"));
});

test("a reload keeps the thoughts, folded, and so does the page before any script", async () => {
  const label = await summary(ben).innerText();
  await ben.enter(world.space);
  await sees(ben, 3);
  assert.equal(await isOpen(ben), false);
  assert.equal(await summary(ben).innerText(), label);
  const page = await fetch(`${ben.url}/spaces/${world.space}`, { headers: { cookie: ben.api.cookie } });
  const html = await page.text();
  const [details] = html.match(/<details class="reasoning[^]*?<\/details>/) ?? [];
  assert.ok(details?.includes("Ask @guide?") && details.includes("&lt;b&gt;green"), details);
  assert.ok(!details.includes("tabindex"), "without a script it is a tab stop");
});

test("the snapshot on the device has the thoughts, too", async () => {
  // An earlier snapshot has only a part of them.
  await ada.waitUntilStored("Blue, it seems.");
  proxy.cut();
  await openOffline(ada, `/spaces/${world.space}`);
  await sees(ada, 3);
  assert.match(await summary(ada).innerText(), /^Thought for /);
  await summary(ada).click();
  assert.equal(await isOpen(ada), true);
  proxy.restore();
});

test("a new answer begins without them", async () => {
  const gate = new Gate();
  provider.play(async (reply) => {
    await gate.pass();
    reply.think("Again?").say("Green.").stop();
  });
  await ben.api.request("POST", `/spaces/${world.space}/intentions/${id}/retry`, {});
  await answer(ben, id).locator("details").waitFor({ state: "detached" });
  gate.open();
  await waitForText(ben, id, "Green.");
  await until("the new thoughts", async () => (await thoughts(ben)) === "Again?");
});
