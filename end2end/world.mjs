// A server, a browser and the people who use them: one creates a space, others are invited to it.

import assert from "node:assert/strict";

import { after } from "node:test";

import { chromium } from "playwright-core";

import { Person } from "./people.mjs";
import { Proxy } from "./proxy.mjs";
import { addShownText } from "./screen.mjs";
import { Server } from "./server.mjs";

/** The context options of a browser that can open the app with no network. */
export const WITH_SERVICE_WORKER = { serviceWorkers: "allow" };

/** The options of a person whose network a test breaks. */
export const BEHIND_PROXY = { isBehindProxy: true };

export class World {
  /** Uncaught errors of the pages' own code. A test fails if there is any. */
  pageErrors = [];

  /** What a browser is started with. */
  static ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];

  static async open(options = {}) {
    const world = new World();
    world.server = await Server.start();
    world.browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: World.ARGS,
      ...options,
    });
    return world;
  }

  /**
   * A space with its people until the last test of the file has ended: the options of each by name; the first
   * one creates the space. Returns the world, the proxy, and each person in lower case.
   */
  static async meet(people = { Ada: {} }, { space = "Garden", browser } = {}) {
    const world = await World.open(browser);
    const proxy = await Proxy.to(world.server);
    after(async () => {
      await world.close();
      await proxy.close();
    });
    const met = { world, proxy };
    for (const [name, { isBehindProxy, ...options }] of Object.entries(people)) {
      if (isBehindProxy) options.url = proxy.url;
      const host = Object.keys(people)[0].toLowerCase();
      met[name.toLowerCase()] = await (met[host]
        ? world.invite(met[host], name, options)
        : world.createSpace(space, name, options));
    }
    return met;
  }

  /** Creates the first account; it owns the space `name` that everybody else is invited to. */
  async createSpace(name, person = "Ada", { url = this.server.url, ...options } = {}) {
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

  /** A new person follows an invite link that `host` creates in the panel of the open space. */
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

  /** The same person on another device, in a space; `prepare` is called with its page before that. */
  async onDevice(t, person, { space = this.space, prepare, ...options } = {}) {
    const storageState = await person.context.storageState();
    const context = await this.browser.newContext({ serviceWorkers: "block", storageState, ...options });
    t.after(() => context.close());
    context.setDefaultTimeout(30_000);
    await addShownText(context);
    context.on("weberror", (error) => this.pageErrors.push(error.error().stack));
    const reader = new Person(person.name, person.url, context, await context.newPage());
    reader.api = person.api;
    await prepare?.(reader.page);
    await reader.enter(space);
    return reader;
  }

  async close() {
    await this.browser?.close();
    await this.server?.remove();
    assert.deepEqual(this.pageErrors, []);
  }

  async #visitor(name, url, options) {
    // A service worker would answer requests that a test wants to intercept.
    const context = await this.browser.newContext({ serviceWorkers: "block", ...options });
    context.setDefaultTimeout(30_000);
    await addShownText(context);
    context.on("weberror", (error) => this.pageErrors.push(error.error().stack));
    return new Person(name, url, context, await context.newPage());
  }
}
