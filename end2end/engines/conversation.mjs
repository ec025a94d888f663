// One conversation, in the engine that it is given. Chromium's tests show the rest; here is what engines do in
// their own way: keys, input methods, layout, scrolling, storage, locks, streams, workers.

import { after, before, describe } from "node:test";

import { connecting } from "./connecting.mjs";
import { Fixture } from "./fixture.mjs";
import { reading } from "./reading.mjs";
import { writing } from "./writing.mjs";

export function conversation(engine) {
  describe(`a conversation in ${engine.name}`, { concurrency: false }, () => {
    const fixture = new Fixture();
    const began = performance.now();

    before(() => fixture.open(engine));
    after(async () => {
      await fixture.close();
      console.log(`a conversation in ${engine.name} took ${Math.round((performance.now() - began) / 1000)} s`);
    });

    writing(fixture);
    reading(fixture);
    connecting(fixture);
  });
}
