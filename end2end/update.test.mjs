// The server gets a newer build while pages of the one before are open, and something waits to be sent.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { until } from "./agree.mjs";
import { SENDS } from "./api.mjs";
import { WITH_WORKER, World } from "./world.mjs";

const SITE = process.env.RHIZOME_SITE ?? resolve(import.meta.dirname, "../target/site");
const BACK = { timeout: 45_000 };

let world, ada, other, ben, builds;

before(async () => {
  builds = mkdtempSync(join(tmpdir(), "rhizome-builds-"));
  world = await World.open();
  ada = await world.found("Garden", "Ada", WITH_WORKER);
  ben = await world.invite(ada, "Ben");
  await ada.enter(world.space);
  // Only what replaces another worker is an update.
  const isInCharge = () => ada.page.evaluate(() => !!navigator.serviceWorker.controller);
  await until("the first worker is in charge", isInCharge);
  other = await ada.openTab(world.space);
});

after(async () => {
  await world.close();
  rmSync(builds, { recursive: true, force: true });
});

/** A copy of the site in which every file has another name and is another, and none is of before. */
function build(name) {
  const site = join(builds, name);
  cpSync(SITE, site, { recursive: true });
  const pkg = join(site, "pkg");
  for (const file of readdirSync(pkg)) {
    const kind = /^rhizome\.[\w-]+\.(js|css|wasm)$/.exec(file)?.[1];
    const bytes = kind && readFileSync(join(pkg, file));
    rmSync(join(pkg, file));
    if (!kind) continue;
    // An empty custom section is a change to a WASM that changes nothing.
    const more = kind === "wasm" ? Buffer.from([0, 5, 4, ...Buffer.from("next")]) : Buffer.from(`\n/* ${name} */\n`);
    const changed = Buffer.concat([bytes, more]);
    const path = join(pkg, `rhizome.${name}.${kind}`);
    writeFileSync(path, changed);
    const quickly = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
    writeFileSync(`${path}.br`, brotliCompressSync(changed, quickly));
    writeFileSync(`${path}.gz`, gzipSync(changed, { level: 1 }));
  }
  return site;
}

/** The server is stopped, and a newer one is started. */
async function renew(name) {
  const site = build(name);
  await world.server.stop();
  world.server.site = site;
  await world.server.start();
}

/** The names of what a page runs, and of what its browser keeps. */
const assets = (page) =>
  page.evaluate(async () => {
    const kept = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) kept.push(new URL(url).pathname);
    }
    const links = [...document.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload], link[as=fetch]")];
    return {
      inPage: links.map((link) => link.getAttribute("href")).sort(),
      inCache: kept.filter((path) => path.startsWith("/pkg/")).sort(),
      loaded: performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    };
  });

const isOf = (name) => ["css", "js", "wasm"].map((kind) => `/pkg/rhizome.${name}.${kind}`);
/** The page is looked at again, which is when it asks for a newer worker. */
const lookAt = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
const sign = (page) => page.getByRole("status").filter({ hasText: "Update ready" });

test("the page of the build before goes on with the newer server, and says that there is an update", async () => {
  assert.equal(await sign(ada.page).count(), 0, "the first build is no update");
  await world.server.stop();
  await ada.sign.waitFor();
  await ada.say("Written between two builds");
  await ada.pending("Written between two builds").waitFor();
  await ada.isKept("Written between two builds", "outbox");
  await renew("second");
  await ben.message("Written between two builds").waitFor(BACK);
  await ada.outboxIsEmpty();
  await lookAt(ada.page);
  for (const { page } of [ada, other]) await sign(page).waitFor();

  const { inPage, loaded } = await assets(ada.page);
  assert.ok(![...inPage, ...loaded].some((path) => isOf("second").includes(path)), "it is still the old one");
  await ben.say("To the old page");
  await ada.message("To the old page").waitFor();
  await ada.say("From the old page");
  await ben.message("From the old page").waitFor();
  await ada.page.getByRole("button", { name: "About this space" }).click();
  await ada.page.getByRole("button", { name: "Make an invite link" }).click();
  assert.match(await ada.page.getByLabel("Invite link").inputValue(), /\/invites\//);
  await ada.page.getByRole("button", { name: "Close" }).click();
  assert.equal(await sign(ada.page).count(), 1);
});

test("a press on Reload brings the new build, and what waits is sent once", async () => {
  await ada.context.route(SENDS, (route) => route.abort());
  await ada.say("Written before the update");
  await ada.pending("Written before the update").waitFor();
  await ada.isKept("Written before the update", "outbox");

  const isReloaded = ada.page.waitForEvent("framenavigated");
  await sign(ada.page).getByRole("button", { name: "Reload" }).click();
  await isReloaded;
  await ada.pending("Written before the update").waitFor();
  await until("only the new build is kept", async () => {
    const { inCache } = await assets(ada.page);
    return inCache.length === 3 && inCache.every((path) => isOf("second").includes(path));
  });
  const { inPage, loaded } = await assets(ada.page);
  assert.deepEqual(inPage, isOf("second"));
  for (const path of isOf("second")) assert.ok(loaded.includes(path), `${path} is in use`);
  assert.equal(await sign(ada.page).count(), 0, "there is no newer one");

  await ada.context.unroute(SENDS);
  await ben.message("Written before the update").waitFor(BACK);
  await ada.outboxIsEmpty();
  // The tab in which nobody pressed anything yet is as it was, and hears all.
  await ben.say("To both builds");
  for (const person of [ada, other]) await person.message("To both builds").waitFor();
  await other.say("From the tab of the old build");
  await ben.message("From the tab of the old build").waitFor();
  for (const text of ["Written between two builds", "From the old page", "Written before the update"]) {
    for (const person of [ben, ada, other]) assert.equal(await person.countOf(text), 1, `${person.name}: ${text}`);
  }
  const isReloadedToo = other.page.waitForEvent("framenavigated");
  await sign(other.page).getByRole("button", { name: "Reload" }).click();
  await isReloadedToo;
  await other.message("To both builds").waitFor();
  assert.equal(await sign(other.page).count(), 0, "the new worker is in charge already");
  await other.page.close();
});

test("the new build opens with no network, too", async () => {
  await ada.isKept("To both builds");
  await ada.context.setOffline(true);
  await world.server.stop();
  await ada.dieAndOpen(`/spaces/${world.space}`, { waitUntil: "commit" });
  await ada.message("To both builds").waitFor();
  const { inPage } = await assets(ada.page);
  assert.deepEqual(inPage, isOf("second"));
  await world.server.start();
  await ada.context.setOffline(false);
  await ada.sign.waitFor({ state: "hidden", ...BACK });
});

test("who never presses Reload has the new build once all tabs were closed", async () => {
  await renew("third");
  await lookAt(ada.page);
  await sign(ada.page).waitFor();
  await ada.context.route(SENDS, (route) => route.abort());
  await ada.say("Written on the last day of the second");
  await ada.isKept("Written on the last day of the second", "outbox");
  await ada.die();
  // A browser lets the newer worker take over a moment after the last tab was closed.
  await until("the older worker is gone", () => ada.context.serviceWorkers().length === 1);
  await ada.context.unroute(SENDS);
  await ada.enter(world.space);
  assert.deepEqual((await assets(ada.page)).inPage, isOf("third"));
  await until("only the third is kept", async () => {
    const { inCache } = await assets(ada.page);
    return inCache.length === 3 && inCache.every((path) => isOf("third").includes(path));
  });
  await ben.message("Written on the last day of the second").waitFor(BACK);
  assert.equal(await ben.countOf("Written on the last day of the second"), 1);
});
