// The real server, on loopback, with its own data folder. It can be killed and restarted on the same
// port with the same data.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "..");
const START_MAX_MILLIS = 20_000;
const STOP_MAX_MILLIS = 30_000;

function program() {
  const built = ["release", "debug"].map((kind) => join(ROOT, "target", kind, "rhizome"));
  const found = [process.env.RHIZOME_BIN, ...built].find((path) => path && existsSync(path));
  if (!found) throw new Error("rhizome is not built; build it, or set RHIZOME_BIN");
  return resolve(found);
}

export class Server {
  port = 0;
  data = mkdtempSync(join(tmpdir(), "rhizome-end2end-"));
  /** A different folder of built files, from the next start on. */
  site = null;
  #child = null;
  #log = "";

  static async start() {
    const server = new Server();
    // The server and its data are removed however this process ends.
    process.on("exit", () => server.#sweep());
    await server.start();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, on its previous port if it had one. */
  async start() {
    const env = {
      ...process.env,
      RHIZOME_ADDR: `127.0.0.1:${this.port}`,
      RHIZOME_DATA: this.data,
      RHIZOME_LOG: process.env.RHIZOME_LOG ?? "warn",
      ...(this.site && { RHIZOME_SITE: this.site }),
    };
    const child = spawn(program(), { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.on("data", (bytes) => (this.#log += bytes));
    const killTimer = setTimeout(() => child.kill("SIGKILL"), START_MAX_MILLIS);
    for await (const line of createInterface(child.stdout)) {
      const port = /^Rhizome listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (!port) continue;
      clearTimeout(killTimer);
      this.port = Number(port);
      child.stdout.resume();
      return;
    }
    clearTimeout(killTimer);
    throw new Error(`the server did not start: ${this.#log}`);
  }

  /** Like a power cut: nothing is finished, nothing is flushed. */
  kill() {
    return this.#end("SIGKILL");
  }

  stop() {
    return this.#end("SIGTERM");
  }

  /** Declares that its data was restored from a backup. */
  renewEpochs() {
    execFileSync(program(), ["renew-epochs", "--data", this.data], { cwd: ROOT, stdio: "ignore" });
  }

  async remove() {
    await this.kill();
    this.#sweep();
  }

  async #end(signal) {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    const killTimer = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MILLIS);
    const [, by] = await gone;
    clearTimeout(killTimer);
    if (by !== null && by !== signal) throw new Error(`the server did not stop by ${signal}: ${this.#log}`);
  }

  #sweep() {
    this.#child?.kill("SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
  }
}
