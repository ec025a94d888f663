// Acts on a message by a key, or by a finger: it presses the buttons that the app has in each message.
//
// A swipe to either side replies. It is one only while the finger goes sideways, so that scrolling stays what
// it is, and not over what scrolls sideways itself.

const SWIPE_PIXELS = 56;
// A finger that goes this far up or down scrolls.
const SLOP_PIXELS = 10;
// Where a phone takes a swipe for "back".
const EDGE_PIXELS = 24;

const KEYS = { r: "reply" };

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .message.swiped { translate: var(--swipe); }
  .message.swiped::after {
    content: "↩"; position: absolute; inset-block-start: 50%; inset-inline-end: -2.25rem; translate: 0 -50%;
    color: var(--ink-soft); font-size: 1.25rem; opacity: var(--swiped);
  }
  .message.swiped.back::after { inset-inline: -2.25rem auto; }
  @media (prefers-reduced-motion: no-preference) { .message.released { transition: translate 160ms ease-out; } }
`);
document.adoptedStyleSheets.push(sheet);

/** What was pressed or touched: a key on a message, or a finger on one. */
export function on(event) {
  if (event.type === "keydown") onKey(event);
  else if (!event.target.closest("a, button, input, textarea, summary, pre, .table, .palette")) swipe(event);
}

function onKey(event) {
  const { key, target, ctrlKey, altKey, metaKey } = event;
  const action = ctrlKey || altKey || metaKey || event.isComposing ? undefined : KEYS[key];
  if (action && press(target, action)) event.preventDefault();
}

/** Presses a button of a message. Returns whether there is one. */
function press(message, action) {
  const button = message.querySelector(`:scope > .tools [data-act="${action}"]`);
  button?.click();
  return !!button;
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
    if (isReply) press(message, "reply");
  });
  listen("pointercancel", end);
}
