// The fixture of the tests of AI answers: three people, and a being with a scripted provider.

import assert from "node:assert/strict";
import { after } from "node:test";

import { until } from "./assertions.mjs";
import { Provider, createBeing } from "./provider.mjs";
import { BEHIND_PROXY, World } from "./world.mjs";

export class AnswerFixture {
  static async open() {
    const fixture = new AnswerFixture();
    Object.assign(fixture, await World.meet({ Ada: {}, Ben: BEHIND_PROXY, Cyd: {} }));
    fixture.provider = await Provider.open();
    after(() => fixture.provider.close());
    assert.equal(await createBeing(fixture.ada, fixture.world.space, "Sage", fixture.provider), "@sage");
    return fixture;
  }

  /** Creates a space of its own, so that it holds no other messages. */
  async newSpace(name) {
    const people = [this.ada, this.ben];
    const space = (await people[0].api.request("POST", "/spaces", { name })).id;
    for (const guest of people.slice(1)) {
      const { token } = await people[0].api.request("POST", `/spaces/${space}/invites`);
      await guest.api.request("POST", `/invites/${token}`);
    }
    const sage = await createBeing(people[0], space, "Sage", this.provider);
    for (const person of people) await person.enter(space);
    return { space, sage };
  }

  /** Asks through the API; returns the id of the answer, which is the position after the question. */
  async ask(space, sage, what) {
    const { messageId } = await this.ada.api.send(space, `${sage} ${what}`);
    return `msg_${Number(messageId.split("_")[1]) + 1}`;
  }
}

export const answer = (person, id, page = person.page) => page.locator(`article#${id}`);

export const text = (person, id, page = person.page) =>
  page.evaluate((id) => window.shownText(document.querySelector(`#${id} .content`)), id);

/** White space at the end of a line is not shown. */
export const asShown = (text) => text?.replace(/ +$/gm, "").trimEnd();

export const waitForText = (person, id, expected, page = person.page) =>
  until(
    `${person.name} sees ${expected.slice(-40)}`,
    async () => asShown(await text(person, id, page)) === asShown(expected),
  );

export const mark = (person, id) => answer(person, id).locator(".mark").innerText();

export const button = (person, id, name) => answer(person, id).getByRole("button", { name });

/** Presses a button of a message. With a mouse the buttons show on hover. */
export async function press(person, id, name) {
  await answer(person, id).hover();
  await waitUntilPressable(person, id, name);
  await button(person, id, name).click();
}

/** A button ignores presses for half a second after its meaning has changed. */
export async function waitUntilPressable(person, id, name) {
  await button(person, id, name).waitFor();
  await person.page.waitForTimeout(600);
}

/** Writes one word for each pass of the gate, and ends with one pass more. */
export const wordByWord = (gate, words) => async (reply) => {
  for (const word of words) {
    await gate.pass();
    reply.say(word);
  }
  await gate.pass();
  reply.stop();
};

export const WORDS = ["Ein ", "Wort ", "gibt ", "das ", "andere: ", "🌱 ", "so ", "wächst ", "es."];

export const firstWords = (count) => WORDS.slice(0, count).join("");
