// Reactions: the palette that "React" opens, with those that are used most on this device and a way to all
// others, and who reacted, on a long press. The app takes a press on anything with `data-emoji` for a reaction,
// so all that happens here is that such things appear, within their message.
//
// The palette is a popover: it closes on Escape and on a press elsewhere, and the focus returns by itself.

const AT_HAND = ["👍", "❤️", "😂", "🎉", "😮", "🙏"];
// Deleted by `device.js` at a sign-out.
const USED = "reactions";
const USED_MAX = 50;
// Before a phone takes the press for its own.
const LONG_PRESS_MILLIS = 400;
const MARGIN_PIXELS = 8;

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .palette {
    position: fixed; inset: auto; margin: 0; z-index: 3; max-width: calc(100vw - ${2 * MARGIN_PIXELS}px);
    padding: 0.35rem; border: 1px solid var(--line); border-radius: var(--radius);
    background: var(--surface); color: var(--ink); box-shadow: var(--shadow);
    font-size: 0.875rem; white-space: normal;
  }
  .palette > .row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.15rem; }
  .palette button { min-width: 2.5rem; min-height: 2.5rem; padding: 0; border: 0; border-radius: 8px; background: none; color: inherit; font: inherit; }
  .palette [data-emoji] { font-size: 1.375rem; line-height: 1; }
  .palette button:hover { background: var(--sunken); }
  .palette [aria-pressed="true"] { background: var(--sunken); box-shadow: inset 0 0 0 1px var(--accent); }
  .palette .more { padding: 0 0.6rem; font-size: 0.875rem; color: var(--ink-soft); }
  .palette input { display: block; width: 100%; min-height: 2.5rem; margin-top: 0.35rem; }
  .palette .all { width: min(23rem, calc(100vw - ${2 * MARGIN_PIXELS}px - 1rem)); height: min(18rem, 45vh); overflow-y: auto; overscroll-behavior: contain; }
  .palette section { content-visibility: auto; contain-intrinsic-height: auto 30rem; }
  .palette h3 { margin: 0.5rem 0.25rem 0.1rem; font-size: 0.75rem; color: var(--ink-soft); }
  .palette section > div { display: grid; grid-template-columns: repeat(auto-fill, minmax(2.5rem, 1fr)); }
  .palette.who { padding: 0.5rem 0.75rem; max-width: 20rem; }
  @media (pointer: coarse) { .palette button { min-width: 2.75rem; min-height: 2.75rem; } }
  @media print { .palette { display: none; } }
