// What it means that everybody sees the same, and how long that took.

import assert from "node:assert/strict";

/** Fails where a screen does not show what it must, and tells the first difference. */
export function sameTimeline(shown, truth, whose) {
  const words = (row) => row && `${row.id} ${row.owner}: ${row.text}`;
  const at = truth.findIndex((row, i) => words(row) !== words(shown[i]));
  if (at < 0 && shown.length === truth.length) return;
  const first = at < 0 ? truth.length : at;
  assert.fail(
    `${whose} shows ${shown.length} messages of ${truth.length}; the first that differs is ` +
      `number ${first + 1}: ${words(shown[first])} instead of ${words(truth[first])}`,
  );
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Asks until the answer is yes, and tells how many milliseconds that took. */
export async function until(what, isSo, { within = 30_000, every = 10 } = {}) {
  const began = performance.now();
  let patience;
  // A page that stands still does not even answer.
  const late = new Promise((_, reject) => {
    patience = setTimeout(() => reject(new Error(`not within ${within} ms: ${what}`)), within);
  });
  try {
    while (!(await Promise.race([isSo(), late]))) await pause(every);
  } finally {
    clearTimeout(patience);
  }
  return Math.round(performance.now() - began);
}

/** Does what may fail until it does not, and gives back what came of it. */
export async function surely(what, act, { within = 60_000, every = 50 } = {}) {
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

/** Everybody's screen, down to the first message, holds what the space holds. */
export async function allAgree(space, people, { within = 40_000 } = {}) {
  for (const person of people) await person.outboxIsEmpty();
  const truth = await people[0].api.truth(space);
  const last = truth.at(-1).id;
  for (const person of people) {
    await until(
      `${person.name} has ${last}`,
      () => person.page.evaluate((last) => !!document.getElementById(last), last),
      { within },
    );
    await person.loadAll();
    sameTimeline(await person.timeline(), truth, person.name);
  }
  assert.equal(new Set(truth.map(({ text }) => text)).size, truth.length, "each exactly once");
  return truth;
}

/** What one person said, of what begins with a word, in the order of the space. */
export const saidBy = (truth, person, word) =>
  truth.filter(({ owner, text }) => owner === person.id && text.startsWith(word)).map(({ text }) => text);
