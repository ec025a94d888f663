// The real program, on loopback, with a data folder of its own. It can be killed and started again
// on the same port and the same data.

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
  /** Another folder of built files than its own, from the next start on. */
  site = null;
  #child = null;
  #log = "";

  static async start() {
    const server = new Server();
    // Whatever ends this process takes the server and its data along.
    process.on("exit", () => server.#sweep());
    await server.start();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, on the port it had before if it had one. */
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
    const patience = setTimeout(() => child.kill("SIGKILL"), START_MAX_MILLIS);
    for await (const line of createInterface(child.stdout)) {
      const port = /^Rhizome listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (!port) continue;
      clearTimeout(patience);
      this.port = Number(port);
      child.stdout.resume();
      return;
    }
    clearTimeout(patience);
    throw new Error(`the server did not start: ${this.#log}`);
  }

  /** As a power cut: nothing is finished, nothing is flushed. */
  kill() {
    return this.#end("SIGKILL");
  }

  stop() {
    return this.#end("SIGTERM");
  }

  /** Its data is a backup that was put back. */
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
    const patience = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MILLIS);
    const [, by] = await gone;
    clearTimeout(patience);
    if (by !== null && by !== signal) throw new Error(`the server did not stop by ${signal}: ${this.#log}`);
  }

  #sweep() {
    this.#child?.kill("SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
  }
}
