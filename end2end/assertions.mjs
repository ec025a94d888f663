// Assertions that every screen shows the same, and waits for a condition.

import assert from "node:assert/strict";

/** Fails if a screen differs from the space, and names the first difference. */
export function assertSameTimeline(shown, truth, whose) {
  const words = (row) => row && `${row.id} ${row.owner}: ${row.text}`;
  const at = truth.findIndex((row, i) => words(row) !== words(shown[i]));
  if (at < 0 && shown.length === truth.length) return;
  const first = at < 0 ? truth.length : at;
  assert.fail(
    `${whose} shows ${shown.length} messages of ${truth.length}; the first difference is ` +
      `number ${first + 1}: ${words(shown[first])} instead of ${words(truth[first])}`,
  );
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Long enough for a client to reconnect, even if its backoff has grown. */
export const RECONNECT_WAIT = { timeout: 45_000 };

/** Polls until the condition holds; returns how many milliseconds that took. */
export async function until(what, condition, { within = 30_000, every = 10 } = {}) {
  const began = performance.now();
  let timer;
  // A page that is frozen does not even answer.
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${within} ms: ${what}`)), within);
  });
  try {
    while (!(await Promise.race([condition(), timeout]))) await pause(every);
  } finally {
    clearTimeout(timer);
  }
  return Math.round(performance.now() - began);
}

/** Repeats an action until it succeeds, and returns its result. */
export async function retry(what, act, { within = 60_000, every = 50 } = {}) {
  const began = performance.now();
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (performance.now() - began > within) throw new Error(`not within ${within} ms: ${what}`, { cause });
    }
    await pause(every);
  }
}

/** Every person's screen shows what the space holds, down to the first message. */
export async function assertConverged(space, people, { within = 40_000 } = {}) {
  for (const person of people) await person.waitForEmptyOutbox();
  const truth = await people[0].api.truth(space);
  const last = truth.at(-1).id;
  for (const person of people) {
    await until(
      `${person.name} has ${last}`,
      () => person.page.evaluate((last) => !!document.getElementById(last), last),
      { within },
    );
    assertSameTimeline(await person.loadAll(), truth, person.name);
  }
  assert.equal(
    new Set(truth.map(({ text }) => text)).size,
    truth.length,
    "each message is there exactly once",
  );
  return truth;
}

/** The messages of one person that start with a word, in the order of the space. */
export const messagesBy = (truth, person, word) =>
  truth.filter(({ owner, text }) => owner === person.id && text.startsWith(word)).map(({ text }) => text);
