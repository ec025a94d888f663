// A wire between one browser and the server, in plain TCP. It can be looked at, frozen without a
// word, cut, cut in the middle of an event, made to swallow answers, and an event can be put in.

import { once } from "node:events";
import net from "node:net";

export class Proxy {
  /** Every event stream that was asked for, oldest first. */
  streams = [];
  #wires = new Set();
  #port;
  #listener;
  #isCut = false;
  #frozen = null; // what is to be done once it thaws
  isDeaf = false;
  cutsInNextEvent = false;
  losesNextEvent = false;
  /** How many bytes the browser was given, of whatever. */
  received = 0;

  static async to(server) {
    const proxy = new Proxy();
    proxy.#port = server.port;
    // Who failed before it was closed does not wait for who might still come.
    proxy.#listener = net.createServer((browser) => proxy.#accept(browser)).unref();
    proxy.#listener.listen(0, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#listener.address().port}`;
  }

  /** The socket stays open, and not one byte goes through it any more. */
  freeze() {
    this.#frozen ??= [];
  }

  thaw() {
    const waiting = this.#frozen ?? [];
    this.#frozen = null;
    waiting.forEach((act) => act());
  }

  /** The open streams stay open, and carry nothing any more; what is asked for anew is answered. As
   * it is for who slept for long. */
  strand() {
    for (const wire of this.#wires) wire.isStranded ||= !!wire.stream?.isOpen;
  }

  /** Breaks every connection, and every new one, until it is mended. */
  cut() {
    this.#isCut = true;
    this.#wires.forEach((wire) => wire.end());
  }

  mend() {
    this.#isCut = false;
    this.isDeaf = false;
  }

  /** Puts one event into the open streams, between two of the server's. */
  insert(id, event) {
    const frame = `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const wire of this.#wires) if (wire.stream?.isOpen) wire.browser.write(frame);
  }

  get openStreams() {
    return this.streams.filter((stream) => stream.isOpen);
  }

  async close() {
    this.thaw();
    this.cut();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  pass(act) {
    if (this.#frozen) this.#frozen.push(act);
    else act();
  }

  #accept(browser) {
    if (this.#isCut) return browser.destroy();
    const wire = new Wire(this, browser, this.#port);
    this.#wires.add(wire);
    browser.on("close", () => this.#wires.delete(wire));
  }
}

/** What went over one event stream, from the server to the browser. */
class Stream {
  isOpen = false;
  status = 0;
  text = "";
  constructor(url) {
    this.url = url;
  }

  /** Each event, with the bytes it took on the wire: `id:`, `data:` and the empty line. */
  get events() {
    const frames = this.text.split("\n\n").slice(0, -1);
    return frames.map((frame) => ({
      ...JSON.parse(/^data: (.*)$/m.exec(frame)[1]),
      cursor: /^id: (.*)$/m.exec(frame)?.[1],
      bytes: Buffer.byteLength(frame) + 2,
    }));
  }
}

class Wire {
  stream = null;
  isStranded = false;
  #readsHead = false;
  #held = Buffer.alloc(0);

  constructor(proxy, browser, port) {
    this.proxy = proxy;
    this.browser = browser.setNoDelay(true);
    this.server = net.connect(port, "127.0.0.1").setNoDelay(true);
    browser.on("data", (bytes) => proxy.pass(() => this.#up(bytes)));
    this.server.on("data", (bytes) => proxy.pass(() => this.#down(bytes)));
    for (const socket of [browser, this.server]) {
      socket.on("error", () => {}).on("close", () => proxy.pass(() => this.end()));
    }
  }

  end() {
    this.#streamEnded();
    this.browser.destroySoon();
    this.server.destroy();
  }

  #streamEnded() {
    if (this.stream) this.stream.isOpen = false;
    this.stream = null;
  }

  #up(bytes) {
    const line = bytes.latin1Slice(0, bytes.indexOf("\r\n"));
    const url = /^GET (\/api\/stream\S*) HTTP/.exec(line)?.[1];
    if (url) {
      this.proxy.streams.push((this.stream = new Stream(url)));
      this.#readsHead = true;
    }
    this.server.write(bytes);
  }

  #down(bytes) {
    if (this.proxy.isDeaf || this.isStranded || this.browser.destroyed) return;
    this.#held = Buffer.concat([this.#held, bytes]);
    for (let size = this.#piece(); size > 0; size = this.#piece()) {
      const piece = this.#held.subarray(0, size);
      this.#held = this.#held.subarray(size);
      if (this.proxy.cutsInNextEvent && this.stream?.isOpen) {
        this.proxy.cutsInNextEvent = false;
        this.browser.write(piece.subarray(0, size >> 1));
        return this.end();
      }
      if (this.proxy.losesNextEvent && this.stream?.isOpen) {
        this.proxy.losesNextEvent = false;
        continue;
      }
      this.#note(piece);
      this.proxy.received += piece.length;
      this.browser.write(piece);
    }
  }

  /** The size of the whole piece in front: a stream's head, one event of it, or just all there is. */
  #piece() {
    if (!this.stream) return this.#held.length;
    const ending = this.#readsHead ? "\r\n\r\n" : "\n\n";
    const end = this.#held.indexOf(ending);
    return end < 0 ? 0 : end + ending.length;
  }

  #note(piece) {
    if (!this.stream) return;
    if (this.#readsHead) {
      this.#readsHead = false;
      this.stream.status = Number(piece.latin1Slice(9, 12));
      if (this.stream.status === 200) this.stream.isOpen = true;
      else this.#streamEnded();
      return;
    }
    this.stream.text += piece.toString();
  }
}
