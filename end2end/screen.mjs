// What a page does on its screen, and what it says: seen from inside the browser.

/** How far what is read stands from the end: 0 for a reader at the end. */
export const fromEnd = (page) =>
  page.evaluate(() => Math.abs(Math.round(document.querySelector("[aria-label=Messages]").scrollTop)));

/** Where the text of a message stands, once all that is to be drawn is drawn. */
export const topOf = (page, id) =>
  page.evaluate(async (id) => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    return document.querySelector(`#${id} .content`).getBoundingClientRect().top;
  }, id);

/** Writes down all that the page's live region says from now on. */
export const listen = (page) =>
  page.evaluate(() => {
    const region = document.querySelector("[aria-live=polite]");
    window.spoken = [];
    new MutationObserver(
      () => region.innerText.trim() && window.spoken.push(region.innerText.trim()),
    ).observe(region, { childList: true, subtree: true, characterData: true });
  });

export const spoken = (page) => page.evaluate(() => window.spoken);

/** Counts what changes in the page, down to the last attribute, while `act` is done and what came of it
 * is seen. */
export async function changes(page, act, isSeen) {
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
  // Whatever else it makes of that, it makes in this turn or in the next frame.
  const made = await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    window.observer.disconnect();
    return window.changes;
  });
  return { made, result };
}
