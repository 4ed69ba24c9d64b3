/** One page of a real browser, steered through its DevTools protocol over a pipe. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { hostArchitecture, unpackedPackages } from "../../sandbox/debian.ts";

/** Debian's packages: the browser, and the libraries that an ordinary server lacks. */
const PACKAGES =
  `chromium-headless-shell chromium-common libasyncns0 libdouble-conversion3 libflac12 libharfbuzz-subset0
  libminizip1 libmp3lame0 libmpg123-0 libogg0 libopenh264-7 libopenjp2-7 libopus0 libpulse0 libsndfile1 libvorbis0a
  libvorbisenc2 libxnvctrl0`.split(/\s+/);
const WAIT_MS = 15_000;

type Message = Readonly<Record<string, any>>;

export class BrowserPage {
  /** Every address that the page asked for. */
  readonly requested: string[] = [];
  /** The browser's console: errors of scripts, and what the page's policy forbade. */
  readonly complaints: string[] = [];
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #session: string | undefined;
  #sent = 0;

  private constructor(child: ChildProcess, profile: string) {
    this.#process = child;
    this.#profile = profile;
    let rest = "";
    child.stdio[4]!.on("data", (chunk: Buffer) => {
      const messages = (rest + chunk.toString("utf8")).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#take(JSON.parse(message));
    });
  }

  static async open(width: number, height: number): Promise<BrowserPage> {
    const { program, libraries } = await browser();
    const profile = mkdtempSync(path.join(os.tmpdir(), "slipway-browser-"));
    const child = spawn(
      program,
      [
        "--no-sandbox",
        "--headless",
        "--disable-gpu",
        "--remote-debugging-pipe",
        `--user-data-dir=${profile}`,
      ],
      {
        stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
        env: { ...process.env, LD_LIBRARY_PATH: libraries },
      },
    );
    const page = new BrowserPage(child, profile);
    const { targetId } = await page.send("Target.createTarget", { url: "about:blank", width, height });
    const { sessionId } = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.#session = sessionId;
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await page.send(`${domain}.enable`);
    return page;
  }

  /** @throws Error with the browser's message. */
  async send(method: string, params: object = {}): Promise<Message> {
    const id = ++this.#sent;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    const sessionId = this.#session;
    (this.#process.stdio[3] as Writable).write(
      `${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`,
    );
    const { error, result } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Evaluates an expression in the page until it gives something; @throws Error after 15 s. */
  async until(expression: string): Promise<any> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const { result } = await this.send("Runtime.evaluate", { expression, returnByValue: true });
      if (result.value) return result.value;
      if (Date.now() > deadline) throw new Error(`waited ${WAIT_MS} ms for ${expression}`);
      await sleep(50);
    }
  }

  /** A picture of the page, as PNG. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from((await this.send("Page.captureScreenshot", { format: "png" })).data, "base64");
  }

  async close(): Promise<void> {
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exit;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #take({ id, method, params, ...answer }: Message): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
    if (method === "Network.requestWillBeSent") this.requested.push(params.request.url);
    if (method === "Log.entryAdded") this.complaints.push(`${params.entry.text} (${params.entry.url ?? ""})`);
    if (method === "Runtime.exceptionThrown")
      this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
  }
}

/** The browser that CHROMIUM names, or Debian's, unpacked into the cache. */
async function browser(): Promise<{ program: string; libraries: string }> {
  const { CHROMIUM } = process.env;
  if (CHROMIUM) return { program: CHROMIUM, libraries: "" };
  const root = await unpackedPackages(PACKAGES, hostArchitecture);
  const triplet = hostArchitecture === "amd64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  const libraries = path.join(root, "usr/lib", triplet);
  const program = path.join(root, "usr/lib/chromium/chromium-headless-shell");
  if (!existsSync(program)) throw new Error(`there is no ${program}`);
  return { program, libraries: [libraries, path.join(libraries, "pulseaudio")].join(":") };
}
