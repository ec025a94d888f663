// A line that is slow is not one that is gone: long messages arrive, and the page says what it waits for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./assertions.mjs";
import { World } from "./world.mjs";

const LONG = "漢".repeat(20_000);
const BYTES_A_SECOND = 2_048;

const { world, ada } = await World.meet();

async function network(page, conditions) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  const free = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await devtools.send("Network.emulateNetworkConditions", { ...free, ...conditions });
}

test("a long message and what is behind it arrive over a slow line, and it is said that the line is slow", async () => {
  let requests = 0;
  ada.page.on("request", (request) => (requests += request.method() === "POST"));
  await network(ada.page, { uploadThroughput: BYTES_A_SECOND });
  await ada.say(LONG);
  await ada.say("hi");
  await ada.page.getByText("The connection is slow.").waitFor({ timeout: 10_000 });
  const texts = async () => (await ada.api.truth(world.space)).map(({ text }) => text);
  await until("both have arrived", async () => (await texts()).includes("hi"), { within: 120_000, every: 500 });
  assert.deepEqual(await texts(), [LONG, "hi"]);
  assert.equal(requests, 2, "nothing was given up and sent again");
  await ada.connectionStatus.waitFor({ state: "hidden" });
  await network(ada.page, {});
});

test("a message that gets no answer is said to wait within some seconds", async () => {
  await ada.page.route("**/intentions", () => {});
  await ada.say("Into the void");
  await ada.page.getByText("The connection is slow.").waitFor({ timeout: 10_000 });
  await ada.page.unroute("**/intentions");
});

test("no network is said at once", async () => {
  await ada.context.setOffline(true);
  await ada.page.getByText("Waiting for the network…").waitFor({ timeout: 2_000 });
  await ada.context.setOffline(false);
  await ada.connectionStatus.waitFor({ state: "hidden" });
});

test("one who has been reconnecting for half a minute can reload or sign in again", async () => {
  await ada.page.addInitScript(() => {
    const { now } = Date;
    window.slept = 0;
    Date.now = () => now() + window.slept;
  });
  await ada.api.send(world.space, "Said before");
  await ada.enter(world.space);
  await ada.page.route("**/api/**", (route) => route.abort());
  await ada.page.evaluate(() => {
    window.slept = 2_000;
    dispatchEvent(new Event("online"));
  });
  await ada.page.getByText("Reconnecting…").waitFor();
  await ada.page.evaluate(() => (window.slept = 40_000));
  await ada.page.getByText("Can't reach the server. Your messages are saved.").waitFor({ timeout: 15_000 });
  const signIn = ada.connectionStatus.getByRole("link", { name: "sign in again" });
  assert.equal(await signIn.getAttribute("href"), `/sign-in?next=/spaces/${world.space}`);
  await ada.page.unroute("**/api/**");
  await ada.connectionStatus.getByRole("link", { name: "Reload" }).click();
  await ada.connectionStatus.waitFor({ state: "hidden" });
  await ada.message("Said before").waitFor();
});
