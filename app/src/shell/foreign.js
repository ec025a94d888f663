// Lets the app live in a page that other scripts change. Leptos keeps the nodes that it has made, and
// trusts that each is still where it was put: it inserts before a node, and takes a node's parent for the
// place of what follows it. A translator that has replaced a text, or an extension that has wrapped or
// removed a node, would make that throw, or end nowhere. So the app's nodes remember their parent; others'
// scripts run in worlds of their own, where none of this is seen.

const parents = new WeakMap();
const getParent = Object.getOwnPropertyDescriptor(Node.prototype, "parentNode").get;
const { insertBefore } = Node.prototype;
const nodeValue = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");

// Before the ancestor that holds `next` now, or at the end if `next` is gone.
Node.prototype.insertBefore = function (node, next) {
  parents.set(node, this);
  while (next && getParent.call(next) !== this) next = this.contains(next) ? getParent.call(next) : null;
  return insertBefore.call(this, node, next);
};

Object.defineProperty(Node.prototype, "parentNode", {
  configurable: true,
  get() {
    return getParent.call(this) ?? parents.get(this) ?? null;
  },
});

// Puts a text that was taken out of the page back, in the place of what stands for it.
function putBack(text) {
  const parent = parents.get(text);
  if (!parent || getParent.call(text)) return;
  for (const node of [...parent.childNodes]) if (parents.get(node) !== parent) node.remove();
  insertBefore.call(parent, text, null);
}

Object.defineProperty(Text.prototype, "nodeValue", {
  configurable: true,
  get: nodeValue.get,
  set(value) {
    putBack(this);
    nodeValue.set.call(this, value);
  },
});

for (const { prototype } of [Element, CharacterData]) {
  const { remove } = prototype;
  prototype.remove = function () {
    if (this instanceof Text) putBack(this);
    parents.delete(this);
    remove.call(this);
  };
}
