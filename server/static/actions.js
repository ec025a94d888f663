// Acts on a message by a key, by a finger, or by its menu: it presses the buttons that the app has in each message.
// What a message has no button for is not in its menu.
//
// A swipe to either side replies. It is one only while the finger goes sideways, so that scrolling stays what
// it is, and not over what scrolls sideways itself.

const SWIPE_PIXELS = 56;
// A finger that goes this far up or down scrolls.
const SLOP_PIXELS = 10;
// Where a phone takes a swipe for "back".
const EDGE_PIXELS = 24;

// Before a phone takes the press for its own.
const LONG_PRESS_MILLIS = 450;
const MARGIN_PIXELS = 8;
const SAID_MILLIS = 2000;

// The touch that loads this script may be over: its end is not heard here.
const loadedAt = performance.now();

/** What may be done with a message: its name in the menu, its keys, and what does it, if it may be done. */
const ACTIONS = [
  ["Reply", ["r"], (message) => button(message, "reply")],
  ["React…", ["+", ":"], (message) => message.querySelector(":scope > .tools > .react")],
  ["Copy text", ["c"], (message) => navigator.clipboard && button(message, "copy")],
  ["Copy link", ["l"], (message) => navigator.clipboard && { click: () => copyLink(message) }],
  ["Edit", ["e"], (message) => button(message, "edit")],
  ["Mark as unread", ["u"], (message) => !button(message, "edit") && { click: () => act(message, "unread") }],
  ["Answer again", [], (message) => message.querySelector(":scope > .answer-tools.done button")],
  ["Delete", ["Delete"], (message) => button(message, "delete")],
];

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .message.swiped { translate: var(--swipe); }
  .message.swiped::after {
    content: "↩"; position: absolute; inset-block-start: 50%; inset-inline-end: -2.25rem; translate: 0 -50%;
    color: var(--ink-soft); font-size: 1.25rem; opacity: var(--swiped);
  }
  .message.swiped.back::after { inset-inline: -2.25rem auto; }
  .message.pressed { user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
  .actions {
    position: fixed; inset: auto; margin: 0; z-index: 3; min-width: 13rem; padding: 0.3rem; overflow-y: auto; max-height: calc(100dvh - 1rem);
    border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--ink);
    box-shadow: var(--shadow); white-space: normal;
  }
  .actions button {
    display: flex; justify-content: space-between; gap: 1.5rem; width: 100%; min-height: 2.25rem; padding: 0 0.7rem;
    border: 0; border-radius: 8px; background: none; color: inherit; font-size: 0.9375rem; font-weight: 450; text-align: start;
  }
  .actions button { outline-offset: -2px; }
  .actions button:focus { background: var(--sunken); }
  @media (hover: hover) { .actions button:hover { background: var(--sunken); } }
  .actions .danger { color: var(--danger); }
  .actions kbd, .keys kbd { color: var(--ink-soft); font: 0.8125rem var(--sans); }
  .said { position: fixed; inset: auto auto 6rem 50%; translate: -50%; z-index: 3; margin: 0; padding: 0.4rem 0.9rem; border-radius: 2rem; background: var(--ink); color: var(--paper); font-size: 0.875rem; }
  .keys { width: min(22rem, calc(100vw - 2rem)); padding: 1.25rem; border: 1px solid var(--line); border-radius: 16px; background: var(--surface); color: var(--ink); }
  .keys::backdrop, .actions::backdrop { background: rgb(0 0 0 / 35%); }
  .keys dl { display: grid; grid-template-columns: auto 1fr; gap: 0.5rem 1rem; margin: 1rem 0; }
  .keys dt { min-width: 5rem; } .keys dd { margin: 0; }
  .keys dt kbd { padding: 0.1rem 0.45rem; border: 1px solid var(--line); border-radius: 5px; color: inherit; }
  @media (pointer: fine) { .actions::backdrop { background: none; } }
  @media (pointer: coarse) {
    .actions { inset: auto 0 0 !important; width: 100%; max-width: none; padding: 0.5rem 0.5rem max(0.75rem, env(safe-area-inset-bottom)); border-width: 1px 0 0; border-radius: 16px 16px 0 0; }
    .actions button { min-height: 3rem; font-size: 1rem; }
    .actions kbd { display: none; }
  }
  @media print { .actions, .said { display: none; } }
  @media (prefers-reduced-motion: no-preference) { .message.released { transition: translate 160ms ease-out; } }
