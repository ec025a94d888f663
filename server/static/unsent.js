// On the page that says that one is no longer a member: shows what was written on this device and could not
// be sent, to be copied or thrown away. What else the device keeps of the space goes.

import { DRAFTS, OUTBOX, SNAPSHOTS, inStore } from "/device.js";

const place = document.querySelector("#unsent");
// The keys of one person in one space; those of edits are apart.
const keysOf = (prefix) => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
const [mine, edits] = [" ", "/"].map((end) => keysOf(`${place.dataset.being} ${place.dataset.space}${end}`));

inStore(SNAPSHOTS, (snapshots) => snapshots.delete(mine));
showAll();

async function showAll() {
  await show(OUTBOX, mine);
  await show(DRAFTS, edits);
  await show(DRAFTS, mine);
}

async function show(name, range) {
  const keys = (await inStore(name, (store) => store.getAllKeys(range))) ?? [];
  const values = (await inStore(name, (store) => store.getAll(range))) ?? [];
  keys.forEach((key, at) => {
    const text = textOf(name, values[at]);
    if (text) add(text, () => inStore(name, (store) => store.delete(key)));
  });
}

/** A deletion has no text, and neither has a reaction. */
function textOf(name, value) {
  if (name === DRAFTS) return value;
  const { intention, change } = JSON.parse(value);
  return (intention ?? change)?.content;
}

function add(text, throwAway) {
  const item = document.createElement("li");
  const content = document.createElement("p");
  content.className = "content";
  content.textContent = text;
  const choices = document.createElement("p");
  choices.className = "choices";
  if (navigator.clipboard) {
    const copy = button("Copy", () =>
      navigator.clipboard.writeText(text).then(() => (copy.textContent = "Copied")),
    );
    choices.append(copy);
  }
  const away = button("Throw away", async () => {
    await throwAway();
    item.remove();
    place.hidden = !place.querySelector("li");
  });
  away.className = "danger";
  choices.append(away);
  item.append(content, choices);
  place.querySelector("ul").append(item);
  place.hidden = false;
}

function button(label, run) {
  const button = document.createElement("button");
  button.textContent = label;
  button.addEventListener("click", run);
  return button;
}
