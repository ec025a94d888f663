// A gate in front of the server, such as a sign-in proxy: its session ends, and it answers in the server's
// place. The reader is told to sign in there; nothing is lost, and no page of the gate is kept as the app.

import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";

import { until } from "./assertions.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const PAGE = "<!DOCTYPE html><title>Gate</title><h1>Sign in at the gate</h1>";
const ANSWERS = {
  "with its own page": [200, { "content-type": "text/html" }],
  "with a redirect to another origin": [302, { location: "http://127.0.0.1:9/sign-in" }],
  "with 403 and its own page": [403, { "content-type": "text/html" }],
  // What the page sees of Basic authentication where the reader dismisses the browser's question.
  "with 401 and its own page": [401, { "content-type": "text/html" }],
};
/** What it answers to requests without this name and password, where it asks for them itself. */
const CREDENTIALS = { username: "gatekeeper", password: "sesame" };
const CHALLENGE = [401, { "content-type": "text/html", "www-authenticate": 'Basic realm="Gate"' }];

/** Passes requests on while it is open; else answers each with `answer`. */
class Gate {
  answer = null;
  /** A worker that is served also while it is shut. */
  worker = null;
  manifestCookies = [];

  static async before(server) {
    const gate = new Gate();
    gate.listener = http.createServer((request, response) => {
      if (request.url === "/manifest.webmanifest") gate.manifestCookies.push(request.headers.cookie);
      if (gate.answer && !gate.#lets(request)) {
        const [status, headers] = gate.answer;
        if (request.url === "/sw.js" && gate.worker) {
          response.writeHead(200, { "content-type": "text/javascript" }).end(gate.worker);
        } else {
          response.writeHead(status, headers).end(PAGE);
        }
        return;
      }
      const { method, url, headers } = request;
      const passed = http.request({ port: server.port, host: "127.0.0.1", method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      response.on("close", () => passed.destroy());
      request.pipe(passed);
    });
    gate.listener.listen(0, "127.0.0.1");
    await once(gate.listener, "listening");
    return gate;
  }

  /** Whether it wants Basic authentication, and a request has it. */
  #lets({ headers }) {
    const { username, password } = CREDENTIALS;
    const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    return this.answer === CHALLENGE && headers.authorization === expected;
  }

  get url() {
    return `http://127.0.0.1:${this.listener.address().port}`;
  }

  shut(answer) {
    this.answer = answer;
    this.listener.closeAllConnections();
  }

  open() {
    this.answer = null;
  }

  close() {
    this.listener.closeAllConnections();
    this.listener.close();
  }
}

describe("a gate in front of the server answers", () => {
  let world, gate, ada;

  before(async () => {
    world = await World.open();
    gate = await Gate.before(world.server);
    ada = await world.createSpace("Garden", "Ada", { url: gate.url });
    ada.api.url = world.server.url;
  });

  after(async () => {
    await world.close();
    gate.close();
  });

  for (const [how, answer] of Object.entries(ANSWERS)) {
    test(`${how}: the reader is asked to sign in there, and what was written is sent once that is done`, async () => {
      gate.shut(answer);
      const link = ada.page.getByRole("link", { name: "Sign in there" });
      await link.waitFor();
      await ada.say(`Written at the gate, ${how}`);
      await ada.pending("at the gate").waitFor();
      assert.equal(await ada.page.locator(".pending .problem").count(), 0, "it is not refused for good");
      gate.open();
      // The page may notice it first, and then needs no sign-in.
      await link.click({ timeout: 5_000 }).catch(() => {});
      await ada.message(`Written at the gate, ${how}`).waitFor({ timeout: 40_000 });
      await ada.waitForEmptyOutbox();
    });
  }
});

// The browser itself asks for the name and the password, over whatever page needs them, and a request waits
// for the answer. A browser without a head waits until it is given them.
for (const [how, options] of Object.entries({ "": {}, " and a service worker": WITH_SERVICE_WORKER })) {
  test(`while the browser asks for Basic authentication nothing is lost, and then all goes on${how}`, async () => {
    const world = await World.open();
    const gate = await Gate.before(world.server);
    try {
      const ada = await world.createSpace("Garden", "Ada", { url: gate.url, ...options });
      ada.api.url = world.server.url;
      if (how) await ada.waitUntilOfflineReady();
      gate.shut(CHALLENGE);
      await ada.connectionStatus.waitFor();
      // The browser's question has the keyboard.
      await ada.composer.fill("Written at the gate");
      await ada.page.getByRole("button", { name: "Send" }).evaluate((button) => button.click());
      await ada.pending("at the gate").waitFor();
      assert.equal(await ada.page.locator(".pending .problem").count(), 0, "it is not refused for good");
      await ada.context.setHTTPCredentials(CREDENTIALS);
      await ada.message("Written at the gate").waitFor({ timeout: 60_000 });
      await ada.waitForEmptyOutbox();
      await until("the status is empty", async () => (await ada.connectionStatus.count()) === 0);
      await ada.page.reload();
      await ada.message("Written at the gate").waitFor();
      await ada.say("Behind the gate");
      await ada.message("Behind the gate").waitFor();
      await ada.waitForEmptyOutbox();
    } finally {
      await world.close();
      gate.close();
    }
  });
}

test("a service worker keeps no page of a gate, and asks for the manifest with the cookie", async () => {
  const world = await World.open();
  const gate = await Gate.before(world.server);
  try {
    const ada = await world.createSpace("Garden", "Ada", { url: gate.url, ...WITH_SERVICE_WORKER });
    await ada.waitUntilOfflineReady();
    const kept = () =>
      ada.page.evaluate(async () => {
        const texts = [];
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) texts.push(await (await cache.match(request)).text());
        }
        return texts;
      });
    const before = (await kept()).length;
    assert.ok(before > 3);
    // The worker of another build is installed while the gate is shut.
    const worker = await (await fetch(`${world.server.url}/sw.js`)).text();
    gate.worker = worker.replace(/BUILD = "/, 'BUILD = "another-');
    assert.notEqual(gate.worker, worker);
    gate.shut(ANSWERS["with its own page"]);
    const outcome = await ada.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const found = new Promise((resolve) => (registration.onupdatefound = () => resolve(registration.installing)));
      await registration.update().catch(() => {});
      const worker = await found;
      while (worker.state === "installing") await new Promise((resolve) => setTimeout(resolve, 50));
      return worker.state;
    });
    assert.equal(outcome, "redundant", "a worker without its files is not installed");
    assert.deepEqual((await kept()).filter((text) => text.includes("Gate")), []);
  } finally {
    await world.close();
    gate.close();
  }
});
