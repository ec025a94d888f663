// People with their browsers. They sign up, invite and talk through the real pages; only what is
// wanted in bulk goes through the API.

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { until } from "./agree.mjs";
import { Api } from "./api.mjs";
import { isInLine } from "./lock.mjs";
import { Server } from "./server.mjs";

export const PASSWORD = "correct horse battery";
/** A page of history comes at once; a noisy machine may take so long. */
const EARLIER_MAX_MILLIS = 30_000;

/** A server and a browser, and the people on them. */
export class World {
  /** What went wrong in the pages' own code. Nothing ever may. */
  pageErrors = [];

  static async open(options = {}) {
    const world = new World();
    world.server = await Server.start();
    world.browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
      ...options,
    });
    return world;
  }

  /** Opens the first account; it owns the space `name` that everybody else is invited to. */
  async found(name, person = "Ada", { url = this.server.url, ...options } = {}) {
    const founder = await this.#visitor(person, url, options);
    await founder.page.goto(url);
    await founder.signUp();
    await founder.page.getByLabel("New space").getByRole("textbox").fill(name);
    await founder.page.getByRole("button", { name: "Create" }).click();
    await founder.page.waitForURL("**/spaces/*");
    this.space = decodeURIComponent(new URL(founder.page.url()).pathname.split("/")[2]);
    await founder.enter(this.space);
    return founder;
  }

  /** Somebody new follows an invite link that `host` makes in the panel of the open space. */
  async invite(host, person, { url = this.server.url, ...options } = {}) {
    const guest = await this.#visitor(person, url, options);
    const link = new URL(await host.makeInviteLink());
    await guest.page.goto(url + link.pathname);
    await guest.page.getByRole("link", { name: "Create an account" }).click();
    await guest.signUp();
    await guest.page.waitForURL("**/spaces/*");
    await guest.enter(this.space);
    return guest;
  }

  async close() {
    await this.browser?.close();
    await this.server?.remove();
    assert.deepEqual(this.pageErrors, []);
  }

  async #visitor(name, url, options) {
    // A service worker answers for pages, which a test that plays the server does not want.
    const context = await this.browser.newContext({ serviceWorkers: "block", ...options });
    context.setDefaultTimeout(30_000);
    context.on("weberror", (error) => this.pageErrors.push(error.error().stack));
    return new Person(name, url, context, await context.newPage());
  }
}

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

  /** Opens a space, and waits until the page is alive: it has asked for its stream, or stands in line
   * behind a tab that has one. */
  async enter(space, page = this.page) {
    this.space = space;
    // The page before may be asking for its stream just now, and must not be taken for this one.
    await page.goto("about:blank");
    let leads = false;
    const notice = (answer) => (leads ||= answer.url().includes("/api/stream"));
    page.on("response", notice);
    await page.goto(`${this.url}/spaces/${space}`);
    await until("the page is alive", async () => leads || (await isInLine(page, space)));
    page.off("response", notice);
  }

  /** The same person in one more tab of the same browser, which leads or follows. */
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

  /** Writes a message and presses Enter. Whether it was sent is another question. */
  async say(text) {
    const composer = this.page.getByRole("textbox", { name: "Message", exact: true });
    await composer.fill(text);
    await composer.press("Enter");
  }

  message(text) {
    return this.page.locator("article.message").filter({ hasText: text });
  }

  /** What was said, as this person's screen has it. */
  timeline(page = this.page) {
    return page.evaluate(() =>
      [...document.querySelectorAll("article.message")].map((article) => ({
        id: article.id,
        owner: article.dataset.owner,
        text: article.querySelector(".content")?.textContent,
      })),
    );
  }

  /** Scrolls up until there is nothing earlier. */
  async loadAll() {
    await this.page.evaluate(async (patience) => {
      const scroller = document.querySelector("[aria-label=Messages]");
      const shown = () => scroller.querySelectorAll("article.message").length;
      const earlier = () => [...scroller.querySelectorAll("button")].some((b) => /earlier/.test(b.innerText));
      // A page behind another may be drawn seldom, or never.
      const frame = () =>
        new Promise((resolve) => {
          requestAnimationFrame(resolve);
          setTimeout(resolve, 500);
        });
      while (earlier()) {
        const [before, began] = [shown(), performance.now()];
        scroller.scrollTop = -scroller.scrollHeight;
        // A page may be shorter than the view, so that there is nowhere to scroll to.
        scroller.dispatchEvent(new Event("scroll"));
        while (shown() === before && earlier()) {
          const isLate = performance.now() - began > patience;
          if (isLate) throw new Error(`with ${before} shown, no earlier one came within ${patience} ms`);
          await frame();
        }
      }
      scroller.scrollTop = 0;
      await frame();
    }, EARLIER_MAX_MILLIS);
  }

  /** Waits until everything that was written here is in the space. */
  async outboxIsEmpty() {
    await this.page.waitForFunction(() => !document.querySelector("[data-pending]"), null, {
      timeout: 40_000,
    });
  }

  get sign() {
    return this.page.locator(".link-sign.shown");
  }

  /** The tab dies, and another one is there, in which nothing is opened yet. */
  async die() {
    // A window that loses its last tab closes, and may not open another in that moment.
    const next = await this.context.newPage();
    await this.page.close();
    this.page = next;
  }

  async dieAndOpen(path, options) {
    await this.die();
    await this.page.goto(this.url + path, options);
  }

  /** What the browser keeps on a shelf, by its keys. Nothing is made by looking. */
  shelf(name) {
    return this.page.evaluate(async (name) => {
      const settled = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      if (!(await indexedDB.databases()).some((database) => database.name === "rhizome")) return {};
      const database = await settled(indexedDB.open("rhizome"));
      try {
        if (!database.objectStoreNames.contains(name)) return {};
        const shelf = database.transaction(name).objectStore(name);
        const [keys, values] = await Promise.all([settled(shelf.getAllKeys()), settled(shelf.getAll())]);
        return Object.fromEntries(keys.map((key, i) => [key, values[i]]));
      } finally {
        database.close();
      }
    }, name);
  }

  /** Puts something on a shelf in place of what is there; null takes it away. */
  putOnShelf(name, key, value) {
    return this.page.evaluate(
      ({ name, key, value }) =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open("rhizome");
          request.onerror = () => reject(request.error);
          request.onsuccess = () => {
            const database = request.result;
            const change = database.transaction(name, "readwrite");
            const shelf = change.objectStore(name);
            if (value === null) shelf.delete(key);
            else shelf.put(value, key);
            change.oncomplete = () => resolve(database.close());
            change.onabort = () => reject(change.error);
          };
        }),
      { name, key, value },
    );
  }

  /** Waits until a text is on a shelf. */
  async isKept(text, name = "visits") {
    await until(
      `${this.name} keeps "${text}" in ${name}`,
      async () => Object.values(await this.shelf(name)).some((value) => value.includes(text)),
      { every: 50 },
    );
  }

  /** Waits until so much is on a shelf, no more and no less. */
  async keeps(count, name) {
    await until(
      `${this.name} keeps ${count} in ${name}`,
      async () => Object.keys(await this.shelf(name)).length === count,
      { every: 50 },
    );
  }

  /** Waits until the worker could open the app alone. */
  async canOpenAlone() {
    const isInstalled = async () => !!(await navigator.serviceWorker.getRegistration())?.active;
    await until("the worker is there", () => this.page.evaluate(isInstalled));
  }
}