`);
document.adoptedStyleSheets.push(sheet);

/** What was pressed or touched: a key on a message, the button of its menu, or a finger on it. */
export function on(event) {
  const message = event.target.closest(".message");
  if (event.type === "keydown") onKey(event, message);
  else if (event.type === "click") openMenu(message, event.target.closest("button"));
  else if (event.timeStamp > loadedAt && !event.target.closest("a, button, input, textarea, summary, pre, .table, .palette, .actions")) {
    swipe(event);
    wait(event, message);
  }
}

function onKey(event, message) {
  const { key, ctrlKey, altKey, metaKey, shiftKey } = event;
  if (ctrlKey || altKey || metaKey || event.isComposing) return;
  const action = ACTIONS.find(([, keys]) => keys.includes(key))?.[2](message);
  if (key === "?") showKeys();
  else if (key === "m" || key === "ContextMenu" || (shiftKey && key === "F10")) openMenu(message, message);
  else if (action) action.click();
  else return;
  event.preventDefault();
}

const button = (message, action) => message.querySelector(`:scope > .tools [data-act="${action}"]`);

/** Does what the app takes a press on such a button for. */
function act(message, action) {
  const made = element("button", { hidden: true });
  made.dataset.act = action;
  message.append(made);
  made.click();
  made.remove();
}

async function copyLink(message) {
  const url = new URL(location.pathname, location.origin);
  url.searchParams.set("at", message.id);
  const copied = navigator.clipboard.writeText(url.href);
  const words = await copied.then(() => "Link copied", () => "The link could not be copied");
  const said = element("p", { className: "said", textContent: words });
  said.setAttribute("role", "status");
  document.body.append(said);
  setTimeout(() => said.remove(), SAID_MILLIS);
}

function openMenu(message, opener) {
  document.querySelector(".actions")?.remove();
  const before = document.activeElement;
  const menu = element("div", { className: "actions", popover: "manual" });
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "Actions of this message");
  const closing = new AbortController();
  const close = (isChosen) => {
    closing.abort();
    if (menu.contains(document.activeElement) && !isChosen) (before.isConnected ? before : message).focus();
    menu.remove();
    opener.removeAttribute("aria-expanded");
  };
  for (const [name, keys, find] of ACTIONS) {
    const action = find(message);
    if (!action) continue;
    const item = element("button", { textContent: name, tabIndex: -1 });
    item.setAttribute("role", "menuitem");
    if (name === "Delete") item.className = "danger";
    if (keys.length) item.append(keysOf([keys[0]]));
    item.addEventListener("click", (event) => {
      event.stopPropagation();
      // What it opens takes the focus from here, and gives it back to where it was before.
      if (before.isConnected && before !== document.body) before.focus({ preventScroll: true });
      close(true);
      action.click();
    });
    menu.append(item);
  }
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const items = [...menu.children];
    const at = items.indexOf(document.activeElement);
    const next = {
      ArrowDown: () => items[(at + 1) % items.length],
      ArrowUp: () => items.at(at - 1),
      Home: () => items[0],
      End: () => items.at(-1),
    }[event.key]?.();
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (next) next.focus();
    else return;
    event.preventDefault();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) close(true);
  });
  const isElsewhere = ({ target }) => !menu.contains(target);
  addEventListener("pointerdown", (event) => isElsewhere(event) && close(true), { capture: true, signal: closing.signal });
  message.append(menu);
  menu.showPopover?.();
  if (opener !== message) opener.setAttribute("aria-expanded", "true");
  place(menu, opener);
  menu.firstElementChild?.focus({ preventScroll: true });
}

/** Beside what opened it, and never out of the window; on a phone the style has it at the bottom. */
function place(menu, opener) {
  const [at, { width, height }] = [opener.getBoundingClientRect(), menu.getBoundingClientRect()];
  const top = at.bottom + height + MARGIN_PIXELS <= innerHeight ? at.bottom + 4 : at.top - height - 4;
  const within = (value, size, all) => Math.max(MARGIN_PIXELS, Math.min(value, all - size - MARGIN_PIXELS));
  menu.style.top = `${within(top, height, innerHeight)}px`;
  menu.style.left = `${within(at.right - width, width, innerWidth)}px`;
}

function showKeys() {
  const dialog = element("dialog", { className: "keys" });
  dialog.setAttribute("aria-labelledby", "keys-title");
  const list = element("dl", {});
  const rows = [
    ...ACTIONS.filter(([, keys]) => keys.length).map(([name, keys]) => [keys, name.replace("…", "")]),
    [["m"], "All actions of the message"],
    [["↑", "↓"], "Other messages"],
    [["?"], "These keys"],
  ];
  for (const [keys, name] of rows) {
    const term = element("dt", {});
    term.append(...keys.flatMap((key, at) => [at ? " " : "", keysOf([key])]));
    list.append(term, element("dd", { textContent: name }));
  }
  const close = element("button", { textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(element("h2", { id: "keys-title", textContent: "Keys of a message" }), list, close);
  document.body.append(dialog);
  dialog.showModal();
}

const keysOf = ([key]) => element("kbd", { textContent: key });

function element(name, properties) {
  const made = Object.assign(document.createElement(name), properties);
  if (name === "button") made.type = "button";
  return made;
}

/** A press that lasts opens the menu; its end presses nothing. */
function wait({ pointerId, clientX, clientY }, message) {
  const ended = new AbortController();
  const end = () => {
    clearTimeout(timer);
    ended.abort();
    setTimeout(() => message.classList.remove("pressed"), 50);
  };
  const keep = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const timer = setTimeout(() => {
    addEventListener("click", keep, { capture: true, signal: ended.signal });
    openMenu(message, message);
  }, LONG_PRESS_MILLIS);
  message.classList.add("pressed");
  const listen = (name, run) =>
    addEventListener(name, (event) => event.pointerId === pointerId && run(event), { signal: ended.signal });
  listen("pointermove", (event) => {
    if (Math.hypot(event.clientX - clientX, event.clientY - clientY) > SLOP_PIXELS) end();
  });
  listen("pointercancel", end);
  // The click of this press comes behind its end.
  listen("pointerup", () => {
    clearTimeout(timer);
    setTimeout(end, 50);
  });
  addEventListener("contextmenu", keep, { capture: true, signal: ended.signal });
}

function swipe({ target, pointerId, clientX, clientY, isPrimary }) {
  const message = target.closest(".message");
  const isAtEdge = Math.min(clientX, innerWidth - clientX) < EDGE_PIXELS;
  if (!isPrimary || isAtEdge || message.querySelector(":scope > .editor")) return;
  const ended = new AbortController();
  const listen = (name, run) =>
    addEventListener(name, (event) => event.pointerId === pointerId && run(event), { signal: ended.signal });
  let by = 0;
  let isSwipe = false;
  listen("pointermove", (event) => {
    by = event.clientX - clientX;
    const down = Math.abs(event.clientY - clientY);
    if (!isSwipe && down > SLOP_PIXELS) return end();
    isSwipe ||= Math.abs(by) > SLOP_PIXELS && Math.abs(by) > 2 * down && getSelection().isCollapsed;
    if (!isSwipe) return;
    const way = Math.sign(by) * Math.min(Math.abs(by), 1.25 * SWIPE_PIXELS);
    message.classList.remove("released");
    message.classList.add("swiped");
    message.classList.toggle("back", by > 0);
    message.style.setProperty("--swipe", `${way}px`);
    message.style.setProperty("--swiped", Math.abs(by) >= SWIPE_PIXELS ? 1 : Math.abs(by) / SWIPE_PIXELS / 2);
  });
  const end = () => {
    ended.abort();
    message.classList.add("released");
    message.classList.remove("swiped", "back");
    message.style.removeProperty("--swipe");
    message.style.removeProperty("--swiped");
  };
  listen("pointerup", () => {
    const isReply = isSwipe && Math.abs(by) >= SWIPE_PIXELS;
    end();
    if (isReply) button(message, "reply")?.click();
  });
  listen("pointercancel", end);
}
