// A TCP proxy between one browser and the server. It records the event streams, and can freeze or cut the
// connections, cut within an event, drop responses or one event, and inject an event.

import { once } from "node:events";
import net from "node:net";

export class Proxy {
  /** Every event stream that was requested, oldest first. */
  streams = [];
  /** The connections that carry the stream of an inbox. */
  inboxes = new Set();
  #connections = new Set();
  #port;
  #listener;
  #isCut = false;
  #frozen = null; // the actions that wait for the thaw
  dropsResponses = false;
  cutsDuringNextEvent = false;
  dropsNextEvent = false;
  /** How many bytes the browser received in all. */
  receivedBytes = 0;

  static async to(server) {
    const proxy = new Proxy();
    proxy.#port = server.port;
    // A test that failed before it closed the proxy does not wait for further connections.
    proxy.#listener = net.createServer((browser) => proxy.#accept(browser)).unref();
    proxy.#listener.listen(0, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#listener.address().port}`;
  }

  /** Every socket stays open, and no byte passes. */
  freeze() {
    this.#frozen ??= [];
  }

  thaw() {
    const waiting = this.#frozen ?? [];
    this.#frozen = null;
    waiting.forEach((act) => act());
  }

  /** The open streams stay open and carry nothing more, while new requests are answered: what a client
   * finds after a long sleep. */
  blackholeStreams() {
    for (const connection of this.#connections) connection.isBlackholed ||= !!connection.stream?.isOpen;
  }

  /** Breaks every connection, and refuses new ones, until `restore`. */
  cut() {
    this.#isCut = true;
    this.#connections.forEach((connection) => connection.end());
  }

  restore() {
    this.#isCut = false;
    this.dropsResponses = false;
  }

  /** Injects one event into the open streams, between two of the server's events. */
  injectEvent(id, event) {
    const frame = `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const connection of this.#connections)
      if (connection.stream?.isOpen) connection.browser.write(frame);
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
    const connection = new Connection(this, browser, this.#port);
    this.#connections.add(connection);
    browser.on("close", () => this.#connections.delete(connection));
  }
}

/** The bytes of one event stream, from the server to the browser. */
class Stream {
  isOpen = false;
  status = 0;
  text = "";
  constructor(url) {
    this.url = url;
  }

  /** Each event, with its size in bytes: `id:`, `data:` and the empty line. */
  get events() {
    const frames = this.text.split("\n\n").slice(0, -1);
    return frames.map((frame) => ({
      ...JSON.parse(/^data: (.*)$/m.exec(frame)[1]),
      cursor: /^id: (.*)$/m.exec(frame)?.[1],
      bytes: Buffer.byteLength(frame) + 2,
    }));
  }
}

class Connection {
  stream = null;
  isBlackholed = false;
  #expectsHead = false;
  #buffer = Buffer.alloc(0);

  constructor(proxy, browser, port) {
    this.proxy = proxy;
    this.browser = browser.setNoDelay(true);
    this.server = net.connect(port, "127.0.0.1").setNoDelay(true);
    browser.on("data", (bytes) => proxy.pass(() => this.#forwardRequest(bytes)));
    this.server.on("data", (bytes) => proxy.pass(() => this.#forwardResponse(bytes)));
    for (const socket of [browser, this.server]) {
      socket.on("error", () => {}).on("close", () => proxy.pass(() => this.end()));
    }
  }

  end() {
    this.#streamEnded();
    this.proxy.inboxes.delete(this);
    this.browser.destroySoon();
    this.server.destroy();
  }

  #streamEnded() {
    if (this.stream) this.stream.isOpen = false;
    this.stream = null;
  }

  #forwardRequest(bytes) {
    // A part of a body that comes by itself has no line.
    const head = bytes.toString("latin1");
    const url = /^GET (\/api\/stream\S*) HTTP/.exec(head)?.[1];
    if (/^GET \/api\/inbox\S* HTTP/.test(head)) this.proxy.inboxes.add(this);
    else this.proxy.inboxes.delete(this);
    if (url) {
      this.proxy.streams.push((this.stream = new Stream(url)));
      this.#expectsHead = true;
    }
    this.server.write(bytes);
  }

  #forwardResponse(bytes) {
    if (this.proxy.dropsResponses || this.isBlackholed || this.browser.destroyed) return;
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (let size = this.#pieceSize(); size > 0; size = this.#pieceSize()) {
      const piece = this.#buffer.subarray(0, size);
      this.#buffer = this.#buffer.subarray(size);
      if (this.proxy.cutsDuringNextEvent && this.stream?.isOpen) {
        this.proxy.cutsDuringNextEvent = false;
        this.browser.write(piece.subarray(0, size >> 1));
        return this.end();
      }
      if (this.proxy.dropsNextEvent && this.stream?.isOpen) {
        this.proxy.dropsNextEvent = false;
        continue;
      }
      this.#record(piece);
      this.proxy.receivedBytes += piece.length;
      this.browser.write(piece);
    }
  }

  /** The size of the next complete piece: a stream's head, one of its events, or all that is buffered. */
  #pieceSize() {
    if (!this.stream) return this.#buffer.length;
    const ending = this.#expectsHead ? "\r\n\r\n" : "\n\n";
    const end = this.#buffer.indexOf(ending);
    return end < 0 ? 0 : end + ending.length;
  }

  #record(piece) {
    if (!this.stream) return;
    if (this.#expectsHead) {
      this.#expectsHead = false;
      this.stream.status = Number(piece.toString("latin1", 9, 12));
      if (this.stream.status === 200) this.stream.isOpen = true;
      else this.#streamEnded();
      return;
    }
    this.stream.text += piece.toString();
  }
}
