// A scripted AI provider: a real HTTP server that streams chat completions, as OpenAI's API does.
// A script is a function that writes the reply it is given.

import { once } from "node:events";
import { createServer } from "node:http";

export class Provider {
  /** The requests it received, oldest first: `{ messages, headers, abortedAt }`. */
  requests = [];
  #byWord = [];
  #script = (reply) => reply.say("Well.").stop();
  #listener;

  static async open() {
    const provider = new Provider();
    // A test that failed before it closed the provider does not wait for further requests.
    provider.#listener = createServer((request, response) => provider.#answer(request, response)).unref();
    provider.#listener.listen(0, "127.0.0.1");
    await once(provider.#listener, "listening");
    return provider;
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.#listener.address().port}/v1`;
  }

  /** Sets the script from now on; with a word, only for messages that contain this word. */
  play(script, word) {
    if (word) this.#byWord.unshift([word, script]);
    else this.#script = script;
  }

  async close() {
    this.#listener.closeAllConnections();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  async #answer(request, response) {
    let body = "";
    for await (const bytes of request.setEncoding("utf8")) body += bytes;
    const { messages } = JSON.parse(body);
    const received = { messages, headers: request.headers, abortedAt: null };
    this.requests.push(received);
    response.on("close", () => {
      if (!response.writableFinished) received.abortedAt = performance.now();
    });
    // Messages of several members are one turn; the lines of each are indented but for the first.
    const newest = messages.at(-1).content.split(/\n\n(?![ \n])/).at(-1);
    const [, script] = this.#byWord.find(([word]) => newest.includes(word)) ?? [null, this.#script];
    await script(new CompletionStream(response));
  }
}

class CompletionStream {
  #response;

  constructor(response) {
    this.#response = response;
  }

  /** Fails with a status, as the API does. */
  refuse(status, headers = {}) {
    this.#response.writeHead(status, { "content-type": "application/json", ...headers });
    this.#response.end(JSON.stringify({ error: { message: `The request failed with ${status}.` } }));
    return this;
  }

  /** Whether the client is still connected. */
  get isOpen() {
    return !this.#response.destroyed;
  }

  /** Writes one token, or a whole text at once. */
  say(text) {
    return this.#chunk({ content: text });
  }

  /** Writes what the model thinks. */
  think(text) {
    return this.#chunk({ content: null, reasoning_content: text });
  }

  stop(reason = "stop") {
    this.#chunk({}, reason);
    this.#response.end("data: [DONE]\n\n");
    return this;
  }

  /** Closes the connection in the middle of the reply; what was written still arrives. */
  disconnect() {
    this.#response.socket.end();
    return this;
  }

  #chunk(delta, finish_reason = null) {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { "content-type": "text/event-stream" });
    }
    const chunk = {
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      model: "scripted",
      choices: [{ index: 0, delta, finish_reason }],
    };
    this.#response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    return this;
  }
}

/** Holds a script back until the test lets it through. */
export class Gate {
  #permits = 0;
  #waiting = [];

  letThrough(count = 1) {
    this.#permits += count;
    while (this.#permits > 0 && this.#waiting.length > 0) {
      this.#permits--;
      this.#waiting.shift()();
    }
  }

  open() {
    this.letThrough(Number.MAX_SAFE_INTEGER / 2);
  }

  async pass() {
    if (this.#permits > 0) this.#permits--;
    else await new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Adds a being that answers through this provider when it is mentioned; returns its id. */
export async function createBeing(host, space, name, provider) {
  const { baseUrl, key } = provider;
  await host.api.request("PUT", "/providers/scripted", { baseUrl, key });
  const settings = { provider: "scripted", model: "scripted" };
  const being = await host.api.request("POST", `/spaces/${space}/beings`, { name, settings });
  return being.id;
}
