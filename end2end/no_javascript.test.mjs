// Without JavaScript every form works as a plain HTML form.

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

test("signing out leads to the sign-in page, and nothing is shown without signing in", async () => {
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(new URL(ada.page.url()).pathname, "/sign-in");
  await ada.page.goto(ada.url);
  assert.equal(new URL(ada.page.url()).pathname, "/sign-in");
});

test("a wrong password is reported, and the handle is kept", async () => {
  await signIn(ada, "not my password");
  assert.equal(await ada.page.getByRole("alert").innerText(), "The handle or the password is wrong.");
  assert.equal(await ada.page.getByLabel("Handle").inputValue(), ada.id);
  assert.equal(await ada.page.getByLabel("Password").inputValue(), "");
});

test("the right password signs in", async () => {
  await signIn(ada, PASSWORD);
  assert.equal(await heading(ada), "My spaces");
});

test("a space is created, and its page shows its messages", async () => {
  await create(ada, "Garden");
  assert.equal(await heading(ada), "Garden");
  ada.space = decodeURIComponent(new URL(ada.page.url()).pathname.split("/")[2]);
  await ada.page.getByText("There are no messages yet.").waitFor();
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

test("a message is sent by a form, once, and shown", async () => {
  const before = (await ada.api.truth(ada.space)).length;
  const send = async (text) => {
    await ada.composer.fill(text);
    await ada.page.getByRole("button", { name: "Send" }).click();
  };
  await send("Without a script,\nin two lines & <b>plain</b>");
  await ada.message("Without a script").waitFor();
  assert.equal(new URL(ada.page.url()).pathname, `/spaces/${ada.space}`);
  const [last] = (await ada.api.truth(ada.space)).slice(-1);
  assert.equal(last.text, "Without a script,\nin two lines & <b>plain</b>");
  assert.equal(await ada.composer.inputValue(), "");
  // A reload asks for the page, and does not send again.
  await ada.page.reload();
  assert.equal((await ada.api.truth(ada.space)).length, before + 1);
});

test("what cannot be sent stays in the form, with the reason", async () => {
  const long = `${"<b>".repeat(6667)}\n&amp;`;
  await ada.composer.fill(long);
  await ada.page.getByRole("button", { name: "Send" }).click();
  const problem = ada.page.getByRole("alert");
  assert.equal(await problem.innerText(), "The message has more than 20000 characters.");
  assert.equal(await ada.composer.inputValue(), long);
  await ada.composer.fill("Shorter");
  await ada.page.getByRole("button", { name: "Send" }).click();
  await ada.message("Shorter").waitFor();
});

test("earlier messages are read page by page", async () => {
  const { page } = ada;
  await page.getByRole("link", { name: "Earlier messages" }).click();
  await page.getByRole("heading", { name: "Earlier messages" }).waitFor();
  const all = (await ada.api.truth(ada.space)).slice(0, -50);
  assert.deepEqual(
    (await ada.timeline()).map(({ id, text }) => [id, text]),
    all.map(({ id, text }) => [id, text]),
  );
  await page.getByRole("link", { name: "← Garden" }).click();
  assert.equal(await heading(ada), "Garden");
});

test("a space shows nothing that needs a script", async () => {
  const { page } = ada;
  assert.equal(await ada.composer.count(), 1);
  assert.equal(await page.getByRole("button", { name: "Send" }).count(), 1);
  for (const name of ["Edit", "Delete", "About this space", "Show earlier messages"]) {
    assert.equal(await page.getByRole("button", { name }).count(), 0, name);
  }
  assert.match(await page.locator(".composer .hint").innerText(), /^Without JavaScript, new messages show after a reload/);
});

test("a name is changed", async () => {
  await ada.page.goto(ada.url);
  await ada.page.getByRole("textbox", { name: "Your name" }).fill("Ada Lovelace");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await ada.page.locator("header").getByText("Ada Lovelace").waitFor();
});

test("an invite link leads a new person to an account and into the space", async () => {
  const { url } = await ada.api.request("POST", `/spaces/${ada.space}/invites`);
  const ben = await visitor("Ben");
  await ben.page.goto(url);
  assert.equal(await heading(ben), "Join Garden");
  await ben.page.getByRole("link", { name: "Create an account" }).click();
  await ben.signUp();
  assert.equal(await heading(ben), "Garden");
  assert.equal((await ben.timeline()).length, 50);
});

test("an invite link lets a person with an account join after signing in", async () => {
  const { url } = await ada.api.request("POST", `/spaces/${ada.space}/invites`);
  const cyd = await visitor("Cyd");
  await cyd.page.goto(url);
  await cyd.page.getByRole("link", { name: "Create an account" }).click();
  await cyd.signUp();
  await cyd.page.goto(cyd.url);
  await create(cyd, "Orchard");
  const orchard = decodeURIComponent(new URL(cyd.page.url()).pathname.split("/")[2]);
  const invite = await cyd.api.request("POST", `/spaces/${orchard}/invites`);

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

test("a taken handle is reported, and the form keeps its other fields", async () => {
  const { url } = await ada.api.request("POST", `/spaces/${ada.space}/invites`);
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
