// People with their browsers. They sign up, invite and chat through the real pages; only bulk data
// goes through the API.

import { until } from "./assertions.mjs";
import { Api } from "./api.mjs";
import { isInLine } from "./web_locks.mjs";
import { readStore } from "./device_storage.mjs";

export const PASSWORD = "correct horse battery";

/** A page of history arrives at once; a loaded machine may take this long. */
const EARLIER_MAX_MILLIS = 30_000;

export class Person {
  constructor(name, url, context, page) {
    Object.assign(this, { name, url, context, page });
    this.id = `@${name.toLowerCase()}`;
  }

  async signUp() {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByLabel("Handle").fill(this.id);
    await this.page.getByLabel("Password").fill(PASSWORD);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.page.waitForURL((url) => !url.pathname.startsWith("/sign-up"));
    this.api = new Api(this.url, await this.cookie());
  }

  async cookie() {
    const [session] = await this.context.cookies();
    return `${session.name}=${session.value}`;
  }

  /** Opens a space, and waits until the page is live: it has requested its stream, or waits for the lock
   * of a tab that has one. */
  async enter(space, page = this.page) {
    this.space = space;
    // The previous page may be requesting its stream right now, and must not be mistaken for this one.
    await page.goto("about:blank");
    let leads = false;
    const notice = (answer) => (leads ||= answer.url().includes("/api/stream"));
    page.on("response", notice);
    await page.goto(`${this.url}/spaces/${space}`);
    await until("the page is live", async () => leads || (await isInLine(page, space)));
    page.off("response", notice);
  }

  /** The same person in another tab of the same browser; it leads or follows. */
  async openTab(space = this.space) {
    const tab = new Person(this.name, this.url, this.context, await this.context.newPage());
    tab.api = this.api;
    await tab.enter(space);
    return tab;
  }

  async makeInviteLink() {
    await this.page.getByRole("button", { name: "About this space" }).click();
    await this.page.getByRole("button", { name: "Make an invite link" }).click();
    const link = await this.page.getByLabel("Invite link").inputValue();
    await this.page.getByRole("button", { name: "Close" }).click();
    return link;
  }

  /** Types a message and presses Enter, without waiting for it to be sent. */
  async say(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Edits the message that has exactly this text. */
  async edit(text, newText) {
    const message = this.exactMessage(text);
    await message.hover();
    await message.getByRole("button", { name: "Edit" }).click();
    await this.page.getByRole("textbox", { name: "Edit message" }).fill(newText);
    await this.page.keyboard.press("Enter");
  }

  /** Deletes the message that has exactly this text, and confirms. */
  async remove(text) {
    const message = this.exactMessage(text);
    await message.hover();
    await message.getByRole("button", { name: "Delete" }).click();
    await message.getByRole("button", { name: "Delete" }).click();
  }

  /** The message that has exactly this text; one that quotes it is another. */
  exactMessage(text) {
    const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
    const content = this.page.locator(".content").filter({ hasText: new RegExp(`^\\s*${escaped}\\s*$`) });
    return this.page.locator("article.message").filter({ has: content });
  }

  get composer() {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  message(text) {
    return this.page.locator("article.message").filter({ hasText: text });
  }

  /** The messages written here that are not in the space yet. */
  pending(text = "") {
    return this.page.locator("[data-pending]").filter({ hasText: text });
  }

  /** The messages on this person's screen. */
  timeline(page = this.page) {
    return page.evaluate(() =>
      [...document.querySelectorAll("article.message")].map((article) => ({
        id: article.id,
        owner: article.dataset.owner,
        text: (window.shownText ?? ((content) => content?.textContent))(article.querySelector(".content")),
      })),
    );
  }

  /** Only the texts of the messages, without their authors. */
  async texts() {
    return (await this.timeline()).map(({ text }) => text);
  }

  async countOf(text) {
    return (await this.texts()).filter((shown) => shown === text).length;
  }

  /**
   * Scrolls up until no earlier message is left to load, and back to the newest. Returns all that was shown: of
   * many, the page lets go of the newest meanwhile.
   */
  async loadAll() {
    return this.page.evaluate(async (maxMillis) => {
      const scroller = document.querySelector("[aria-label=Messages]");
      const first = () => scroller.querySelector("article.message")?.id;
      const earlier = () => [...scroller.querySelectorAll("button")].some((b) => /earlier/.test(b.innerText));
      // A page in the background is drawn rarely, or never.
      const frame = () =>
        new Promise((resolve) => {
          requestAnimationFrame(resolve);
          setTimeout(resolve, 500);
        });
      const later = () => scroller.querySelector(".later");
      if (later()) document.querySelector(".to-end").click();
      while (later()) await frame();
      const seen = [];
      /** Puts what is shown in front of what was seen further down. */
      const see = () => {
        const shown = [...scroller.querySelectorAll("article.message")].map((article) => ({
          id: article.id,
          owner: article.dataset.owner,
          text: (window.shownText ?? ((content) => content?.textContent))(article.querySelector(".content")),
        }));
        const at = shown.findIndex(({ id }) => id === seen[0]?.id);
        seen.unshift(...(at < 0 ? shown : shown.slice(0, at)));
      };
      see();
      while (earlier()) {
        const [before, began] = [first(), performance.now()];
        scroller.scrollTop = -scroller.scrollHeight;
        // A page may be shorter than the viewport, with nothing to scroll.
        scroller.dispatchEvent(new Event("scroll"));
        while (first() === before && earlier()) {
          const isLate = performance.now() - began > maxMillis;
          if (isLate) throw new Error(`${before} is the first, and nothing earlier came within ${maxMillis} ms`);
          await frame();
        }
        see();
      }
      if (later()) document.querySelector(".to-end").click();
      scroller.scrollTop = 0;
      await frame();
      return seen;
    }, EARLIER_MAX_MILLIS);
  }

  /** Waits until every message written here is in the space. */
  async waitForEmptyOutbox() {
    await this.page.waitForFunction(() => !document.querySelector("[data-pending]"), null, {
      timeout: 40_000,
    });
  }

  get connectionStatus() {
    return this.page.locator(".connection-status.shown");
  }

  /** The tab is closed, and a new empty one takes its place. */
  async replaceTab() {
    // A window closes with its last tab, and may fail to open another at that moment.
    const next = await this.context.newPage();
    // A request that a test intercepts goes to the server after all if its tab is closed meanwhile; not if
    // its page is left. One that has just failed to open is left by itself.
    await this.page.goto("about:blank").catch(() => {});
    await this.page.close();
    this.page = next;
  }

  async openInNewTab(path, options) {
    await this.replaceTab();
    await this.page.goto(this.url + path, options);
  }

  /** The entries of one of the browser's IndexedDB stores, by key. */
  stored(store) {
    return readStore(this.page, store);
  }

  /** Waits until a store holds an entry with this text. */
  async waitUntilStored(text, store = "visits") {
    await until(
      `${this.name} has "${text}" in ${store}`,
      async () => Object.values(await this.stored(store)).some((value) => value.includes(text)),
      { every: 50 },
    );
  }

  /** Waits until a store holds exactly this many entries. */
  async waitForStoredCount(count, store) {
    await until(
      `${this.name} has ${count} entries in ${store}`,
      async () => Object.keys(await this.stored(store)).length === count,
      { every: 50 },
    );
  }

  /** Waits until the service worker can open the app without the server. */
  async waitUntilOfflineReady() {
    const isInstalled = async () => !!(await navigator.serviceWorker.getRegistration())?.active;
    await until("the service worker is active", () => this.page.evaluate(isInstalled));
  }
}
