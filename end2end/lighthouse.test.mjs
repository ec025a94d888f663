// Lighthouse finds nothing to object to in a space with many messages. What it measures in time is a row of the
// bench.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { MESSAGES, Visit } from "./lighthouse.mjs";

const CATEGORIES = ["accessibility", "best-practices"];

let visit;

before(async () => (visit = await Visit.open()));

after(() => visit?.close());

test(`a space of ${MESSAGES} messages satisfies Lighthouse, on a phone`, async () => {
  const { scores, flaws } = await visit.judge(CATEGORIES);
  for (const category of CATEGORIES) {
    assert.deepEqual(flaws[category], []);
    assert.equal(scores[category], 100);
  }
});
