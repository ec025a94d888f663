// The protocol as any program speaks it: for what is wanted in bulk, and for the truth.

import { surely } from "./agree.mjs";

/** What a page asks for to send, to change or delete what it has sent, and to hear: as routes of it. */
export const SENDS = "**/api/spaces/*/intentions";
export const CHANGES = "**/api/spaces/*/intentions/*";
export const STREAMS = "**/api/stream?**";

/** The answer to what is refused for good. */
export const refusal = (message) => ({
  status: 422,
  json: { error: { code: "out-of-bounds", message, field: "content" } },
});

/** The protocol's own commands, as any program would use them. */
export class Api {
  constructor(url, cookie) {
    Object.assign(this, { url, cookie });
  }

  async ask(method, path, body) {
    const headers = { cookie: this.cookie, "content-type": "application/json" };
    const answer = await fetch(`${this.url}/api${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  send(space, content, id = crypto.randomUUID()) {
    return this.ask("POST", `/spaces/${space}/intentions`, { id, content });
  }

  /** Sends until it is answered, as a good client does. */
  sendSurely(space, content) {
    const id = crypto.randomUUID();
    return surely(`"${content}" is taken`, () => this.send(space, content, id));
  }

  /** Many messages, many at a time, so in no order. */
  async sendMany(space, count, content) {
    let next = 0;
    const one = async () => {
      while (next < count) await this.send(space, content(next++));
    };
    await Promise.all(Array.from({ length: 64 }, one));
  }

  /** All that was said, by the pages of history: what every screen must show. */
  async truth(space) {
    const all = [];
    for (let before = ""; ; before = `&before=${all[0].messageId}`) {
      const page = await this.ask("GET", `/spaces/${space}/intentions?limit=100${before}`);
      all.unshift(...page.intentions);
      if (!page.hasEarlier) break;
    }
    return all.map(({ messageId, ownerId, content }) => ({ id: messageId, owner: ownerId, text: content }));
  }
}
