// A server and a browser, and the people on them: who founds a space, and who is invited to it.

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { Person } from "./people.mjs";
import { Server } from "./server.mjs";

/** A browser that may be opened with no network. */
export const WITH_WORKER = { serviceWorkers: "allow" };

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
