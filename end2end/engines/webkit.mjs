// WebKitGTK's MiniBrowser on a screen in memory, driven by WebDriver.

import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";

import { Builder, Key, Origin } from "selenium-webdriver";

import { retry } from "../assertions.mjs";
import { Tab } from "./tab.mjs";

const KEYS = { Enter: Key.ENTER, Escape: Key.ESCAPE, ArrowUp: Key.ARROW_UP };

export class WebKit {
  /** The window that gets the commands. */
  current = null;
  #processes = [];
  #driver;

  static async launch() {
    const webkit = new WebKit();
    process.on("exit", () => webkit.#sweep());
    const display = await webkit.#openScreen();
    const url = await webkit.#startDriver(display);
    webkit.#driver = await new Builder()
      .usingServer(url)
      .withCapabilities({ browserName: "MiniBrowser" })
      .build();
    return webkit;
  }

  async openTab() {
    // A tab behind another one stays hidden, so each has a window.
    await this.#driver.switchTo().newWindow("window");
    await this.#driver.manage().window().setRect({ width: 1000, height: 800 });
    this.current = await this.#driver.getWindowHandle();
    return new WebKitTab(this, this.#driver);
  }

  async close() {
    await this.#driver.quit();
    this.#sweep();
  }

  async #openScreen() {
    const options = ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];
    const screen = this.#start("Xvfb", options, process.env);
    const [number] = await once(createInterface(screen.stdout), "line");
    return `:${number}`;
  }

  async #startDriver(display) {
    const port = await freePort();
    const env = { ...process.env, DISPLAY: display, NO_AT_BRIDGE: "1" };
    // Its sandbox cannot be made by root, nor in most containers.
    env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = "1";
    this.#start("WebKitWebDriver", [`--port=${port}`], env);
    const url = `http://127.0.0.1:${port}`;
    await retry("the driver of WebKit answers", () => fetch(`${url}/status`), { within: 20_000 });
    return url;
  }

  #start(program, options, env) {
    const child = spawn(program, options, { env, stdio: ["ignore", "pipe", "inherit"] });
    this.#processes.push(child);
    return child;
  }

  #sweep() {
    for (const child of this.#processes) child.kill("SIGKILL");
  }
}

const at = (x, y) => ({ x, y, origin: Origin.VIEWPORT, duration: 0 });

async function freePort() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  return port;
}

class WebKitTab extends Tab {
  #webkit;
  #driver;
  #handle;

  constructor(webkit, driver) {
    super();
    [this.#webkit, this.#driver, this.#handle] = [webkit, driver, webkit.current];
  }

  async load(url) {
    await this.show();
    await this.#driver.get(url);
  }

  async evaluate(run, ...args) {
    await this.show();
    return this.#driver.executeScript(`return (${run})(...arguments)`, ...args);
  }

  async point(x, y) {
    await this.#perform((actions) => actions.move(at(x, y)));
  }

  async tap(x, y) {
    await this.#perform((actions) => actions.move(at(x, y)).press().release());
  }

  async press(...keys) {
    await this.#perform((actions) => actions.sendKeys(...keys.map((key) => KEYS[key] ?? key)));
  }

  /** GTK composes a character from its code in Unicode, after Control, Shift and U. */
  async compose(text, key) {
    for (const character of text) {
      const code = character.codePointAt(0).toString(16);
      const control = (actions) => actions.keyDown(Key.CONTROL).keyDown(Key.SHIFT).sendKeys("u");
      await this.#perform((actions) => control(actions).keyUp(Key.SHIFT).keyUp(Key.CONTROL));
      await this.#perform((actions) => actions.sendKeys(...code, KEYS[key]));
    }
  }

  setOffline() {
    return false;
  }

  async show() {
    if (this.#webkit.current !== this.#handle) await this.#driver.switchTo().window(this.#handle);
    this.#webkit.current = this.#handle;
  }

  async close() {
    await this.show();
    await this.#driver.close();
    this.#webkit.current = null;
  }

  async #perform(act) {
    await this.show();
    await act(this.#driver.actions()).perform();
  }
}
