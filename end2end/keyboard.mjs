// Hands that know only the keyboard, and see where the focus is.

import assert from "node:assert/strict";

import { until } from "./agree.mjs";

const STOPS_MAX = 60;

export class Keyboard {
  constructor(page) {
    this.page = page;
  }

  /** What has the focus: what it is called, and whether one can see that it has it. */
  focus() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return { name: "nothing", within: "", isNowhere: true };
      const heard = (element) => {
        const copy = element.cloneNode(true);
        copy.querySelectorAll("[aria-hidden=true]").forEach((hidden) => hidden.remove());
        return copy.textContent;
      };
      const name = element.ariaLabel ?? heard(element.labels?.[0] ?? element);
      const [style, box] = [getComputedStyle(element), element.getBoundingClientRect()];
      const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      let opacity = 1;
      for (let at = element; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
      const hasRing = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
      const isOnTop = element.contains(middle);
      return {
        name: name.trim(),
        tag: element.localName,
        within: element.closest("article[id], #panel")?.id ?? "",
        hasRing,
        isOnTop,
        opacity,
        isSeen: element.matches(":focus-visible") && hasRing && isOnTop && opacity === 1,
      };
    });
  }

  /** Presses Tab until it is at what is called so. At every stop the focus has to be seen. */
  async tabTo(name, { key = "Tab" } = {}) {
    const passed = [];
    for (let stop = 0; stop < STOPS_MAX; stop++) {
      await this.page.keyboard.press(key);
      const { name: here, isNowhere } = await this.focus();
      if (isNowhere) continue; // the browser's own bar, between the last stop and the first
      await this.isSeen();
      if (here === name) return;
      passed.push(here);
    }
    assert.fail(`no ${name} among ${[...new Set(passed)].join(", ")}`);
  }

  /** The focus is on something, and one can see it. */
  async isSeen() {
    let focus;
    // What only shows when it has the focus may take a moment to.
    await until("the focus is seen", async () => (focus = await this.focus()).isSeen).catch(() =>
      assert.fail(`the focus cannot be seen: ${JSON.stringify(focus)}`),
    );
    return focus;
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  type(text) {
    return this.page.keyboard.type(text);
  }
}
