// A provider of words that does as it is told: a real HTTP server that streams chat completions, as
// OpenAI's API does. A script is a function that is given a voice, and speaks.

import { once } from "node:events";
import { createServer } from "node:http";

export class Provider {
  /** What it was asked, oldest first: `{ messages, headers, left }`. */
  asked = [];
  #byWord = [];
  #script = (voice) => voice.say("Well.").stop();
  #listener;

  static async open() {
    const provider = new Provider();
    // Who failed before it was closed does not wait for who might still ask.
    provider.#listener = createServer((request, response) => provider.#answer(request, response)).unref();
    provider.#listener.listen(0, "127.0.0.1");
    await once(provider.#listener, "listening");
    return provider;
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.#listener.address().port}/v1`;
  }

  /** What is played from now on; with a word, to what has this word in it. */
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
    const asked = { messages, headers: request.headers, left: null };
    this.asked.push(asked);
    response.on("close", () => {
      if (!response.writableFinished) asked.left = performance.now();
    });
    const newest = messages.at(-1).content;
    const [, script] = this.#byWord.find(([word]) => newest.includes(word)) ?? [null, this.#script];
    await script(new Voice(response));
  }
}

class Voice {
  #response;

  constructor(response) {
    this.#response = response;
  }

  /** Refuses, as the API does. */
  refuse(status, headers = {}) {
    this.#response.writeHead(status, { "content-type": "application/json", ...headers });
    this.#response.end(JSON.stringify({ error: { message: `This is what is wrong: ${status}.` } }));
    return this;
  }

  /** Whether there is still somebody who listens. */
  get isHeard() {
    return !this.#response.destroyed;
  }

  /** One token, or a whole text at once. */
  say(text) {
    return this.#chunk({ content: text });
  }

  stop(reason = "stop") {
    this.#chunk({}, reason);
    this.#response.end("data: [DONE]\n\n");
    return this;
  }

  /** In the middle of it all; what was said is heard. */
  hangUp() {
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

/** What a test lets a script through, as often as it likes. */
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

/** A being that answers with this provider when it is mentioned; its id. */
export async function bring(host, space, name, provider) {
  await host.api.ask("PUT", "/providers/scripted", { baseUrl: provider.baseUrl });
  const settings = { provider: "scripted", model: "scripted" };
  const being = await host.api.ask("POST", `/spaces/${space}/beings`, { name, settings });
  return being.id;
}
