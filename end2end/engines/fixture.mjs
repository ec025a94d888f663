// A browser of one engine with Ada in it, and Ben, who writes from a program. The server is real. A proxy in
// front of it can cut off the browser, also one that cannot pretend to be offline.

import { Api } from "../api.mjs";
import { until } from "../assertions.mjs";
import { readStore } from "../device_storage.mjs";
import { PASSWORD } from "../people.mjs";
import { Provider } from "../provider.mjs";
import { Proxy } from "../proxy.mjs";
import { Server } from "../server.mjs";

export const COMPOSER = "textarea[aria-label=Message]";
export const EDITOR = "textarea[aria-label='Edit message']";

export class Fixture {
  /** The space that Ada creates when she signs up. */
  garden = null;

  async open(engine) {
    this.server = await Server.start();
    this.proxy = await Proxy.to(this.server);
    this.provider = await Provider.open();
    this.browser = await engine.launch();
    this.tab = await this.browser.openTab();
  }

  async close() {
    await this.browser?.close();
    await this.proxy?.close();
    await this.provider?.close();
    await this.server?.remove();
  }

  /** Somebody's API, after a request that brings a session. */
  async api(path, body) {
    const request = { method: "POST", headers: { "content-type": "application/json" } };
    const answer = await fetch(`${this.server.url}/api${path}`, { ...request, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return new Api(this.server.url, answer.headers.get("set-cookie").split(";")[0]);
  }

  signIn(handle) {
    return this.api("/session", { handle, password: PASSWORD });
  }

  createAccount(name, invite) {
    return this.api("/accounts", { name, handle: name.toLowerCase(), password: PASSWORD, invite });
  }

  /** A space with Ada and Ben in it, shown in a tab. */
  async openSpace(name) {
    const { id } = await this.ada.request("POST", "/spaces", { name });
    const { token } = await this.ada.request("POST", `/spaces/${id}/invites`);
    await this.ben.request("POST", `/invites/${token}`);
    await this.enter(id);
    return id;
  }

  /** Opens a space, and waits until the page is live: it has a stream, or another tab has it. */
  async enter(space, tab = this.tab) {
    await tab.load("about:blank");
    const before = this.proxy.streams.length;
    await tab.load(`${this.proxy.url}/spaces/${space}`);
    const isBehind = async (space) => {
      const { pending } = await navigator.locks.query();
      return pending.some(({ name }) => name.endsWith(` ${space} `));
    };
    const asks = async () => this.proxy.streams.length > before || (await tab.evaluate(isBehind, space));
    await until("the page is live", asks, { every: 50 });
  }

  /** Writes a message and presses Enter. */
  async say(text, tab = this.tab) {
    await tab.fill(COMPOSER, text);
    await tab.press("Enter");
  }

  /** Waits until a tab shows these messages as its last ones, and nothing waits to be sent. */
  async shows(texts, tab = this.tab) {
    const isShown = (texts) => {
      const shown = [...document.querySelectorAll("article.message .content")].map((it) => it.innerText.trimEnd());
      const isSame = JSON.stringify(shown.slice(-texts.length)) === JSON.stringify(texts);
      return isSame && !document.querySelector("[data-pending]");
    };
    await tab.until(`the last messages are ${texts.join(" | ").slice(-100)}`, isShown, texts);
  }

  /** Waits until the device keeps an entry with this text. */
  async isStored(store, text) {
    const isKept = async () =>
      Object.values(await readStore(this.tab, store)).some((value) => value.includes(text));
    await until(`"${text}" is kept in ${store}`, isKept, { every: 50 });
  }

  /** The texts that the space holds. */
  async texts(space) {
    return (await this.ben.truth(space)).map(({ text }) => text);
  }
}
