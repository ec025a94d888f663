// A tab of a browser of any engine. An adapter brings what engines do differently:
//
//   load(url)               opens a document and waits until it has loaded
//   evaluate(run, ...args)  runs a function in the page, and awaits its result
//   point(x, y), tap(x, y)  move the mouse; press its button there
//   press(...keys)          keys, by their names or as characters
//   compose(text, key)      an input method composes a text, and the key ends that: Enter or Escape
//   setOffline(is)          the browser has no network; false if it cannot pretend that
//   show(), close()
//
// All else is the same for all of them: what a user does is done with real keys and the mouse, at the place
// where the page has drawn the element.

import { until } from "../assertions.mjs";

export class Tab {
  /** Presses what a selector finds; with a name, only what has this accessible name. */
  async click(selector, name = null) {
    await this.point(...(await this.#middleOf(selector, name)));
    // It may have moved because of the mouse.
    await this.tap(...(await this.#middleOf(selector, name)));
  }

  async hover(selector) {
    await this.point(...(await this.#middleOf(selector, null)));
  }

  /** Replaces the text of a field, at once. */
  async fill(selector, text) {
    await this.click(selector);
    await this.evaluate((text) => {
      document.activeElement.select();
      document.execCommand(text ? "insertText" : "delete", false, text);
    }, text);
  }

  /** Presses one key for each character. */
  type(text) {
    return this.press(...text);
  }

  /** Waits until a function that runs in the page returns something, and returns that. */
  async until(what, run, ...args) {
    let [found, failure] = [null, null];
    const asks = async () => {
      // A page that is being replaced by the next one does not answer.
      found = await this.evaluate(run, ...args).catch((error) => void (failure = error));
      return found;
    };
    await until(what, asks, { every: 50 }).catch(async (error) => {
      const seen = await this.evaluate(() => document.body.innerText.slice(-300)).catch(() => "nothing");
      throw new Error(`${error.message}; the page ends in: ${seen}`, { cause: failure });
    });
    return found;
  }

  has(selector) {
    return this.until(`there is ${selector}`, (selector) => !!document.querySelector(selector), selector);
  }

  hasNo(selector) {
    return this.until(`there is no ${selector}`, (selector) => !document.querySelector(selector), selector);
  }

  /** Waits until something on the page says this. */
  says(text) {
    return this.until(`"${text}"`, (text) => document.body.innerText.includes(text), text);
  }

  valueOf(selector) {
    return this.evaluate((selector) => document.querySelector(selector).value, selector);
  }

  /** Where an element is drawn, once it is there. */
  #middleOf(selector, name) {
    const middle = (selector, name) => {
      const nameOf = (element) => element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent;
      const is = (element) => element.checkVisibility() && (name === null || nameOf(element).trim() === name);
      const element = [...document.querySelectorAll(selector)].find(is);
      if (!element || element.disabled) return null;
      element.scrollIntoView({ block: "nearest" });
      const { x, y, width, height } = element.getBoundingClientRect();
      return [Math.round(x + width / 2), Math.round(y + height / 2)];
    };
    return this.until(`${selector} ${name ?? ""} can be pressed`, middle, selector, name);
  }
}
