// The keys that lead to the search, on every page that links to it.

addEventListener("keydown", openSearch);
showKeys();

/** `/` and Ctrl+K or ⌘K follow the page's link to the search. `/` is for typing where one types, and may be turned off. */
function openSearch(event) {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  const link = document.querySelector("a[href^='/search']");
  const isTyping = target.closest?.("input, textarea, select, [contenteditable]");
  const isSlash = key === "/" && !isTyping && !ctrlKey && !metaKey && keeps("search-key") !== "off";
  const isK = key.toLowerCase() === "k" && ctrlKey !== metaKey && !shiftKey;
  if (!link || event.defaultPrevented || event.isComposing || altKey || !(isSlash || isK)) return;
  event.preventDefault();
  link.click();
}

/** On the page of the search: turns the key `/` off, and on again. */
function showKeys() {
  const place = document.querySelector("#keys");
  if (!place) return;
  const button = place.querySelector("button");
  const show = () => (button.textContent = `Turn ${keeps("search-key") === "off" ? "on" : "off"} the key /`);
  button.addEventListener("click", () => {
    keeps("search-key", keeps("search-key") === "off" ? "on" : "off");
    show();
  });
  show();
  place.hidden = false;
}

/** What the device keeps under a name, or keeps from now on. */
function keeps(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    // The browser keeps nothing.
  }
}
