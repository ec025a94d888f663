// Whatever happens to the cable or the server, everything is there exactly once, in one order.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { allAgree, saidBy, until } from "./agree.mjs";
import { Proxy } from "./proxy.mjs";
import { World } from "./world.mjs";

const numbered = (word, count) => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);

describe("the cable", { concurrency: true }, () => {
  describe("breaks", { concurrency: false }, () => {
    let world, wire, ada, ben;

    before(async () => {
      world = await World.open();
      wire = await Proxy.to(world.server);
      ada = await world.found("Garden");
      ben = await world.invite(ada, "Ben", { url: wire.url });
    });

    after(async () => {
      await world.close();
      await wire.close();
    });

    test("the server is killed in a burst of messages, and comes back", async () => {
      const [adas, bens, programs] = [numbered("ada", 30), numbered("ben", 30), []];
      const write = async (person, texts) => {
        for (const text of texts) await person.say(text);
      };
      let [answered, hasCome] = [0, false];
      // Four programs that go on until the server was killed and has come back.
      const send = async (who) => {
        for (let i = 1; !hasCome; i++) {
          const text = `program ${who}.${i}`;
          programs.push(text);
          await ada.api.sendSurely(world.space, text);
          answered++;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const burst = [write(ada, adas), write(ben, bens), ...[1, 2, 3, 4].map(send)];
      const shown = async (word) => (await ada.timeline()).filter(({ text }) => text.startsWith(word)).length;
      let told, adasThen, began;
      try {
        await until(
          "a part of each is shown",
          async () => (await shown("ada")) > 2 && (await shown("ben")) > 2,
        );
        await world.server.kill();
        [told, adasThen] = [answered, await shown("ada")];
        assert.ok(adasThen < adas.length, "it was killed in the middle of it");
        const signs = [ada, ben].map((person) => person.sign.waitFor());
        await Promise.all(signs);
        await world.server.start();
        began = performance.now();
        await until("a program is answered again", () => answered > told);
      } finally {
        // Nobody goes on when this went wrong.
        hasCome = true;
      }
      await Promise.all(burst);
      const truth = await allAgree(world.space, [ada, ben]);
      const took = Math.round(performance.now() - began);
      console.log(
        `killed after ${told + adasThen} of ${truth.length} messages: all agree ${took} ms after the start`,
      );
      for (const person of [ada, ben]) await person.sign.waitFor({ state: "hidden" });
      assert.deepEqual(saidBy(truth, ada, "ada"), adas, "in the order written");
      assert.deepEqual(saidBy(truth, ben, "ben"), bens, "in the order written");
      assert.deepEqual(saidBy(truth, ada, "program").sort(), programs.sort());
    });

    test("the server is stopped in good order, and comes back", async () => {
      await ada.say("before the stop");
      await ben.message("before the stop").waitFor();
      const began = performance.now();
      await world.server.stop();
      console.log(`a stop in good order takes ${Math.round(performance.now() - began)} ms`);
      await ben.sign.waitFor();
      await ben.say("while it is down");
      await world.server.start();
      await ada.message("while it is down").waitFor({ timeout: 30_000 });
      await allAgree(world.space, [ada, ben]);
    });

    for (const [missed, away] of Object.entries({ 10: "its cable is cut", 300: "it is offline" })) {
      test(`a browser misses ${missed} messages while ${away}, and comes back`, async () => {
        const isOffline = away === "it is offline";
        const word = `missed of ${missed}:`;
        await until("the cable is whole", () => wire.openStreams.length > 0, { within: 30_000 });
        if (isOffline) await ben.context.setOffline(true);
        wire.cut();
        await ben.sign.waitFor();
        assert.match(await ben.sign.innerText(), /^Reconnecting…/);
        const bens = numbered(`written away from ${missed}:`, 5);
        for (const text of bens) await ben.say(text);
        await ada.api.sendMany(world.space, Number(missed), (i) => `${word} ${i + 1}`);
        assert.ok(!(await ben.timeline()).some(({ text }) => text.startsWith(word)), "it was away");
        wire.mend();
        if (isOffline) await ben.context.setOffline(false);
        const began = performance.now();
        await ben.sign.waitFor({ state: "hidden" });
        const truth = await allAgree(world.space, [ada, ben]);
        const after = wire.streams.at(-1).events.map(({ type }) => type);
        const bytes = Buffer.byteLength(wire.streams.at(-1).text);
        console.log(
          `missed ${missed}: whole again after ${Math.round(performance.now() - began)} ms, ` +
            `${bytes} bytes on the stream, first a ${after[0]}`,
        );
        assert.deepEqual(
          saidBy(truth, ben, "written away from " + missed),
          bens,
          "once, in the order written",
        );
        assert.equal(saidBy(truth, ada, word).length, Number(missed));
      });
    }
  });

  describe("falls silent", { concurrency: false }, () => {
    let world, frozen, quiet, ada, ben;

    before(async () => {
      world = await World.open();
      [frozen, quiet] = [await Proxy.to(world.server), await Proxy.to(world.server)];
      ada = await world.found("Desert", "Ada", { url: quiet.url });
      ben = await world.invite(ada, "Ben", { url: frozen.url });
    });

    after(async () => {
      await world.close();
      await Promise.all([frozen.close(), quiet.close()]);
    });

    test("a dead socket is noticed, and a quiet one is not taken for dead", async () => {
      await ada.say("the last before silence");
      await ben.message("the last before silence").waitFor();
      const opened = quiet.streams.length;
      const began = performance.now();
      frozen.freeze();
      await ben.sign.waitFor({ timeout: 60_000 });
      const noticed = (performance.now() - began) / 1000;
      console.log(`a silent cable is noticed after ${noticed.toFixed(1)} s`);
      assert.ok(noticed > 30 && noticed < 45, `${noticed} s`);
      assert.equal(quiet.streams.length, opened, "who was only not spoken to stayed");
      assert.equal(quiet.openStreams.at(-1).events.at(-1).type, "heartbeat");
      assert.equal(await ada.sign.count(), 0);
      await ada.say("said into the silence");
      await ben.say("written in the silence");
      frozen.thaw();
      await ben.sign.waitFor({ state: "hidden" });
      await ada.message("written in the silence").waitFor({ timeout: 30_000 });
      await allAgree(world.space, [ada, ben]);
    });
  });
});
