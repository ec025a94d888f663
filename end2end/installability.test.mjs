// What makes it installable: the manifest, the service worker and its files, and the offer to install.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { until } from "./assertions.mjs";
import { WITH_SERVICE_WORKER, World } from "./world.mjs";

const { world, ada } = await World.meet({ Ada: WITH_SERVICE_WORKER });
let url, manifest;
url = world.server.url;
manifest = await (await fetch(`${url}/manifest.webmanifest`)).json();

const get = (path, headers = {}) => fetch(url + path, { headers, redirect: "manual" });
const page = async (path) => (await get(path, { cookie: ada.api.cookie })).text();
const sizeOf = async (path) => {
  const answer = await get(path);
  assert.equal(answer.status, 200, path);
  assert.equal(answer.headers.get("content-type"), "image/png", path);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n", `${path} is a PNG`);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
};
const worker = async () => (await get("/sw.js")).text();
const files = async () => JSON.parse(/FILES = (\[.*\]);/.exec(await worker())[1]);

describe("the manifest", () => {
  test("names the app, its start page and its scope", () => {
    const { id, name, short_name, start_url, scope, display, theme_color, background_color } = manifest;
    const due = { id: "/", start_url: "/", scope: "/", display: "standalone" };
    assert.deepEqual({ id, start_url, scope, display }, due);
    assert.ok(name && short_name.length <= 12, "the short name fits below an icon");
    for (const colour of [theme_color, background_color]) assert.match(colour, /^#[0-9a-f]{6}$/);
  });

  test("is linked from every page, with the right content type", async () => {
    const answer = await get("/manifest.webmanifest");
    assert.equal(answer.headers.get("content-type"), "application/manifest+json");
    for (const path of ["/", `/spaces/${world.space}`, "/sign-in", "/shell"]) {
      assert.match(await page(path), /<link rel="manifest" href="\/manifest.webmanifest"/, path);
    }
  });

  test("has icons of 192 and 512 pixels and a maskable one, of the declared sizes", async () => {
    const has = (size, purpose) =>
      manifest.icons.some(
        (icon) => icon.sizes === size && (icon.purpose ?? "any").split(" ").includes(purpose),
      );
    assert.ok(has("192x192", "any"));
    assert.ok(has("512x512", "any"));
    assert.ok(has("512x512", "maskable"));
    for (const { src, sizes, type } of manifest.icons) {
      assert.equal(type, "image/png");
      assert.equal((await sizeOf(src)).join("x"), sizes, src);
    }
  });

  test("has a wide and a narrow screenshot, of the declared sizes", async () => {
    const { screenshots = [] } = manifest;
    assert.deepEqual(Object.fromEntries(screenshots.map(({ form_factor, src }) => [form_factor, src])), {
      wide: "/screenshot-wide.png",
      narrow: "/screenshot-narrow.png",
    });
    for (const { src, sizes, type, form_factor, label } of screenshots) {
      assert.equal(type, "image/png");
      assert.ok(label, `${src} is described`);
      const [width, height] = await sizeOf(src);
      assert.equal(`${width}x${height}`, sizes, src);
      assert.equal(width > height, form_factor === "wide", `${src} is ${form_factor}`);
      // The browser ignores screenshots outside these limits.
      const [short, long] = [width, height].sort((a, b) => a - b);
      assert.ok(short >= 320 && long <= 3840 && long <= 2.3 * short, `${src}: ${sizes}`);
    }
  });
});

describe("the service worker", () => {
  test("is a script that is always revalidated, and its scope is the whole site", async () => {
    const answer = await get("/sw.js");
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /^text\/javascript/);
    assert.equal(answer.headers.get("cache-control"), "no-cache");
    await ada.waitUntilOfflineReady();
    const registered = await ada.page.evaluate(async () => {
      const { scope, active } = await navigator.serviceWorker.ready;
      return { scope, script: active.scriptURL };
    });
    assert.deepEqual(registered, { scope: `${url}/`, script: `${url}/sw.js` });
  });

  test("caches files that exist, among them all that its pages need", async () => {
    const kept = await files();
    assert.equal(new Set(kept).size, kept.length);
    for (const path of kept) assert.equal((await get(path)).status, 200, path);
    const shell = await page("/shell");
    // Icons and the manifest matter at installation, which needs a network anyway.
    const runs =
      /<link rel="(?:stylesheet|modulepreload|preload)" href="(\/[^"]*)"|<script[^>]* src="(\/[^"]*)"/g;
    const needed = [...shell.matchAll(runs)].map(([, link, script]) => link ?? script);
    assert.equal(needed.length, 4, `${needed}`);
    for (const path of needed) assert.ok(kept.includes(path), `${path} is cached`);
    assert.doesNotMatch(shell, /Ada|Garden/, "the shell contains nothing personal");
  });
});

