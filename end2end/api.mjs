// The HTTP API as any program uses it: to send in bulk, and to read what the space really holds.

import { retry } from "./assertions.mjs";

/** Route patterns of a page's requests: to send, to edit or delete a message, and to open its stream. */
export const SENDS = "**/api/spaces/*/intentions";
export const CHANGES = "**/api/spaces/*/intentions/*";
export const STREAMS = "**/api/stream?**";

/** The response to a change that is refused for good. */
export const refusal = (message) => ({
  status: 422,
  json: { error: { code: "out-of-bounds", message, field: "content" } },
});

export class Api {
  constructor(url, cookie) {
    Object.assign(this, { url, cookie });
  }

  async request(method, path, body) {
    const headers = { cookie: this.cookie, "content-type": "application/json" };
    const answer = await fetch(`${this.url}/api${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  send(space, content, id = crypto.randomUUID()) {
    return this.request("POST", `/spaces/${space}/intentions`, { id, content });
  }

  /** Sends until the server answers, as a good client does. */
  sendUntilAccepted(space, content) {
    const id = crypto.randomUUID();
    return retry(`"${content}" is accepted`, () => this.send(space, content, id));
  }

  /** Sends many messages concurrently, so in no particular order. */
  async sendMany(space, count, content) {
    let next = 0;
    const one = async () => {
      while (next < count) await this.send(space, content(next++));
    };
    await Promise.all(Array.from({ length: 64 }, one));
  }

  /** Reads all of a space: a page opens at its end then, and not at what is unread. */
  async readAll(space) {
    const spaces = await this.request("GET", "/spaces");
    const { lastMessageId: upTo } = spaces.find((of) => of.space.id === space);
    await this.request("PUT", `/spaces/${space}/read`, { upTo });
  }

  /** All messages of a space, read page by page: what every screen must show. */
  async truth(space) {
    const all = [];
    for (let before = ""; ; before = `&before=${all[0].messageId}`) {
      const page = await this.request("GET", `/spaces/${space}/intentions?limit=100${before}`);
      all.unshift(...page.intentions);
      if (!page.hasEarlier) break;
    }
    return all.map(({ messageId, ownerId, content }) => ({ id: messageId, owner: ownerId, text: content }));
  }
}
