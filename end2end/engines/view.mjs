// What a reader has in view does not move by itself.

import assert from "node:assert/strict";

const STILL_PIXELS = 2;

const SCROLLER = ".scroller";

/** Scrolls to a number of views above the end, or of pixels below the top; returns what is at the top then. */
export const viewedFrom = (tab, { views, below }) =>
  tab.evaluate(
    async (selector, views, below) => {
      const scroller = document.querySelector(selector);
      const height = scroller.clientHeight;
      scroller.scrollTop = views ? -views * height : below + height - scroller.scrollHeight;
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      const { top, bottom } = scroller.getBoundingClientRect();
      const topOf = (message) => message.querySelector(".content").getBoundingClientRect().top;
      const isSeen = (message) => topOf(message) >= top && topOf(message) < bottom;
      const message = [...scroller.querySelectorAll("article.message")].find(isSeen);
      return { id: message.id, top: topOf(message) };
    },
    SCROLLER,
    views ?? 0,
    below ?? 0,
  );

/** The message that was at the top is where it was. */
export async function keepsItsView(tab, { id, top }) {
  const now = await tab.evaluate(async (id) => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    return document.querySelector(`#${id} .content`).getBoundingClientRect().top;
  }, id);
  assert.ok(Math.abs(now - top) <= STILL_PIXELS, `${id} moved by ${now - top} px`);
}
