// Scripts that are not ours and change the page: translators, writing assistants, other extensions. Like
// theirs, these run in a world of their own, where they share the DOM with the page and nothing else.

/** Runs a function in the page, in another world than the page's own scripts. */
export async function runAsExtension(page, run, ...args) {
  const devtools = await page.context().newCDPSession(page);
  const { frameTree } = await devtools.send("Page.getFrameTree");
  const world = { frameId: frameTree.frame.id, worldName: "extension" };
  const { executionContextId } = await devtools.send("Page.createIsolatedWorld", world);
  const expression = `(${run})(...${JSON.stringify(args)})`;
  const options = { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", options);
  await devtools.detach();
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

/** What others do to a page, by name. Each is run in the page. */
export const CHANGES_OF_OTHERS = {
  "a writing assistant puts an element beside the textarea": () => {
    document.querySelector(".composer textarea").after(document.createElement("assistant-button"));
  },
  "a writing assistant wraps the textarea": () => {
    const area = document.querySelector(".composer textarea");
    const wrapper = document.createElement("span");
    area.before(wrapper);
    wrapper.append(area);
  },
  "an extension puts an element first in body": () => {
    document.body.prepend(document.createElement("div"));
  },
  "an extension puts an element everywhere": () => {
    for (const element of document.querySelectorAll("body *:not(script)")) {
      if (element.localName === "textarea") continue;
      element.prepend(document.createElement("div"));
      element.append(document.createElement("div"));
    }
  },
  "a translator replaces every text": () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      if (!text.data.trim() || text.parentElement.closest("textarea, [translate=no]")) continue;
      const font = document.createElement("font");
      font.append(document.createElement("font"));
      font.firstChild.append(`«${text.data}»`);
      text.replaceWith(font);
    }
  },
  "a translator wraps every text": () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      if (text.parentElement.closest("textarea, svg")) continue;
      const font = document.createElement("font");
      text.before(font);
      font.append(text);
    }
  },
  "an extension removes every comment": () => {
    const comments = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
    const found = [];
    while (comments.nextNode()) found.push(comments.currentNode);
    for (const comment of found) comment.remove();
  },
  "an extension wraps every message": () => {
    for (const message of document.querySelectorAll("article.message")) {
      const wrapper = document.createElement("section");
      message.before(wrapper);
      wrapper.append(message);
    }
  },
  "an extension removes messages": () => {
    const messages = document.querySelectorAll("article.message");
    for (const message of [...messages].filter((_, i) => i % 2)) message.remove();
  },
  "an extension moves messages": () => {
    const page = document.querySelector(".message-page");
    if (page?.firstElementChild) page.append(page.firstElementChild);
  },
  "an extension removes the status and the header": () => {
    for (const element of document.querySelectorAll(".status, .space-header")) element.remove();
  },
  "an extension changes ids and takes styles": () => {
    for (const element of document.querySelectorAll("body [style]")) element.removeAttribute("style");
    for (const element of document.querySelectorAll("article")) element.id = `x${element.id}`;
  },
  "an extension sorts the children of everything the other way round": () => {
    for (const element of document.querySelectorAll("#app, #app *:not(select, svg *)")) {
      element.append(...[...element.childNodes].reverse());
    }
  },
};
