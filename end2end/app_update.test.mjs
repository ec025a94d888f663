// The server gets a newer build while pages of the previous one are open and messages wait to be sent.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { SENDS } from "./api.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const SITE = process.env.RHIZOME_SITE ?? resolve(import.meta.dirname, "../target/site");

let world, ada, other, ben, builds;

before(async () => {
  builds = mkdtempSync(join(tmpdir(), "rhizome-builds-"));
  world = await World.open();
  ada = await world.createSpace("Garden", "Ada", WITH_SERVICE_WORKER);
  ben = await world.invite(ada, "Ben");
  await ada.enter(world.space);
  // Only a worker that replaces another one is an update.
  const isInControl = () => ada.page.evaluate(() => !!navigator.serviceWorker.controller);
  await until("the first worker is in control", isInControl);
  other = await ada.openTab(world.space);
});

after(async () => {
  await world.close();
  rmSync(builds, { recursive: true, force: true });
});

/** A copy of the site in which every built file has a new name and new content. */
function build(name) {
  const site = join(builds, name);
  cpSync(SITE, site, { recursive: true });
  const pkg = join(site, "pkg");
  for (const file of readdirSync(pkg)) {
    const kind = /^rhizome\.[\w-]+\.(js|css|wasm)$/.exec(file)?.[1];
    const bytes = kind && readFileSync(join(pkg, file));
    rmSync(join(pkg, file));
    if (!kind) continue;
    // An empty custom section changes a WASM file without changing what it does.
    const more =
      kind === "wasm" ? Buffer.from([0, 5, 4, ...Buffer.from("next")]) : Buffer.from(`\n/* ${name} */\n`);
    const changed = Buffer.concat([bytes, more]);
    const path = join(pkg, `rhizome.${name}.${kind}`);
    writeFileSync(path, changed);
    const quickly = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
    writeFileSync(`${path}.br`, brotliCompressSync(changed, quickly));
    writeFileSync(`${path}.gz`, gzipSync(changed, { level: 1 }));
  }
  return site;
}

/** Stops the server, and starts it with a newer build. */
async function renew(name) {
  const site = build(name);
  await world.server.stop();
  world.server.site = site;
  await world.server.start();
}

/** The paths of the files that a page uses, and of those that its browser caches. */
const assets = (page) =>
  page.evaluate(async () => {
    const kept = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) kept.push(new URL(url).pathname);
    }
    const links = [
      ...document.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload], link[as=fetch]"),
    ];
    return {
      inPage: links.map((link) => link.getAttribute("href")).sort(),
      inCache: kept.filter((path) => path.startsWith("/pkg/")).sort(),
      loaded: performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    };
  });

const isOf = (name) => ["css", "js", "wasm"].map((kind) => `/pkg/rhizome.${name}.${kind}`);
/** The page becomes visible again, which is when it checks for a newer worker. */
const becomeVisible = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
const updateNotice = (page) => page.getByRole("status").filter({ hasText: "Update ready" });

