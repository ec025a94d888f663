// Colours the code in messages. The server says what each piece of a block is; the browser paints these places
// in the text as it stands (CSS Custom Highlight API), so no element is added and nobody is moved. Code without
// colours, as there is offline, is only less pretty.
//
// Asked for is what is in view, one block at a time, and once it has been still for a moment: an answer that
// grows is coloured as it pauses, and when it has ended.

const STILL_MILLIS = 300;
// Each time that a block goes on after it was asked for, it has to be still for twice as long.
const STILL_MAX_MILLIS = 5000;
const RETRY_MILLIS = 10000;
const ANSWER_MAX_MILLIS = 20000;
const REMEMBERED_MAX = 200;

// Light and dark, each with a contrast of 4.5 to what code stands on.
const COLOURS = {
  comment: ["#666c65", "#959e97"],
  string: ["#40671b", "#a5c97f"],
  constant: ["#9a4a12", "#e8a877"],
  keyword: ["#8a2f79", "#d6a0dc"],
  function: ["#1d5c9c", "#8dbdf0"],
  type: ["#0f6a69", "#78c9c4"],
  property: ["#7a5400", "#dcbf7a"],
  inserted: ["#2c6a2f", "#8ecb91"],
  deleted: ["#a3322c", "#f0978e"],
};

/** What the server said, by language and text. */
const remembered = new Map();
/** Each block of code on the page: whether it is in view, what is painted in it, and when it may be asked for. */
const blocks = new Map();
let isAsking = false;
let timer;

const rules = (which) =>
  Object.entries(COLOURS).map(([name, colours]) => `::highlight(code-${name}) { color: ${colours[which]}; }`);
const sheet = new CSSStyleSheet();
sheet.replaceSync(
  [...rules(0), "@media screen and (prefers-color-scheme: dark) {", ...rules(1), "}"].join("\n"),
);
document.adoptedStyleSheets.push(sheet);

const inView = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const block = blocks.get(target);
    if (!block) continue;
    block.isInView = isIntersecting;
    if (isIntersecting) show(target, block);
    else unpaint(block);
  }
});

/** The text of a block, if it is one that can be coloured: nobody has put anything of theirs into it. */
function textOf(figure) {
  const code = figure.querySelector("pre > code[class]");
  const [text, ...others] = code?.childNodes ?? [];
  if (!(text instanceof Text) || others.length) return null;
  return { text, key: `${code.className.replace("language-", "")}\n${text.data}` };
}

/** Paints what is known of a block, or has it asked for. */
function show(figure, block) {
  const found = textOf(figure);
  const colours = found && remembered.get(found.key);
  if (colours) return paint(block, found.text, colours);
  // A text that goes on keeps its colours until then.
  if (!found?.text.data.startsWith(block.painted ?? "")) unpaint(block);
  if (!found) return;
  block.dueAt = performance.now() + block.stillMillis;
  schedule();
}

function paint(block, text, colours) {
  unpaint(block);
  block.painted = text.data;
  for (const [name, places] of Object.entries(colours)) {
    if (!CSS.highlights.has(`code-${name}`)) CSS.highlights.set(`code-${name}`, new Highlight());
    const highlight = CSS.highlights.get(`code-${name}`);
    for (let i = 0; i + 1 < places.length; i += 2) {
      const [startOffset, endOffset] = [places[i], places[i] + places[i + 1]];
      // One that does not follow each change of the page costs the page nothing.
      const range = new StaticRange({ startContainer: text, startOffset, endContainer: text, endOffset });
      highlight.add(range);
      block.ranges.push([highlight, range]);
    }
  }
}

function unpaint(block) {
  for (const [highlight, range] of block.ranges.splice(0)) highlight.delete(range);
  block.painted = undefined;
}

function schedule() {
  clearTimeout(timer);
  const due = [...blocks.values()].filter(({ isInView, dueAt }) => isInView && dueAt);
  const wait = Math.min(...due.map(({ dueAt }) => dueAt)) - performance.now();
  if (due.length && !isAsking) timer = setTimeout(askNext, Math.max(wait, 0));
}

async function askNext() {
  const now = performance.now();
  const next = [...blocks].find(([, { isInView, dueAt }]) => isInView && dueAt && dueAt <= now);
  if (!next) return schedule();
  const [figure, block] = next;
  const found = textOf(figure);
  block.dueAt = undefined;
  block.stillMillis = Math.min(block.stillMillis * 2, STILL_MAX_MILLIS);
  isAsking = true;
  try {
    if (found && !remembered.has(found.key)) remember(found.key, await ask(found.key));
    if (blocks.get(figure)?.isInView) show(figure, block);
  } catch {
    block.dueAt = performance.now() + RETRY_MILLIS;
  }
  isAsking = false;
  schedule();
}

async function ask(key) {
  const end = key.indexOf("\n");
  const answer = await fetch(`/api${location.pathname}/colours`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ language: key.slice(0, end), code: key.slice(end + 1) }),
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_MAX_MILLIS),
  });
  if (answer.ok) return answer.json();
  if (answer.status >= 500 || [408, 429].includes(answer.status)) throw new Error(`status ${answer.status}`);
  // What was refused would be refused again.
  return {};
}

/** The oldest goes first. */
function remember(key, colours) {
  remembered.set(key, colours);
  if (remembered.size > REMEMBERED_MAX) remembered.delete(remembered.keys().next().value);
}

function find(node) {
  if (!(node instanceof Element)) return;
  for (const figure of node.matches(".code") ? [node] : node.querySelectorAll(".code")) {
    if (blocks.has(figure)) continue;
    blocks.set(figure, { ranges: [], stillMillis: STILL_MILLIS });
    inView.observe(figure);
  }
}

function forgetRemoved() {
  for (const [figure, block] of blocks) {
    if (figure.isConnected) continue;
    unpaint(block);
    inView.unobserve(figure);
    blocks.delete(figure);
  }
}

const page = document.getElementById("app");
new MutationObserver((changes) => {
  const changed = new Set();
  for (const { target, addedNodes, removedNodes } of changes) {
    for (const node of addedNodes) find(node);
    if (removedNodes.length) changed.add(null);
    const figure = (target instanceof Element ? target : target.parentElement)?.closest(".code");
    if (figure) changed.add(figure);
  }
  if (changed.delete(null)) forgetRemoved();
  for (const figure of changed) {
    const block = blocks.get(figure);
    if (block?.isInView) show(figure, block);
  }
}).observe(page, { subtree: true, childList: true, characterData: true });
find(page);
