// Days are divided by a line with their date, times say their day when it is not today, and both stay true
// while the page is open: in the reader's time zone.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { until } from "./assertions.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

/** Thirteen hours before UTC in November. */
const READER = { timezoneId: "Pacific/Auckland", locale: "en-GB" };

/** When each message was written, in UTC; the day and the time where the reader is. */
const WRITTEN = [
  "2025-12-30T12:00:00.000Z", // 31 December 2025, 01:00
  "2026-11-27T10:58:30.000Z", // 27 November, 23:58
  "2026-11-27T10:59:00.000Z", // 27 November, 23:59
  "2026-11-27T11:01:00.000Z", // 28 November, 00:01
  "2026-11-28T10:57:00.000Z", // 28 November, 23:57
];

const { world, proxy, ada, ben } = await World.meet({ Ada: {}, Ben: BEHIND_PROXY });
for (let i = 1; i <= WRITTEN.length; i++) await ada.api.send(world.space, `Message ${i}`);

/** The space as a new listener gets it: the id of the event, and the event. */
async function readSync() {
  const url = `${ben.url}/api/stream?spaceId=${world.space}`;
  const abort = new AbortController();
  const answer = await fetch(url, { headers: { cookie: ben.api.cookie }, signal: abort.signal });
  let text = "";
  for await (const chunk of answer.body) {
    text += Buffer.from(chunk).toString();
    if (text.includes("\n\n")) break;
  }
  abort.abort();
  return { id: /^id: (.*)$/m.exec(text)[1], sync: JSON.parse(/^data: (.*)$/m.exec(text)[1]) };
}

/** Ben's page at a moment, with messages that were written when `WRITTEN` says. */
async function openAt(t, now) {
  const reader = await world.onDevice(t, ben, {
    ...READER,
    prepare: (page) => page.clock.install({ time: now }),
  });
  await until("the page listens", () => proxy.openStreams.length > 0);
  const { id, sync } = await readSync();
  sync.intentions.forEach((message, i) => (message.createdAt = WRITTEN[i]));
  proxy.injectEvent(id, sync);
  return reader;
}

/** Each message: the line above it, its time if it shows one, and its text. */
const readAll = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("article.message")].map((article) => {
      const day = article.querySelector(":scope > .day")?.textContent ?? "";
      const time = article.classList.contains("follows") ? "" : article.querySelector(".meta time").textContent;
      return `${day} | ${time} | ${article.querySelector(".content").textContent}`;
    }),
  );

const shows = async ({ page }, expected) => {
  let shown;
  const isShown = async () => JSON.stringify((shown = await readAll(page))) === JSON.stringify(expected);
  await until("", isShown, { within: 10_000 }).catch(() => assert.deepEqual(shown, expected));
};

test("a line divides the days, and what is read after midnight says that it is of yesterday", async (t) => {
  // 28 November, 23:58 where the reader is.
  const reader = await openAt(t, "2026-11-28T10:58:00.000Z");
  const older = [
    "31 December 2025 | 01:00 | Message 1",
    "Yesterday | 23:58 | Message 2",
    " |  | Message 3",
    "Today | 00:01 | Message 4",
    " | 23:57 | Message 5",
  ];
  await shows(reader, older);
  // Ten minutes later, the page still open.
  await reader.page.clock.fastForward("10:00");
  const [first] = older;
  await shows(reader, [
    first,
    "27 November | 23:58 | Message 2",
    " |  | Message 3",
    "Yesterday | 00:01 | Message 4",
    " | Yesterday, 23:57 | Message 5",
  ]);
  // A day later, as after a night in which the device slept.
  await reader.page.clock.fastForward("24:00:00");
  await shows(reader, [
    first,
    "27 November | 23:58 | Message 2",
    " |  | Message 3",
    "28 November | 00:01 | Message 4",
    " | 28 Nov, 23:57 | Message 5",
  ]);
});

test("the full date is shown where one points at a time", async (t) => {
  const reader = await openAt(t, "2026-11-28T10:58:00.000Z");
  const time = reader.message("Message 5").locator(".meta time");
  await until("its time is local", async () => (await time.textContent()) === "23:57");
  assert.equal(await time.getAttribute("title"), null);
  await time.hover();
  await until("it has a title", async () => (await time.getAttribute("title")) !== null);
  // With a comma or without, as the version of Unicode's data has it.
  assert.match(await time.getAttribute("title"), /^Saturday,? 28 November 2026 at 23:57$/);
});

test("no time of UTC is shown to a reader who lives elsewhere, before the page is alive", async (t) => {
  let wake;
  const asleep = new Promise((resolve) => (wake = resolve));
  const context = await world.browser.newContext({
    serviceWorkers: "block",
    storageState: await ada.context.storageState(),
    ...READER,
  });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.route("**/*.wasm", async (route) => {
    await asleep;
    await route.continue();
  });
  await page.goto(`${ada.url}/spaces/${world.space}`, { waitUntil: "commit" });
  const time = page.locator("article.message .meta time").first();
  await time.waitFor({ state: "attached" });
  const isHidden = () => time.evaluate((time) => getComputedStyle(time).visibility === "hidden");
  await page.getByText("Message 1", { exact: true }).waitFor();
  assert.equal(await isHidden(), true);
  wake();
  await until("it is shown", async () => !(await isHidden()));
  const { createdAt } = (await ada.api.request("GET", `/spaces/${world.space}/intentions`)).intentions[0];
  const options = { timeZone: READER.timezoneId, timeStyle: "short" };
  assert.equal(await time.textContent(), new Date(createdAt).toLocaleTimeString("en-GB", options));
});

test("without a script, days and times are there in UTC", async (t) => {
  const context = await world.browser.newContext({
    javaScriptEnabled: false,
    storageState: await ada.context.storageState(),
  });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${ada.url}/spaces/${world.space}`);
  const { createdAt } = (await ada.api.request("GET", `/spaces/${world.space}/intentions`)).intentions[0];
  const first = page.locator("article.message").first();
  assert.equal(await first.locator(".meta time").innerText(), createdAt.slice(11, 16));
  const date = { timeZone: "UTC", dateStyle: "long" };
  assert.equal(await first.locator(".day").innerText(), new Date(createdAt).toLocaleDateString("en-GB", date));
});
