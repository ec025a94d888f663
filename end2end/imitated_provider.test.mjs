// An AI being whose provider is somebody else's imitation of OpenAI's API: neither side was written for the
// other, unlike the scripted provider of the other tests.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";

import { LLMock } from "@copilotkit/aimock";

import { Api } from "./api.mjs";
import { until } from "./assertions.mjs";
import { createBeing } from "./provider.mjs";
import { Server } from "./server.mjs";

const KEY = "sk-imitated";
const WORDS = "The sky 🌤 is **blue**, and the paper is not.";

const server = await Server.start();
const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 3, auth: { apiKeys: [KEY] } });
await mock.start();
after(async () => {
  await mock.stop();
  await server.remove();
});

const account = { handle: "ada", name: "Ada", password: "a long enough password" };
const signedUp = await fetch(`${server.url}/api/accounts`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(account),
});
const api = new Api(server.url, signedUp.headers.get("set-cookie").split(";")[0]);
const space = (await api.request("POST", "/spaces", { name: "Garden" })).id;
const provider = { baseUrl: `${mock.url}/v1`, key: KEY };
const sage = await createBeing({ api }, space, "Sage", provider);

// Questions that follow each other are one turn: it would find the word of an earlier one.
beforeEach(() => mock.clearFixtures());

/** Asks, and returns the answer once it has ended. */
async function answerTo(question) {
  const { messageId } = await api.send(space, `${sage} ${question}`);
  let answer;
  await until(`"${question}" is answered`, async () => {
    const { intentions } = await api.request("GET", `/spaces/${space}/intentions`);
    answer = intentions.find(({ replyTo }) => replyTo === messageId);
    return answer?.state !== "active";
  });
  return answer;
}

test("it answers, in pieces that cut characters", async () => {
  mock.onMessage("colour", { content: WORDS });
  const answer = await answerTo("Which colour has the sky?");
  assert.deepEqual([answer.content, answer.reason], [WORDS, undefined]);
  const { body } = mock.getLastRequest();
  assert.equal(body.stream, true);
  assert.equal(body.messages[0].role, "system");
  assert.match(body.messages.at(-1).content, /Which colour has the sky\?$/);
});

test("what it thinks is no part of its answer", async () => {
  mock.onMessage("think", { content: "Forty-two.", reasoning: "Let me ask @ada about it." });
  assert.equal((await answerTo("What do you think?")).content, "Forty-two.");
});

test("an answer that breaks off says so, and keeps what came", async () => {
  mock.on({ userMessage: "break" }, { content: WORDS }, { truncateAfterChunks: 5, latency: 20 });
  const answer = await answerTo("Do you break off?");
  assert.deepEqual([answer.state, answer.reason], ["failed", "cut-off"]);
  assert.ok(answer.content && WORDS.startsWith(answer.content), answer.content);
});

test("its own words about a failure reach who may change the being", async () => {
  const error = { message: "The model is on holiday.", type: "invalid_request_error" };
  mock.onMessage("refuse", { error, status: 400 });
  const answer = await answerTo("Do you refuse?");
  assert.deepEqual([answer.state, answer.reason], ["failed", "misconfigured"]);
  const { detail } = await api.request("GET", `/spaces/${space}/intentions/${answer.messageId}/failure`);
  assert.match(detail, /The model is on holiday\./);
});

test("a wrong key is named as what it is", async () => {
  mock.onMessage("colour", { content: WORDS });
  await api.request("PUT", "/providers/scripted", { baseUrl: provider.baseUrl, key: "sk-wrong" });
  assert.equal((await answerTo("Which colour now?")).reason, "unauthorized");
  await api.request("PUT", "/providers/scripted", provider);
});

test("its models are listed", async () => {
  const models = await api.request("GET", "/providers/scripted/models");
  assert.ok(models.length > 0 && models.every(({ id }) => id), JSON.stringify(models));
});
