// Scroll anchoring for browsers without it, which load this, such as WebKit before 27, and for Firefox, where
// the style sheet turns its own off. The messages are laid out from their end, so text that grows below a reader
// who has scrolled up would move what they read. The message at the upper edge of the view is put back before
// the frame is drawn. A reader at the end follows the end.

// Messages are found this close to each other.
const STEP_PIXELS = 16;
// Who is this close to the end is at the end: WebKit rounds the position where heights are fractions.
const END_PIXELS = 1;

let scroller, anchor, top;

const offset = () => anchor.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

const resized = new ResizeObserver(() => {
  if (scroller.scrollTop >= -END_PIXELS) return;
  // What the view was moved to had not been drawn, and now has.
  if (!anchor?.isConnected) return remember();
  const moved = offset() - top;
  if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
});

/** Remembers what stands at the upper edge: the text, because a header disappears when messages are grouped. */
function remember() {
  const view = scroller.getBoundingClientRect();
  anchor = null;
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
    resized.disconnect();
    resized.observe(scroller.querySelector(".timeline"));
  }
  remember();
}

document.addEventListener("scroll", watch, { capture: true, passive: true });
