// Makes the page that the server rendered live. The app renders itself beside it and takes its place in
// one frame: it reads nothing from the page, so nothing that a browser extension has changed there is in
// its way. What the reader has done by then goes with it: text, selection, focus, scroll position, and
// presses of buttons.

// A page that was scrolled this short a time ago may still be moving under the reader's finger.
const STILL_MILLIS = 150;
// Code stays without colours for this long.
const IDLE_MILLIS = 500;

const waking = new AbortController();
const presses = [];
let [isComposing, isPressed, scrolledAt] = [false, false, -STILL_MILLIS];

const listen = (names, run) => {
  for (const name of names) addEventListener(name, run, { capture: true, signal: waking.signal });
};
listen(["compositionstart", "compositionupdate"], () => (isComposing = true));
listen(["compositionend"], () => (isComposing = false));
listen(["pointerdown", "touchstart"], () => (isPressed = true));
listen(["pointerup", "touchend", "touchcancel"], () => (isPressed = false));
listen(["pointermove"], ({ buttons }) => (isPressed &&= buttons > 0));
listen(["scroll"], () => (scrolledAt = performance.now()));
listen(["click"], (event) => {
  const button = event.target.closest?.("#app button");
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  presses.push(button);
});

// An input method that is composing, a finger or a selection that is being drawn, and a page in motion
// would be cut off.
const isBusy = () => isComposing || isPressed || performance.now() - scrolledAt < STILL_MILLIS;
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

async function start(js, wasm, markdown, anchor, colours, reactions, emoji, actions, search) {
  import(anchor).catch(() => {});
  const app = await import(js);
  await app.default({ module_or_path: wasm });
  // The browser first notes what it has painted; it would take what comes later for a late paint.
  do await pause(20);
  while (isBusy());
  const page = document.getElementById("app") ?? document.body.appendChild(document.createElement("div"));
  const fresh = page.cloneNode(false);
  app.mount(fresh, markdown);
  const [of, found] = [(root) => root.getElementsByTagName("*").length, presses.map((at) => locate(at, page))];
  const others = of(page) - of(fresh);
  if (others && of(page)) console.info(`${others} elements of others were on the page; it was rendered again`);
  const select = takePlace(page, fresh);
  waking.abort();
  // What chooses a reaction, and says who reacted to those who cannot point.
  for (const name of ["click", "pointerdown", "focusin"]) {
    addEventListener(name, (event) => {
      if (!event.target.closest?.(".react, .reactions")) return;
      import(reactions).then((script) => script.on(event, emoji)).catch(() => {});
    });
  }
  // What acts on a message by a key, by its menu, or by a finger.
  const meant = {
    keydown: ({ target }) => target.matches?.(".message"),
    click: ({ target }) => target.closest?.(".menu"),
    pointerdown: ({ target, pointerType }) => pointerType === "touch" && target.closest?.(".message"),
  };
  let acts;
  const act = (event) => {
    // At once: a short press may have ended by the next turn.
    if (acts) return acts.on(event);
    import(actions).then((script) => (acts = script).on(event)).catch(() => {});
  };
  for (const [name, isMeant] of Object.entries(meant)) addEventListener(name, (event) => isMeant(event) && act(event));
  // Now what a change of the page sets off has run.
  await pause(0);
  select();
  for (const place of found) place && find(place, fresh)?.click();
  // Once there is nothing else to do.
  await pause(IDLE_MILLIS);
  import(search).catch(() => {});
  if (CSS.highlights) import(colours).catch(() => {});
}

// Puts `fresh` where `page` is. Returns what restores the selection.
function takePlace(page, fresh) {
  const selection = getSelection();
  const isRange = !selection.isCollapsed;
  const ends = [selection.anchorNode, selection.focusNode].map((node) => locate(node, page));
  const offsets = [selection.anchorOffset, selection.focusOffset];
  const focus = locate(document.activeElement, page);
  const scrolled = [];
  for (const element of page.querySelectorAll(".scroller, .sidebar, textarea")) {
    const next = find(locate(element, page), fresh);
    if (!next) continue;
    if (element.scrollTop) scrolled.push([next, element.scrollTop]);
    if (element.localName !== "textarea") continue;
    next.value = element.value;
    next.setSelectionRange(element.selectionStart, element.selectionEnd, element.selectionDirection);
  }
  // The focus goes from one to the other, so that a phone's keyboard stays.
  page.before(fresh);
  if (focus) find(focus, fresh)?.focus({ preventScroll: true });
  page.remove();
  // A page of messages that was never drawn has a size that is only guessed: not until it has its own is the
  // place to scroll to the same.
  const pages = scrolled.length ? [...fresh.querySelectorAll(".message-page")] : [];
  for (const { style } of pages) style.contentVisibility = "visible";
  for (const [element, top] of scrolled) element.scrollTop = top;
  const drawn = () => pages.forEach(({ style }) => (style.contentVisibility = ""));
  requestAnimationFrame(() => requestAnimationFrame(drawn));
  return () => {
    const nodes = ends.map((place) => place && find(place, fresh));
    if (isRange && nodes[0] && nodes[1]) {
      const [anchor, focus] = offsets.map((offset, i) => Math.min(offset, lengthOf(nodes[i])));
      selection.setBaseAndExtent(nodes[0], anchor, nodes[1], focus);
    }
  };
}

const lengthOf = (node) => node.length ?? node.childNodes.length;
const texts = (element) => [...element.childNodes].filter((node) => node instanceof Text);

// Where a node is, so that it is found in another rendering, also if others have put elements beside it or
// around it: in which message, which of its elements of this name, and which text of that.
function locate(node, root) {
  if (!root.contains(node)) return null;
  const isText = node instanceof Text;
  const element = isText ? node.parentElement : node;
  const { id } = element.closest("article[id], #app");
  const scope = id === root.id ? root : root.querySelector(`#${CSS.escape(id)}`);
  const at = element === scope ? -1 : [...scope.getElementsByTagName(element.localName)].indexOf(element);
  return { id, name: element.localName, at, text: isText && texts(element).indexOf(node) };
}

function find({ id, name, at, text }, root) {
  const scope = id === root.id ? root : root.querySelector(`#${CSS.escape(id)}`);
  const element = at < 0 ? scope : scope?.getElementsByTagName(name)[at];
  return element && text !== false ? texts(element)[text] : element;
}

// A script that failed to load cannot say so itself; one that broke down has already done so.
function report(error) {
  waking.abort();
  if (!document.querySelector(".broken")) {
    const notice = document.createElement("p");
    notice.className = "broken";
    notice.setAttribute("role", "alert");
    const link = document.createElement("a");
    link.href = "";
    link.textContent = "Reload";
    notice.append("Part of this page failed to load. ", link);
    document.body.append(notice);
  }
  throw error;
}
