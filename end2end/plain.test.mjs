// Where no script runs, every form works as a plain form.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PASSWORD, Person } from "./people.mjs";
import { World } from "./world.mjs";

const NO_SCRIPT = { javaScriptEnabled: false };

let world, ada;

before(async () => {
  world = await World.open();
});

after(() => world.close());

async function visitor(name) {
  const context = await world.browser.newContext(NO_SCRIPT);
  return new Person(name, world.server.url, context, await context.newPage());
}

const heading = (person) => person.page.getByRole("heading", { level: 1 }).innerText();

async function signIn({ page, id }, password) {
  await page.getByLabel("Handle").fill(id);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const create = async ({ page }, space) => {
  await page.getByLabel("New space").getByRole("textbox").fill(space);
  await page.getByRole("button", { name: "Create" }).click();
};

test("the first visit leads to the first account", async () => {
  ada = await visitor("Ada");
  await ada.page.goto(ada.url);
  assert.equal(new URL(ada.page.url()).pathname, "/sign-up");
  await ada.signUp();
  assert.equal(await heading(ada), "My spaces");
});

test("signing out leads to the door, and nothing is shown behind it", async () => {
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(new URL(ada.page.url()).pathname, "/sign-in");
  await ada.page.goto(ada.url);
  assert.equal(new URL(ada.page.url()).pathname, "/sign-in");
});

test("a wrong password is said to be wrong, and the handle need not be written again", async () => {
  await signIn(ada, "not my password");
  assert.equal(await ada.page.getByRole("alert").innerText(), "The handle or the password is wrong.");
  assert.equal(await ada.page.getByLabel("Handle").inputValue(), ada.id);
  assert.equal(await ada.page.getByLabel("Password").inputValue(), "");
});

test("the right one signs in", async () => {
  await signIn(ada, PASSWORD);
  assert.equal(await heading(ada), "My spaces");
});

test("a space is created, and its page shows what is said there", async () => {
  await create(ada, "Garden");
  assert.equal(await heading(ada), "Garden");
  ada.space = decodeURIComponent(new URL(ada.page.url()).pathname.split("/")[2]);
  await ada.page.getByText("Nothing has been said here yet.").waitFor();
  ada.api.cookie = await ada.cookie();
  for (let i = 1; i <= 60; i++) await ada.api.send(ada.space, `Line ${i} & <b>more</b>`);
  await ada.page.reload();
  assert.deepEqual(await ada.timeline(), (await ada.api.truth(ada.space)).slice(-50));
  await ada.message("Line 60 & <b>more</b>").waitFor();
  const isAtTheEnd = await ada.page.evaluate(
    () => Math.abs(document.querySelector("[aria-label=Messages]").scrollTop) < 1,
  );
  assert.ok(isAtTheEnd);
});

test("a name is changed", async () => {
  await ada.page.goto(ada.url);
  await ada.page.getByRole("textbox", { name: "Your name" }).fill("Ada Lovelace");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await ada.page.locator("header").getByText("Ada Lovelace").waitFor();
});

test("an invite link leads somebody new to an account and into the space", async () => {
  const { url } = await ada.api.ask("POST", `/spaces/${ada.space}/invites`);
  const ben = await visitor("Ben");
  await ben.page.goto(url);
  assert.equal(await heading(ben), "Join Garden");
  await ben.page.getByRole("link", { name: "Create an account" }).click();
  await ben.signUp();
  assert.equal(await heading(ben), "Garden");
  assert.equal((await ben.timeline()).length, 50);
});

test("an invite link lets somebody who is here already join, after signing in", async () => {
  const { url } = await ada.api.ask("POST", `/spaces/${ada.space}/invites`);
  const cyd = await visitor("Cyd");
  await cyd.page.goto(url);
  await cyd.page.getByRole("link", { name: "Create an account" }).click();
  await cyd.signUp();
  await cyd.page.goto(cyd.url);
  await create(cyd, "Orchard");
  const orchard = decodeURIComponent(new URL(cyd.page.url()).pathname.split("/")[2]);
  const invite = await cyd.api.ask("POST", `/spaces/${orchard}/invites`);

  await ada.page.goto(ada.url);
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  await ada.page.goto(invite.url);
  await ada.page.getByRole("link", { name: "Sign in" }).click();
  await signIn(ada, "not my password");
  await signIn(ada, PASSWORD);
  assert.equal(await heading(ada), "Join Orchard");
  await ada.page.getByRole("button", { name: "Join Orchard" }).click();
  assert.equal(await heading(ada), "Orchard");
  ada.api.cookie = await ada.cookie();
});

test("a handle that is taken is said to be taken, and what was written is kept", async () => {
  const { url } = await ada.api.ask("POST", `/spaces/${ada.space}/invites`);
  const other = await visitor("Ben");
  await other.page.goto(url);
  await other.page.getByRole("link", { name: "Create an account" }).click();
  await other.page.getByLabel("Your name").fill("Another Ben");
  await other.page.getByLabel("Handle").fill("ben");
  await other.page.getByLabel("Password").fill(PASSWORD);
  await other.page.getByRole("button", { name: "Create account" }).click();
  assert.equal(await other.page.getByRole("alert").innerText(), "This handle is taken. Try another.");
  assert.equal(await other.page.getByLabel("Your name").inputValue(), "Another Ben");
  await other.page.getByLabel("Handle").fill("benjamin");
  await other.page.getByLabel("Password").fill(PASSWORD);
  await other.page.getByRole("button", { name: "Create account" }).click();
  assert.equal(await heading(other), "Garden");
});
