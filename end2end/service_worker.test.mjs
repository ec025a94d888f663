// The service worker answers for the files and pages of the app, and keeps nothing of any person.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { endOutage, openOffline, startOutage } from "./outage.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

// Words that occur in no file of the app.
const [person, space, said] = ["Zephyrine", "Orangery", "Quixotic marmalade"];
const answered = new Map();
const { world, zephyrine } = await World.meet({ [person]: WITH_SERVICE_WORKER }, { space });
await zephyrine.waitUntilOfflineReady();
zephyrine.context.on("response", (answer) => {
  // The worker's own requests are not requests that it answers.
  if (answer.request().serviceWorker()) return;
  const { pathname } = new URL(answer.url());
  answered.set(pathname, [...(answered.get(pathname) ?? []), answer.fromServiceWorker()]);
});
const source = await (await fetch(`${world.server.url}/sw.js`)).text();
const files = JSON.parse(/FILES = (\[.*\]);/.exec(source)[1]);

describe("the service worker", () => {
  test("serves the app's pages and files, and never the API, the stream or any other page", async () => {
    await zephyrine.enter(world.space);
    await zephyrine.say(said);
    await zephyrine.message(said).waitFor();
    await zephyrine.waitUntilStored(said);
    await zephyrine.page.evaluate(() => fetch("/api/spaces").then((answer) => answer.text()));
    await zephyrine.page.evaluate(() => fetch("/sw.js").then((answer) => answer.text()));
    const newBeing = `/spaces/${world.space}/beings/new`;
    for (const path of ["/", "/help", "/providers", "/sign-in", newBeing]) {
      await zephyrine.page.goto(zephyrine.url + path);
    }
    const isByWorker = (path) => {
      assert.ok(answered.has(path), `${path} was requested`);
      return answered.get(path);
    };
    const pkg = files.filter((path) => path.startsWith("/pkg/"));
    assert.equal(pkg.length, 3);
    for (const path of ["/", `/spaces/${world.space}`, "/device.js", ...pkg]) {
      assert.ok(
        isByWorker(path).every((is) => is),
        `${path} goes through the worker`,
      );
    }
    const never = ["/api/stream", "/api/spaces", `/api/spaces/${world.space}/intentions`, "/sw.js"];
    const otherPages = ["/help", "/providers", "/sign-in", newBeing];
    for (const path of [...never, ...otherPages]) {
      assert.ok(
        isByWorker(path).every((is) => !is),
        `${path} bypasses the worker`,
      );
    }
  });

  test("caches the files of one build, and nothing of any person", async () => {
    const caches = await zephyrine.page.evaluate(async () => {
      const all = {};
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        all[name] = {};
        for (const request of await cache.keys()) {
          const answer = await cache.match(request);
          all[name][new URL(request.url).pathname] = {
            head: JSON.stringify([...request.headers, ...answer.headers, request.url]),
            text: new TextDecoder("latin1").decode(await answer.arrayBuffer()),
          };
        }
      }
      return all;
    });
    assert.equal(Object.keys(caches).length, 1);
    const [kept] = Object.values(caches);
    assert.deepEqual(Object.keys(kept).sort(), [...files].sort());
    const words = new RegExp(`${person}|${space}|${said}|rhizome_session|set-cookie`, "i");
    for (const [path, { head, text }] of Object.entries(kept)) {
      assert.ok(text.length > 100, `${path} is complete`);
      assert.doesNotMatch(head, words, path);
      // The app itself may contain the names of headers.
      assert.ok(![person, space, said].some((word) => text.includes(word)), path);
    }
    const page = await (await zephyrine.context.request.get(`${zephyrine.url}/spaces/${world.space}`)).text();
    assert.match(page, new RegExp(`${person}[^]*${said}`), "a person's own page contains these words");
    assert.match(kept["/shell"].text, /<title>Rhizome<\/title>/);
  });

  test("serves neither the API nor other pages when the network is gone", async () => {
    await zephyrine.page.goto(zephyrine.url);
    await startOutage(world, zephyrine);
    const status = (path) =>
      fetch(path)
        .then((answer) => answer.status)
        .catch(() => "nothing");
    const asked = (path) => zephyrine.page.evaluate(status, path);
    for (const path of ["/api/spaces", `/api/stream?spaceId=${world.space}`, "/help", "/sw.js"]) {
      assert.equal(await asked(path), "nothing", path);
    }
    for (const path of files) assert.equal(await asked(path), 200, `${path} is cached`);
    for (const path of ["/help", "/providers", "/sign-in"]) {
      await assert.rejects(openOffline(zephyrine, path), /ERR_INTERNET_DISCONNECTED/, path);
    }
    await endOutage(world, zephyrine);
  });

  test("passes on the server's response to a page, success or error", async () => {
    await zephyrine.openInNewTab("/spaces/@nowhere");
    await zephyrine.page.getByRole("heading", { name: "Nothing here" }).waitFor();
    await zephyrine.context.clearCookies();
    await zephyrine.openInNewTab(`/spaces/${world.space}`);
    await zephyrine.page.waitForURL("**/sign-in?next=*");
    await zephyrine.page.getByRole("button", { name: "Sign in" }).waitFor();
  });
});
