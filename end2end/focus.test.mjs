// After every action by keyboard, the focus is in a sensible place and visible.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./assertions.mjs";
import { Keyboard } from "./keyboard.mjs";
import { World } from "./world.mjs";

let world, ada;

before(async () => {
  world = await World.open();
  ada = await world.createSpace("Garden");
  await ada.api.send(world.space, "The first");
});

after(() => world.close());

const inMessage = ({ within }) => within.startsWith("msg_");
const inPanel = ({ within }) => within === "panel";
const called =
  (...names) =>
  ({ name }) =>
    names.includes(name);

const edit = async (keys) => {
  await keys.toTool("Edit");
  await keys.press("Enter");
  await until("the editor is open", async () => (await keys.focus()).name === "Edit message");
};
const openPanel = async (keys) => {
  await keys.tabTo("About this space");
  await keys.press("Enter");
  await ada.page.locator("#panel").waitFor();
};
const pressTool = async (keys, name) => {
  await keys.toTool(name);
  await keys.press("Enter");
};
const pressIn = async (keys, name) => {
  await keys.tabTo(name);
  await keys.press("Enter");
};

const steps = [
  [
    "an edit was saved",
    async (keys) => {
      await edit(keys);
      await keys.type("!");
      await keys.press("Enter");
      await ada.page.getByText("edited").waitFor();
    },
    inMessage,
  ],
  [
    "an edit was cancelled",
    async (keys) => {
      await edit(keys);
      await keys.press("Escape");
      await ada.page.getByLabel("Edit message").waitFor({ state: "detached" });
    },
    inMessage,
  ],
  [
    "the app asks whether to delete",
    async (keys) => {
      await pressTool(keys, "Delete");
      await ada.page.getByText("Delete for everyone?").waitFor();
    },
    inMessage,
  ],
  [
    "a deletion was cancelled",
    async (keys) => {
      await pressTool(keys, "Delete");
      // The harmless button has the focus.
      await until("the question has the focus", async () => (await keys.focus()).name === "Cancel");
      await keys.press("Enter");
      await ada.page.getByText("Delete for everyone?").waitFor({ state: "detached" });
    },
    (focus) => inMessage(focus) && called("Delete")(focus),
  ],
  [
    "a deletion was left by Escape",
    async (keys) => {
      await pressTool(keys, "Delete");
      await until("the question has the focus", async () => (await keys.focus()).name === "Cancel");
      await keys.press("Escape");
      await ada.page.getByText("Delete for everyone?").waitFor({ state: "detached" });
    },
    (focus) => inMessage(focus) && called("Delete")(focus),
  ],
  [
    "a message was deleted",
    async (keys) => {
      await ada.say("To be deleted");
      await ada.message("To be deleted").waitFor();
      await pressTool(keys, "Delete");
      await ada.page.getByText("Delete for everyone?").waitFor();
      await keys.tabTo("Delete", { key: "Shift+Tab" });
      await keys.press("Enter");
      await ada.message("To be deleted").waitFor({ state: "detached" });
    },
    ({ isNowhere }) => !isNowhere,
  ],
  ["the panel was opened", openPanel, (focus) => inPanel(focus) || called("About this space")(focus)],
  [
    "the panel was closed by Escape",
    async (keys) => {
      await openPanel(keys);
      await keys.tabTo("Make an invite link");
      await keys.press("Escape");
      await ada.page.locator("#panel").waitFor({ state: "detached" });
    },
    called("About this space"),
  ],
  [
    "the panel was closed by its button",
    async (keys) => {
      await openPanel(keys);
      await pressIn(keys, "Close");
      await ada.page.locator("#panel").waitFor({ state: "detached" });
    },
    called("About this space"),
  ],
  [
    "an invite link was made",
    async (keys) => {
      await openPanel(keys);
      await pressIn(keys, "Make an invite link");
      await ada.page.getByLabel("Invite link").waitFor();
    },
    inPanel,
  ],
  [
    "the app asks whether to leave",
    async (keys) => {
      await openPanel(keys);
      await pressIn(keys, "Leave this space");
      await ada.page.getByText("You will need an invite").waitFor();
    },
    inPanel,
  ],
  [
    "leaving was cancelled",
    async (keys) => {
      await openPanel(keys);
      await pressIn(keys, "Leave this space");
      await pressIn(keys, "Cancel");
      await ada.page.getByText("You will need an invite").waitFor({ state: "detached" });
    },
    inPanel,
  ],
];

for (const [when, act, isSensible] of steps) {
  test(`the focus is in a sensible place and visible when ${when}`, async () => {
    await ada.enter(world.space);
    await ada.message("The first").waitFor();
    const keys = new Keyboard(ada.page);
    await act(keys);
    const found = await until("", async () => isSensible(await keys.focus())).catch(() => null);
    assert.notEqual(found, null, `the focus is on ${JSON.stringify((await keys.focus()).name)}`);
    await keys.assertFocusVisible();
  });
}

test("a held Enter deletes nothing", async () => {
  await ada.enter(world.space);
  const deletions = [];
  ada.page.on("request", (request) => request.method() === "DELETE" && deletions.push(request.url()));
  const keys = new Keyboard(ada.page);
  await keys.toTool("Delete");
  // The second keydown is the auto-repeat of a held key. It answers the question.
  for (let i = 0; i < 2; i++) await ada.page.keyboard.down("Enter");
  await ada.page.keyboard.up("Enter");
  // The focus is back on the button that asked, which has the name of the one that deletes.
  const isAnswered = async () => (await ada.page.getByText("Delete for everyone?").count()) === 0;
  await until("the question is answered", isAnswered);
  assert.ok(inMessage(await keys.focus()));
  // Operations on a space are sent in order.
  await ada.say("Written after that");
  await ada.message("Written after that").waitFor();
  await ada.waitForEmptyOutbox();
  assert.deepEqual(deletions, []);
  await ada.message("The first").waitFor();
});

test("a press elsewhere leaves the question, and the focus goes where the press was", async () => {
  await ada.enter(world.space);
  const message = ada.exactMessage("The first").or(ada.exactMessage("The first!")).first();
  const question = ada.page.getByText("Delete for everyone?");
  const ask = async () => {
    await message.hover();
    await message.getByRole("button", { name: "Delete" }).click();
    await question.waitFor();
  };
  const keys = new Keyboard(ada.page);
  await ask();
  await question.click();
  assert.equal(await question.count(), 1, "a press on the question itself is none elsewhere");
  await ada.composer.click();
  await question.waitFor({ state: "detached" });
  await until("the composer has the focus", async () => (await keys.focus()).name === "Message");
  await ask();
  await ada.page.locator(".space-header").click({ position: { x: 2, y: 2 } });
  await question.waitFor({ state: "detached" });
});

test("Escape closes the panel while an invite link is shown, from wherever it was opened", async () => {
  await ada.enter(world.space);
  const keys = new Keyboard(ada.page);
  await openPanel(keys);
  await pressIn(keys, "Make an invite link");
  await ada.page.getByLabel("Invite link").waitFor();
  await keys.press("Escape");
  await ada.page.locator("#panel").waitFor({ state: "detached" });
});