test("the built files are immutable, compressed, and have their content type", async () => {
  const pkg = (await files()).filter((path) => path.startsWith("/pkg/"));
  const kinds = { js: /^text\/javascript/, wasm: /^application\/wasm$/, css: /^text\/css/ };
  assert.deepEqual(pkg.map((path) => path.split(".").at(-1)).sort(), Object.keys(kinds).sort());
  for (const path of pkg) {
    for (const [encodings, encoding] of Object.entries({
      "gzip, deflate, br": "br",
      gzip: "gzip",
      identity: null,
    })) {
      const answer = await get(path, { "accept-encoding": encodings });
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers.get("content-encoding"), encoding, path);
      assert.match(answer.headers.get("content-type"), kinds[path.split(".").at(-1)], path);
      assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable", path);
      await answer.arrayBuffer();
    }
  }
  const absent = await get("/pkg/rhizome.absent.js");
  assert.equal(absent.status, 404);
  assert.doesNotMatch(
    absent.headers.get("cache-control") ?? "",
    /immutable/,
    "a missing file may exist later",
  );
});

test("the page of a space preloads its script and WASM", async () => {
  const pkg = (await files()).filter((path) => path.startsWith("/pkg/"));
  const [js, wasm, css] = ["js", "wasm", "css"].map((kind) => pkg.find((path) => path.endsWith(`.${kind}`)));
  const html = await page(`/spaces/${world.space}`);
  const head = html.slice(0, html.indexOf("</head>"));
  const links = [...head.matchAll(/<link ([^>]*)>/g)].map(([, words]) => words);
  const has = (...words) => links.some((link) => words.every((word) => link.includes(word)));
  assert.ok(has('rel="modulepreload"', js));
  assert.ok(has('rel="preload"', wasm, 'as="fetch"', 'type="application/wasm"', "crossorigin"));
  assert.ok(has('rel="stylesheet"', css));
  // A preload that does not match its use is fetched twice, and the browser warns of it.
  const fetched = [];
  const warned = [];
  ada.page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  ada.page.on("console", (message) => /preload/.test(message.text()) && warned.push(message.text()));
  await ada.enter(world.space);
  assert.equal(fetched.filter((path) => path === wasm).length, 1, "once");
  assert.deepEqual(warned, []);
});

test("every page suits a phone: a home screen icon, the full screen, and theme colours", async () => {
  for (const path of ["/", `/spaces/${world.space}`, "/sign-in", "/help", "/shell"]) {
    const html = await page(path);
    const icon = /<link rel="apple-touch-icon" href="([^"]*)"/.exec(html)?.[1];
    assert.ok(icon, `${path} has an icon`);
    const [width, height] = await sizeOf(icon);
    assert.ok(width === height && width >= 180, `${width}x${height}`);
    assert.match(html, /<meta name="viewport" content="[^"]*\bviewport-fit=cover\b/, path);
    for (const scheme of ["light", "dark"]) {
      const media = `\\(prefers-color-scheme: ${scheme}\\)`;
      assert.match(
        html,
        new RegExp(`<meta name="theme-color" content="#[0-9a-f]{6}" media="${media}"`),
        path,
      );
    }
  }
});

test("the browser finds the app installable", async () => {
  await ada.page.goto(url);
  await ada.waitUntilOfflineReady();
  const cdp = await ada.context.newCDPSession(ada.page);
  const { errors, url: found } = await cdp.send("Page.getAppManifest");
  assert.equal(found, `${url}/manifest.webmanifest`);
  assert.deepEqual(errors, []);
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  // These tests run in incognito windows, in which nothing can be installed.
  const others = installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito");
  assert.deepEqual(others, []);
});

describe("the offer to install", () => {
  const offer = () => ada.page.locator("#install");
  const button = () => ada.page.getByRole("button", { name: "Install on this device" });
  const byHand = () => ada.page.getByText("Add to Home Screen");

  async function openHome(given) {
    await ada.replaceTab();
    if (given) await ada.page.addInitScript(given);
    await ada.page.goto(url);
    const isRegistered = async () => !!(await navigator.serviceWorker.getRegistration());
    await until("the service worker is registered", () => ada.page.evaluate(isRegistered));
  }

  const canInstall = () =>
    ada.page.evaluate(() => {
      window.prompted = 0;
      const event = new Event("beforeinstallprompt", { cancelable: true });
      event.prompt = () => window.prompted++;
      dispatchEvent(event);
      return event.defaultPrevented;
    });

  test("is not made where the browser cannot install", async () => {
    await openHome();
    assert.equal(await offer().count(), 1);
    for (const part of [offer(), button(), byHand()]) assert.ok(!(await part.isVisible()));
  });

  test("is made where the browser can install, prompts it, and disappears once installed", async () => {
    await openHome();
    await until("the app handles the event", canInstall);
    await button().waitFor();
    assert.ok(!(await byHand().isVisible()));
    await button().click();
    assert.equal(await ada.page.evaluate(() => window.prompted), 1);
    await ada.page.evaluate(() => dispatchEvent(new Event("appinstalled")));
    await offer().waitFor({ state: "hidden" });
  });

  test("is explained where installing is manual, as on iOS", async () => {
    await openHome(() => Object.defineProperty(Navigator.prototype, "standalone", { value: false }));
    await byHand().waitFor();
    assert.ok(!(await button().isVisible()));
  });

  test("is not made if the app is installed", async () => {
    await openHome(() => Object.defineProperty(Navigator.prototype, "standalone", { value: true }));
    await canInstall();
    assert.ok(!(await offer().isVisible()));
  });
});