`);
document.adoptedStyleSheets.push(sheet);

/** Of the press that may become a long one. */
let press;

addEventListener("pointerup", () => clearTimeout(press), true);
addEventListener("pointercancel", () => clearTimeout(press), true);
addEventListener("pointermove", (event) => event.movementX || event.movementY ? clearTimeout(press) : 0, true);

/** What was pressed or touched: "React", or something in a row of reactions. `list` is where all emojis are. */
export function on(event, list) {
  const button = event.target.closest("button");
  if (!button) return;
  if (event.type === "focusin") {
    sayWho(button);
  } else if (event.type === "click") {
    if (button.matches(".react")) open(button, list);
    else note(button.dataset.emoji);
  } else if (event.pointerType !== "mouse" && button.dataset.emoji) {
    const rest = LONG_PRESS_MILLIS - (performance.now() - event.timeStamp);
    // A press that is over would seem to last: this script was still on its way.
    if (rest > 0) press = setTimeout(() => showWho(button), rest);
  }
}

/** Counts an emoji that was used. */
function note(emoji) {
  const used = counts();
  used[emoji] = (used[emoji] ?? 0) + 1;
  const most = Object.entries(used).sort(([, one], [, other]) => other - one);
  try {
    localStorage.setItem(USED, JSON.stringify(Object.fromEntries(most.slice(0, USED_MAX))));
  } catch {
    // The browser keeps nothing.
  }
}

function counts() {
  try {
    return JSON.parse(localStorage.getItem(USED)) ?? {};
  } catch {
    return {};
  }
}

function atHand() {
  const used = counts();
  const most = Object.keys(used).sort((one, other) => used[other] - used[one]);
  return [...new Set([...most, ...AT_HAND])].slice(0, AT_HAND.length);
}

function open(button, list) {
  const palette = popover(button.closest(".message"), "palette");
  palette.setAttribute("role", "dialog");
  palette.setAttribute("aria-label", "React");
  const row = element("div", { className: "row" });
  row.append(...atHand().map((emoji) => choice(palette, emoji)));
  const more = element("button", { className: "more", textContent: "More…" });
  more.addEventListener("click", () => showAll(palette, more, button, list));
  row.append(more);
  palette.append(row);
  palette.addEventListener("click", ({ target }) => {
    const chosen = target.closest("[data-emoji]");
    if (!chosen) return;
    note(chosen.dataset.emoji);
    // It stays where it is until the app has heard of the press.
    close(palette);
  });
  palette.addEventListener("keydown", (event) => move(event, palette));
  palette.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !palette.contains(relatedTarget)) close(palette);
  });
  show(palette, button);
  row.firstChild.focus({ preventScroll: true });
}

/** One emoji that can be chosen; pressed is the one that the reader has chosen already. */
function choice(palette, emoji, name) {
  const button = element("button", { textContent: emoji });
  button.dataset.emoji = emoji;
  if (name) {
    button.title = name;
    button.setAttribute("aria-label", name);
  }
  const mine = `.reactions [data-emoji="${emoji}"][aria-pressed="true"]`;
  button.setAttribute("aria-pressed", palette.parentElement.querySelector(mine) !== null);
  return button;
}

async function showAll(palette, more, button, list) {
  let groups;
  try {
    ({ default: groups } = await import(list));
  } catch {
    more.textContent = "Not available offline";
    more.disabled = true;
    return;
  }
  const search = element("input", { type: "search", placeholder: "Search" });
  search.setAttribute("aria-label", "Search emojis");
  const all = element("div", { className: "all" });
  const fill = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const fits = ([, name]) => words.every((word) => name.toLowerCase().includes(word));
    const sections = groups.map(([title, emojis]) => [title, emojis.filter(fits)]);
    const found = sections.filter(([, emojis]) => emojis.length > 0);
    all.replaceChildren(...found.map(([title, emojis]) => section(palette, title, emojis)));
    if (!found.length) all.textContent = "No emoji has that name.";
    all.querySelector("button")?.setAttribute("tabindex", "0");
    all.scrollTop = 0;
  };
  fill();
  search.addEventListener("input", fill);
  more.remove();
  palette.append(search, all);
  place(palette, button);
  // With a finger the focus would open the keyboard, over half of the emojis.
  const isFine = matchMedia("(pointer: fine)").matches;
  (isFine ? search : all.querySelector("button")).focus({ preventScroll: true });
}

function section(palette, title, emojis) {
  const grid = element("div", {});
  for (const [emoji, name] of emojis) {
    const button = choice(palette, emoji, name);
    // The arrows move between them: one tab stop for all.
    button.tabIndex = -1;
    grid.append(button);
  }
  const section = element("section", {});
  section.append(element("h3", { textContent: title }), grid);
  return section;
}

/** Arrows move between the emojis. No key reaches the messages, among which arrows move, too. */
function move(event, palette) {
  event.stopPropagation();
  const { target, key } = event;
  if (!target.matches("button") && key !== "ArrowDown") return;
  const buttons = [...palette.querySelectorAll("button")];
  const at = buttons.indexOf(target);
  const isBackwards = getComputedStyle(palette).direction === "rtl";
  const next = {
    ArrowLeft: () => buttons[at + (isBackwards ? 1 : -1)],
    ArrowRight: () => buttons[at + (isBackwards ? -1 : 1)],
    ArrowUp: () => beside(buttons.slice(0, Math.max(at, 0)).reverse(), target),
    ArrowDown: () => (at < 0 ? palette.querySelector(".all button") : beside(buttons.slice(at + 1), target)),
    Home: () => buttons[0],
    End: () => buttons.at(-1),
  }[key]?.();
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** In the nearest row of these, the one that is nearest to what is above or below it. */
function beside(buttons, from) {
  const middle = (button) => {
    const { left, width } = button.getBoundingClientRect();
    return left + width / 2;
  };
  const rowOf = (button) => Math.round(button.getBoundingClientRect().top);
  const first = buttons.find((button) => rowOf(button) !== rowOf(from));
  if (!first) return undefined;
  const end = buttons.findIndex((button, at) => at > buttons.indexOf(first) && rowOf(button) !== rowOf(first));
  const row = buttons.slice(buttons.indexOf(first), end < 0 ? undefined : end);
  const distance = (button) => Math.abs(middle(button) - middle(from));
  return row.reduce((best, button) => (distance(button) < distance(best) ? button : best));
}

/** The app writes the names of those who reacted where a pointer is; neither a finger nor the focus points. */
const sayWho = (chip) => chip.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));

function showWho(chip) {
  sayWho(chip);
  const message = chip.closest(".message");
  if (!message) return;
  const who = popover(message, "palette who");
  who.setAttribute("role", "status");
  who.textContent = `${chip.dataset.emoji} ${chip.title}`;
  // The end of this press is none on the emoji, and leaves what it has opened.
  const keep = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("click", keep, { capture: true, once: true });
  addEventListener("contextmenu", keep, { capture: true, once: true });
  // The end of the press would close it.
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    setTimeout(() => {
      removeEventListener("click", keep, true);
      removeEventListener("contextmenu", keep, true);
      show(who, chip);
    }, 50);
  };
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end, { signal: ended.signal });
}

function popover(message, className) {
  const made = element("div", { className, popover: "auto" });
  made.addEventListener("toggle", ({ newState }) => newState === "closed" && made.remove());
  message.querySelectorAll(".palette").forEach((other) => other.remove());
  message.append(made);
  return made;
}

/** A browser without popovers shows it from the start. */
function show(made, at) {
  made.showPopover?.();
  place(made, at);
}

function close(made) {
  if (made.hidePopover) made.hidePopover();
  else setTimeout(() => made.remove());
}

/** Above what opened it if there is room, and never out of the window. */
function place(made, at) {
  const [opener, { width, height }] = [at.getBoundingClientRect(), made.getBoundingClientRect()];
  const above = opener.top - height - MARGIN_PIXELS / 2;
  const top = above >= MARGIN_PIXELS ? above : opener.bottom + MARGIN_PIXELS / 2;
  const within = (value, size, all) => Math.max(MARGIN_PIXELS, Math.min(value, all - size - MARGIN_PIXELS));
  made.style.top = `${within(top, height, innerHeight)}px`;
  made.style.left = `${within(opener.left + opener.width / 2 - width / 2, width, innerWidth)}px`;
}

function element(name, properties) {
  const made = Object.assign(document.createElement(name), properties);
  if (name === "button") made.type = "button";
  return made;
}
