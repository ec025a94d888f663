// A device that several people use keeps, shows and sends nothing of one person for another.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RECONNECT_WAIT, until } from "./assertions.mjs";
import { SENDS } from "./api.mjs";
import { writeStore } from "./device_storage.mjs";
import {
  INERT_PAGE,
  bodyText,
  endOutage,
  impersonateServer,
  openOffline,
  spaceLink,
  startOutage,
} from "./outage.mjs";
import { PASSWORD } from "./people.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, ada, ben, eve } = await World.meet({ Ada: WITH_SERVICE_WORKER, Ben: {}, Eve: {} });
await ada.waitUntilOfflineReady();

describe("a device that several people use", () => {
  async function signIn(page, who) {
    await page.goto(`${ada.url}/sign-in`);
    await page.getByLabel("Handle").fill(who.id);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${ada.url}/`);
  }

  /** Clicks "Sign out" and answers the dialogs; returns their messages. */
  async function signOut(...answers) {
    const said = [];
    const answer = (dialog) => {
      said.push(dialog.message());
      return answers.shift() ? dialog.accept() : dialog.dismiss();
    };
    ada.page.on("dialog", answer);
    await ada.page.getByRole("button", { name: "Sign out" }).click();
    return {
      said,
      isSaid: (words) => until(`a dialog says ${words}`, () => said.some((sentence) => words.test(sentence))),
      done: () => ada.page.off("dialog", answer),
    };
  }

  /** The keys of everything that the device stores. */
  async function kept() {
    const keys = async (name) => Object.keys(await ada.stored(name));
    return { visits: await keys("visits"), outbox: await keys("outbox"), drafts: await keys("drafts") };
  }

  /** Writes a message that is not sent. */
  async function writeUnsent(text) {
    await ada.context.route(SENDS, (route) => route.abort());
    await ada.enter(world.space);
    await ada.say(text);
    await ada.waitUntilStored(text, "outbox");
  }

  test("shows nothing of the previous person to the next one who signs in", async () => {
    const attic = await ada.api.request("POST", "/spaces", { name: "Attic" });
    await ada.enter(attic.id);
    await ada.say("Between me and the moths");
    await ada.waitUntilStored("Between me and the moths");
    await writeUnsent("Ada's own, not sent");
    await ada.waitUntilStored("Garden");
    await ada.openInNewTab(INERT_PAGE);
    // The session ends on the server, and the device is not told.
    await ada.api.request("DELETE", "/session");

    await signIn(ada.page, eve);
    await ada.waitForStoredCount(0, "visits");
    await startOutage(world, ada);
    for (const path of ["/", `/spaces/${attic.id}`, `/spaces/${world.space}`]) {
      await openOffline(ada, path);
      await ada.page.getByText("no space is kept on this device").waitFor();
      assert.doesNotMatch(await bodyText(ada), /Ada|Attic|Garden/);
    }
    await openOffline(ada, INERT_PAGE);
    await endOutage(world, ada);

    await ada.openInNewTab(`/spaces/${world.space}`);
    await ada.waitUntilStored("Garden");
    const kept = Object.keys(await ada.stored("visits")).filter((key) => key !== `${eve.id} inbox`);
    assert.deepEqual(kept, [`${eve.id} ${world.space} `]);
    await startOutage(world, ada);
    await openOffline(ada, `/spaces/${world.space}`);
    await ada.composer.waitFor();
    assert.equal(await ada.pending().count(), 0, "Ada's message is not shown to Eve");
    assert.doesNotMatch(await ada.page.content(), /Ada's own|Attic/);
    await openOffline(ada, "/");
    await spaceLink(ada, "Garden").waitFor();
    assert.equal(await spaceLink(ada, "Attic").count(), 0);
    await endOutage(world, ada);

    await ada.context.unroute(SENDS);
    await signIn(ada.page, ada);
    ada.api.cookie = await ada.cookie();
    await ada.enter(world.space);
    await ben.message("Ada's own, not sent").waitFor(RECONNECT_WAIT);
    assert.equal(await ben.message("Ada's own, not sent").getAttribute("data-owner"), ada.id);
  });

  test("stores nothing from a tab of the previous person after another has signed in", async () => {
    await ada.enter(world.space);
    const old = ada.page;
    ada.page = await ada.context.newPage();
    await signIn(ada.page, eve);
    await ada.page.goto("about:blank");
    await ben.say("Said when Eve was here");
    const said = old.locator("article.message").filter({ hasText: "Said when Eve was here" });
    await said
      .or(old.getByText(/You are signed out|Sign in/))
      .first()
      .waitFor();
    // Storing it would take at most this long.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await old.close();
    await startOutage(world, ada);
    await openOffline(ada, "/");
    const shown = ada.page.getByText("no space is kept on this device").or(spaceLink(ada, "Garden"));
    await shown.first().waitFor();
    const words = await bodyText(ada);
    await openOffline(ada, INERT_PAGE);
    await endOutage(world, ada);
    await signIn(ada.page, ada);
    ada.api.cookie = await ada.cookie();
    assert.doesNotMatch(words, /Garden/, "Ada's spaces are not shown to Eve");
  });

  test("asks before a sign-out discards unsent messages, and a refusal discards nothing", async () => {
    await writeUnsent("Unsent words");
    await ada.composer.fill("A draft of mine");
    await ada.waitUntilStored("A draft of mine", "drafts");
    await ada.waitUntilStored("Garden");
    await ada.page.goto(ada.url);
    const dialog = await signOut(false);
    await dialog.isSaid(/One message is not sent yet/);
    dialog.done();
    assert.equal(ada.page.url(), `${ada.url}/`);
    await ada.waitUntilStored("Unsent words", "outbox");
    await ada.page.reload();
    await ada.page.getByText(ada.id).waitFor();
    await ada.enter(world.space);
    await ada.pending("Unsent words").waitFor();
  });

  test("reports a sign-out that does not reach the server, and discards nothing", async () => {
    await ada.page.goto(ada.url);
    await world.server.stop();
    const failures = [undefined, (_, answer) => answer.writeHead(502).end("Bad gateway")];
    for (const failure of failures) {
      const end = failure && (await impersonateServer(world, failure));
      const dialog = await signOut(true, true);
      await dialog.isSaid(/server cannot be reached, so you are still signed in/);
      dialog.done();
      assert.equal(ada.page.url(), `${ada.url}/`);
      await ada.waitUntilStored("Unsent words", "outbox");
      await ada.waitUntilStored("A draft of mine", "drafts");
      await ada.waitUntilStored("Garden");
      await end?.();
    }
    await world.server.start();
    await ada.page.reload();
    await ada.page.getByText(ada.id).waitFor();
  });

  test("stores nothing of a person who has signed out, and removes the app too", async (t) => {
    const signInPage = "**/sign-in";
    t.after(() => ada.context.unroute(signInPage));
    // The real sign-in page starts the next session, and stores the app again.
    const empty = { contentType: "text/html", body: "<!DOCTYPE html><title>Sign in</title>" };
    await ada.context.route(signInPage, (route) => route.fulfill(empty));
    const theirs = `${eve.id} ${world.space} 000000000000001 018f0000-0000-7000-8000-000000000001`;
    await writeStore(ada.page, "outbox", theirs, "{}");
    await ada.page.goto(ada.url);
    const dialog = await signOut(true);
    await ada.page.waitForURL("**/sign-in");
    dialog.done();
    assert.match(dialog.said[0], /One message is not sent yet/, "only Ada's own message counts");
    const held = () =>
      ada.page.evaluate(async () => ({
        caches: await caches.keys(),
        workers: (await navigator.serviceWorker.getRegistrations()).length,
        texts: localStorage.length + sessionStorage.length,
      }));
    await until("the service worker is unregistered", async () => (await held()).workers === 0);
    assert.deepEqual(await held(), { caches: [], workers: 0, texts: 0 });
    assert.deepEqual(await ada.page.evaluate(() => indexedDB.databases().then((all) => all.length)), 1);
    assert.deepEqual(await kept(), { visits: [], outbox: [theirs], drafts: [] }, "Eve's message stays");
    assert.deepEqual(await ada.context.cookies(), []);
    await ada.context.unroute(SENDS);
  });

  test("shows nothing of a person who has signed out when it is opened with no network", async () => {
    await ada.page.goto(`${ada.url}/sign-in`);
    await ada.waitUntilOfflineReady();
    await startOutage(world, ada);
    for (const path of ["/", `/spaces/${world.space}`]) {
      await openOffline(ada, path);
      await ada.page.getByText("no space is kept on this device").waitFor();
      assert.doesNotMatch(await bodyText(ada), /Ada|Garden|words/);
    }
    await openOffline(ada, INERT_PAGE);
    await endOutage(world, ada);
    await signIn(ada.page, ada);
    ada.api.cookie = await ada.cookie();
    await ada.enter(world.space);
    assert.equal(await ada.pending().count(), 0, "a discarded message does not return");
    assert.equal(await ada.composer.inputValue(), "");
    assert.equal(await ben.countOf("Unsent words"), 0);
  });

  test("stores nothing from a tab that stays open after a sign-out", async () => {
    await writeUnsent("Unsent in another tab");
    const open = ada.page;
    ada.page = await ada.context.newPage();
    await ada.page.goto(ada.url);
    await ben.say("The last that Ada hears");
    await open.locator("article.message").filter({ hasText: "The last that Ada hears" }).waitFor();
    const dialog = await signOut(true);
    await ada.page.waitForURL("**/sign-in");
    dialog.done();
    await open.getByText("You are signed out").waitFor();
    // Storing it would take at most this long.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const theirs = (await kept()).outbox.filter((key) => key.startsWith(eve.id));
    assert.deepEqual(await kept(), { visits: [], outbox: theirs, drafts: [] });
    await ada.context.unroute(SENDS);
    await open.close();
  });
});
