// Scroll anchoring: what the reader sees stays where it is while messages come and go around it. The messages are
// laid out from their end, so text that grows below a reader who has scrolled up would move what they read. The
// message at the upper edge of the view is put back before the frame is drawn. A reader at the end follows the end.
//
// Most browsers have it. What they have not is a reader at the end of what is loaded, where more is to come. For
// browsers without it, such as WebKit before 27, and for Firefox, where the style sheet turns its own off, this
// does all of it.

// Messages are found this close to each other.
const STEP_PIXELS = 16;
// Who is this close to the end is at the end: WebKit rounds the position where heights are fractions.
const END_PIXELS = 1;

const isNative = CSS.supports("overflow-anchor", "auto") && !CSS.supports("-moz-appearance", "none");

let scroller, anchor, top, hadLater;

const offset = () => anchor.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

const hasLater = () => Boolean(scroller.querySelector(".later"));

function restore() {
  if (!hadLater && !hasLater() && (isNative || scroller.scrollTop >= -END_PIXELS)) return;
  // What the view was moved to had not been drawn, and now has.
  if (!anchor?.isConnected) return remember();
  const moved = offset() - top;
  if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
}

const resized = new ResizeObserver(restore);
// Where messages below are let go, the browser moves the view at once, and says so before it says that sizes
// have changed.
const changed = new MutationObserver(restore);

/** Remembers what stands at the upper edge: the text, because a header disappears when messages are grouped. */
function remember() {
  hadLater = hasLater();
  anchor = null;
  const view = scroller.getBoundingClientRect();
  for (let y = view.top + 1; y < view.bottom && !anchor; y += STEP_PIXELS) {
    const message = document.elementFromPoint(view.left + view.width / 2, y)?.closest(".message");
    anchor = message?.querySelector(".content") ?? message;
  }
  if (anchor) top = offset();
}

function watch({ target }) {
  if (!target.classList?.contains("scroller")) return;
  if (scroller !== target) {
    scroller = target;
    for (const observer of [resized, changed]) observer.disconnect();
    const timeline = scroller.querySelector(".timeline");
    resized.observe(timeline);
    changed.observe(timeline, { childList: true, subtree: true });
  }
  remember();
}

document.addEventListener("scroll", watch, { capture: true, passive: true });
