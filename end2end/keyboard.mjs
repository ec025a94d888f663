// A user who has only the keyboard, and who must see where the focus is.

import assert from "node:assert/strict";

import { until } from "./assertions.mjs";

const STOPS_MAX = 60;

export class Keyboard {
  constructor(page) {
    this.page = page;
  }

  /** The focused element: its accessible name, and whether its focus is visible. */
  focus() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return { name: "nothing", within: "", isNowhere: true };
      const accessibleText = (element) => {
        const copy = element.cloneNode(true);
        copy.querySelectorAll("[aria-hidden=true]").forEach((hidden) => hidden.remove());
        return copy.textContent;
      };
      const name = element.ariaLabel ?? accessibleText(element.labels?.[0] ?? element);
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

  /** Presses Tab until the element of this name has the focus. At every stop the focus must be visible. */
  async tabTo(name, { key = "Tab" } = {}) {
    const passed = [];
    for (let stop = 0; stop < STOPS_MAX; stop++) {
      await this.page.keyboard.press(key);
      const { name: here, isNowhere } = await this.focus();
      if (isNowhere) continue; // the browser's own toolbar, between the last stop and the first
      await this.assertFocusVisible();
      if (here === name) return;
      passed.push(here);
    }
    assert.fail(`no ${name} among ${[...new Set(passed)].join(", ")}`);
  }

  /** Goes to a tool of the newest message: messages are one stop, and their tools are reached from them. */
  async toTool(name) {
    await this.tabTo("Messages");
    await this.press("ArrowUp");
    await this.tabTo(name);
  }

  /** An element has the focus, and the focus is visible. */
  async assertFocusVisible() {
    let focus;
    // An element that appears only on focus may take a moment.
    await until("the focus is visible", async () => (focus = await this.focus()).isSeen).catch(() =>
      assert.fail(`the focus is not visible: ${JSON.stringify(focus)}`),
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
