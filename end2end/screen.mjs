// What a page shows, announces and changes in its DOM, observed inside the browser.

/** Lets scripts in the pages of a context ask what text an element shows: a blank line between its blocks. */
export const addShownText = (context) =>
  context.addInitScript(() => {
    window.shownText = (content) => {
      const copy = content?.cloneNode(true);
      for (const end of copy?.querySelectorAll("br") ?? []) end.replaceWith("\n");
      const isText = (node) => node.nodeType === Node.TEXT_NODE;
      const isRendered = copy?.children.length && ![...copy.childNodes].some(isText);
      const text = isRendered ? [...copy.children].map((block) => block.textContent).join("\n\n") : copy?.textContent;
      return text ?? null;
    };
  });

/** How far the reader has scrolled up from the end, in pixels: 0 at the end. */
export const distanceFromEnd = (page) =>
  page.evaluate(() => Math.abs(Math.round(document.querySelector("[aria-label=Messages]").scrollTop)));

/** The vertical position of a message's text, after pending frames are drawn. */
export const topOf = (page, id) =>
  page.evaluate(async (id) => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    return document.querySelector(`#${id} .content`).getBoundingClientRect().top;
  }, id);

/** Records what the page's live region announces from now on. */
export const recordAnnouncements = (page) =>
  page.evaluate(() => {
    const region = document.querySelector("[aria-live=polite]");
    window.announcements = [];
    new MutationObserver(
      () => region.innerText.trim() && window.announcements.push(region.innerText.trim()),
    ).observe(region, { childList: true, subtree: true, characterData: true });
  });

export const announcements = (page) => page.evaluate(() => window.announcements);

/** Counts every change in the DOM, down to attributes, from before `act` until `isSeen` resolves. */
export async function countDomChanges(page, act, isSeen) {
  await page.evaluate(() => {
    const count = (window.changes = {
      records: 0,
      texts: 0,
      attributes: 0,
      added: 0,
      removed: 0,
      elements: 0,
    });
    window.observer?.disconnect();
    window.observer = new MutationObserver((records) => {
      for (const record of records) {
        count.records++;
        if (record.type === "characterData") count.texts++;
        if (record.type === "attributes") count.attributes++;
        count.added += record.addedNodes.length;
        count.removed += record.removedNodes.length;
        for (const node of record.addedNodes) {
          if (node.nodeType === 1) count.elements += 1 + node.querySelectorAll("*").length;
        }
      }
    });
    const everything = { childList: true, subtree: true, characterData: true, attributes: true };
    window.observer.observe(document.body, everything);
  });
  const result = await act();
  await isSeen(result);
  // Any further change happens in this turn or in the next frame.
  const made = await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    window.observer.disconnect();
    return window.changes;
  });
  return { made, result };
}