test("a page of the previous build works with the newer server, and says that there is an update", async () => {
  assert.equal(await updateNotice(ada.page).count(), 0, "the first build is no update");
  await world.server.stop();
  await ada.connectionStatus.waitFor();
  await ada.say("Written between two builds");
  await ada.pending("Written between two builds").waitFor();
  await ada.waitUntilStored("Written between two builds", "outbox");
  await renew("second");
  await ben.message("Written between two builds").waitFor(RECONNECT_WAIT);
  await ada.waitForEmptyOutbox();
  await becomeVisible(ada.page);
  for (const { page } of [ada, other]) await updateNotice(page).waitFor();

  const { inPage, loaded } = await assets(ada.page);
  assert.ok(
    ![...inPage, ...loaded].some((path) => isOf("second").includes(path)),
    "the page still runs the old build",
  );
  await ben.say("To the old page");
  await ada.message("To the old page").waitFor();
  await ada.say("From the old page");
  await ben.message("From the old page").waitFor();
  await ada.page.getByRole("button", { name: "About this space" }).click();
  await ada.page.getByRole("button", { name: "Make an invite link" }).click();
  assert.match(await ada.page.getByLabel("Invite link").inputValue(), /\/invites\//);
  await ada.page.getByRole("button", { name: "Close" }).click();
  assert.equal(await updateNotice(ada.page).count(), 1);
});

test("Reload brings the new build, and a pending message is sent once", async () => {
  await ada.context.route(SENDS, (route) => route.abort());
  await ada.say("Written before the update");
  await ada.pending("Written before the update").waitFor();
  await ada.waitUntilStored("Written before the update", "outbox");

  const isReloaded = ada.page.waitForEvent("framenavigated");
  await updateNotice(ada.page).getByRole("button", { name: "Reload" }).click();
  await isReloaded;
  await ada.pending("Written before the update").waitFor();
  await until("only the new build is cached", async () => {
    const { inCache } = await assets(ada.page);
    return inCache.length === 3 && inCache.every((path) => isOf("second").includes(path));
  });
  const { inPage, loaded } = await assets(ada.page);
  assert.deepEqual(inPage, isOf("second"));
  for (const path of isOf("second")) assert.ok(loaded.includes(path), `${path} is in use`);
  assert.equal(await updateNotice(ada.page).count(), 0, "there is no newer build");

  await ada.context.unroute(SENDS);
  await ben.message("Written before the update").waitFor(RECONNECT_WAIT);
  await ada.waitForEmptyOutbox();
  // The tab in which nobody pressed Reload is unchanged, and receives every message.
  await ben.say("To both builds");
  for (const person of [ada, other]) await person.message("To both builds").waitFor();
  await other.say("From the tab of the old build");
  await ben.message("From the tab of the old build").waitFor();
  for (const text of ["Written between two builds", "From the old page", "Written before the update"]) {
    for (const person of [ben, ada, other])
      assert.equal(await person.countOf(text), 1, `${person.name}: ${text}`);
  }
  const isReloadedToo = other.page.waitForEvent("framenavigated");
  await updateNotice(other.page).getByRole("button", { name: "Reload" }).click();
  await isReloadedToo;
  await other.message("To both builds").waitFor();
  assert.equal(await updateNotice(other.page).count(), 0, "the new worker is in control already");
  await other.page.close();
});

test("the new build opens with no network too", async () => {
  await ada.waitUntilStored("To both builds");
  await ada.context.setOffline(true);
  await world.server.stop();
  await ada.openInNewTab(`/spaces/${world.space}`, { waitUntil: "commit" });
  await ada.message("To both builds").waitFor();
  const { inPage } = await assets(ada.page);
  assert.deepEqual(inPage, isOf("second"));
  await world.server.start();
  await ada.context.setOffline(false);
  await ada.connectionStatus.waitFor({ state: "hidden", ...RECONNECT_WAIT });
});

test("without a Reload the new build is used once all tabs were closed", async () => {
  await renew("third");
  await becomeVisible(ada.page);
  await updateNotice(ada.page).waitFor();
  await ada.context.route(SENDS, (route) => route.abort());
  await ada.say("Written on the last day of the second");
  await ada.waitUntilStored("Written on the last day of the second", "outbox");
  await ada.replaceTab();
  // The newer worker takes over a moment after the last tab was closed.
  await until("the older worker is gone", () => ada.context.serviceWorkers().length === 1);
  await ada.context.unroute(SENDS);
  await ada.enter(world.space);
  assert.deepEqual((await assets(ada.page)).inPage, isOf("third"));
  await until("only the third build is cached", async () => {
    const { inCache } = await assets(ada.page);
    return inCache.length === 3 && inCache.every((path) => isOf("third").includes(path));
  });
  await ben.message("Written on the last day of the second").waitFor(RECONNECT_WAIT);
  assert.equal(await ben.countOf("Written on the last day of the second"), 1);
});
