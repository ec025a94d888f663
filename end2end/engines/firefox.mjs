// Firefox, driven by WebDriver BiDi, which it speaks itself.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

import { Tab } from "./tab.mjs";

export class Firefox {
  #browser;
  #home;

  static async launch() {
    const firefox = new Firefox();
    // As root it refuses a home that is somebody else's.
    firefox.#home = mkdtempSync(join(tmpdir(), "rhizome-firefox-"));
    process.on("exit", () => firefox.#sweep());
    firefox.#browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: "/usr/bin/firefox-esr",
      // Its input method is played from its own window.
      args: ["--remote-allow-system-access"],
      env: { ...process.env, HOME: firefox.#home },
    });
    return firefox;
  }

  async openTab() {
    const page = await this.#browser.newPage();
    page.setDefaultNavigationTimeout(60_000);
    await page.setViewport({ width: 1000, height: 700 });
    return new FirefoxTab(page, this.#browser);
  }

  async close() {
    await this.#browser.close();
    this.#sweep();
  }

  #sweep() {
    this.#browser?.process()?.kill("SIGKILL");
    rmSync(this.#home, { recursive: true, force: true });
  }
}

class FirefoxTab extends Tab {
  #page;
  #browser;

  constructor(page, browser) {
    super();
    [this.#page, this.#browser] = [page, browser];
  }

  load(url) {
    return this.#page.goto(url);
  }

  evaluate(run, ...args) {
    return this.#page.evaluate(run, ...args);
  }

  point(x, y) {
    return this.#page.mouse.move(x, y);
  }

  tap(x, y) {
    return this.#page.mouse.click(x, y);
  }

  async press(...keys) {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  /** Returns once the page has heard of the end: the window hands each step to it, and does not wait. */
  async compose(text, key) {
    await this.#page.evaluate(() => {
      const heard = (resolve) => addEventListener("compositionend", () => setTimeout(resolve), { once: true });
      window.composed = new Promise(heard);
    });
    const { connection } = this.#browser;
    const { result } = await connection.send("browsingContext.getTree", { "moz:scope": "chrome" });
    const played = await connection.send("script.callFunction", {
      functionDeclaration: String(playInputMethod),
      arguments: [text, key].map((value) => ({ type: "string", value })),
      target: { context: result.contexts[0].context },
      awaitPromise: false,
    });
    const { type, exceptionDetails } = played.result;
    if (type !== "success") throw new Error(exceptionDetails.text);
    await this.#page.evaluate(() => window.composed);
  }

  async setOffline(isOffline) {
    await this.#page.setOfflineMode(isOffline);
    return true;
  }

  show() {
    return this.#page.bringToFront();
  }

  close() {
    return this.#page.close();
  }
}

/** Runs in Firefox's own window, and composes in the page that has the focus. */
function playInputMethod(text, end) {
  const { classes, interfaces } = globalThis.Components;
  const processor = classes["@mozilla.org/text-input-processor;1"].createInstance(
    interfaces.nsITextInputProcessor,
  );
  if (!processor.beginInputTransactionForTests(window)) throw new Error("no input method");
  const key = (key) => new KeyboardEvent("", { key });
  for (let length = 1; length <= text.length; length++) {
    processor.setPendingCompositionString(text.slice(0, length));
    processor.appendClauseToPendingComposition(length, processor.ATTR_RAW_CLAUSE);
    processor.setCaretInPendingComposition(length);
    processor.flushPendingComposition(key("a"));
  }
  if (end === "Enter") processor.commitComposition(key(end));
  else processor.cancelComposition(key(end));
}
