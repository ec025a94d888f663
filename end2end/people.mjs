// People with their browsers. They sign up, invite and talk through the real pages; only what is
// wanted in bulk goes through the API.

import { until } from "./agree.mjs";
import { Api } from "./api.mjs";
import { isInLine } from "./lock.mjs";
import { shelfOf } from "./shelf.mjs";

export const PASSWORD = "correct horse battery";

/** A page of history comes at once; a noisy machine may take so long. */
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
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Makes another text of a message that says just this. */
  async edit(text, anew) {
    const message = this.saying(text);
    await message.hover();
    await message.getByRole("button", { name: "Edit" }).click();
    await this.page.getByRole("textbox", { name: "Edit message" }).fill(anew);
    await this.page.keyboard.press("Enter");
  }

  /** Deletes a message that says just this, and means it. */
  async remove(text) {
    const message = this.saying(text);
    await message.hover();
    await message.getByRole("button", { name: "Delete" }).click();
    await message.getByRole("button", { name: "Delete" }).click();
  }

  saying(text) {
    const content = this.page.getByText(text, { exact: true });
    return this.page.locator("article.message").filter({ has: content });
  }

  get composer() {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  message(text) {
    return this.page.locator("article.message").filter({ hasText: text });
  }

  /** What was written here, and is not in the space yet. */
  pending(text = "") {
    return this.page.locator("[data-pending]").filter({ hasText: text });
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

  /** Only what was said, without who did. */
  async texts() {
    return (await this.timeline()).map(({ text }) => text);
  }

  async countOf(text) {
    return (await this.texts()).filter((shown) => shown === text).length;
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

  /** What the browser keeps on a shelf, by its keys. */
  shelf(name) {
    return shelfOf(this.page, name);
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
