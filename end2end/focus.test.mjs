// Wherever the keyboard has just been, the focus stays somewhere sensible, where one sees it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "./agree.mjs";
import { Keyboard } from "./keyboard.mjs";
import { World } from "./world.mjs";

let world, ada;

before(async () => {
  world = await World.open();
  ada = await world.found("Garden");
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
  await keys.tabTo("Edit");
  await keys.press("Enter");
  await until("the editor is open", async () => (await keys.focus()).name === "Edit message");
};
const openPanel = async (keys) => {
  await keys.tabTo("About this space");
  await keys.press("Enter");
  await ada.page.locator("#panel").waitFor();
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
    "an edit was given up",
    async (keys) => {
      await edit(keys);
      await keys.press("Escape");
      await ada.page.getByLabel("Edit message").waitFor({ state: "detached" });
    },
    inMessage,
  ],
  [
    "one is asked whether to delete",
    async (keys) => {
      await pressIn(keys, "Delete");
      await ada.page.getByText("Delete for everyone?").waitFor();
    },
    inMessage,
  ],
  [
    "a message is kept after all",
    async (keys) => {
      await pressIn(keys, "Delete");
      await pressIn(keys, "Keep");
      await ada.page.getByText("Delete for everyone?").waitFor({ state: "detached" });
    },
    inMessage,
  ],
  [
    "a message was deleted",
    async (keys) => {
      await ada.say("To be deleted");
      await ada.message("To be deleted").waitFor();
      await keys.tabTo("Delete", { key: "Shift+Tab" });
      await keys.press("Enter");
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
    "one is asked whether to leave",
    async (keys) => {
      await openPanel(keys);
      await pressIn(keys, "Leave this space");
      await ada.page.getByText("You will need an invite").waitFor();
    },
    inPanel,
  ],
  [
    "one stays after all",
    async (keys) => {
      await openPanel(keys);
      await pressIn(keys, "Leave this space");
      await pressIn(keys, "Stay");
      await ada.page.getByText("You will need an invite").waitFor({ state: "detached" });
    },
    inPanel,
  ],
];

for (const [when, act, isSensible] of steps) {
  test(`the focus is somewhere sensible, and seen, when ${when}`, async () => {
    await ada.enter(world.space);
    await ada.message("The first").waitFor();
    const keys = new Keyboard(ada.page);
    await act(keys);
    const found = await until("", async () => isSensible(await keys.focus())).catch(() => null);
    assert.notEqual(found, null, `the focus is on ${JSON.stringify((await keys.focus()).name)}`);
    await keys.isSeen();
  });
}

test("a held Enter deletes nothing", async () => {
  await ada.enter(world.space);
  const deletions = [];
  ada.page.on("request", (request) => request.method() === "DELETE" && deletions.push(request.url()));
  const keys = new Keyboard(ada.page);
  await keys.tabTo("Delete");
  // The second is what a keyboard makes by itself of a key that is held. It answers the question.
  for (let i = 0; i < 2; i++) await ada.page.keyboard.down("Enter");
  await ada.page.keyboard.up("Enter");
  const isAnswered = async () => !["Delete", "Keep"].includes((await keys.focus()).name);
  await until("the focus has left the question", isAnswered);
  // What is done to a space leaves in the order in which it is done.
  await ada.say("Written after that");
  await ada.message("Written after that").waitFor();
  await ada.outboxIsEmpty();
  assert.deepEqual(deletions, []);
  await ada.message("The first").waitFor();
});

test("Escape closes the panel while an invite link is shown, wherever one came from", async () => {
  await ada.enter(world.space);
  const keys = new Keyboard(ada.page);
  await openPanel(keys);
  await pressIn(keys, "Make an invite link");
  await ada.page.getByLabel("Invite link").waitFor();
  await keys.press("Escape");
  await ada.page.locator("#panel").waitFor({ state: "detached" });
});
