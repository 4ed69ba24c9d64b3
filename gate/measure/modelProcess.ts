/** The process that runs the model, as the gate sees it: orders go in, replies come out, and all are counted. Edge. */
import { CannotJudge } from "./cannotJudge.ts";
import { cpuSeconds } from "./cpuSeconds.ts";
import type { Order, Reply, Results } from "./orders.ts";
import { explainRunError } from "./runError.ts";
import { type Ended, type KernelLimits, spawnModel, type Wire } from "./spawnModel.ts";

export interface ProcessLimits extends KernelLimits {
  /** How long the process may do nothing while an order waits, in seconds by the clock. */
  readonly idleSeconds: number;
}

/** A part of the judgement with its own limit of time. */
export interface Step {
  /** Longest time, in seconds of processor time. */
  readonly seconds: number;
  /** How much of it is done, for a message: `14,336 of 60,000 rows were answered`. */
  readonly progress?: () => string;
  /** What to change if the time was too short. */
  readonly fix: string;
}

/** The runtime reports an error of the model. The process goes on. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

/** The process gives no more replies. */
export class ProcessGone extends Error {
  override readonly name = "ProcessGone";
  /** `model`: the model ended its process. `machine`: something else did. */
  readonly fault: "model" | "machine";
  readonly fix: string;
  /** Whether it ended by itself, in the middle of its work. */
  readonly crashed: boolean;

  constructor(message: string, fault: ProcessGone["fault"], fix: string, crashed = false) {
    super(message);
    this.fault = fault;
    this.fix = fix;
    this.crashed = crashed;
  }
}

const AGAIN = "judge it again, on a machine that has the memory and the time for it";
const EXPORT = "export the model again; run it in Python on the same input to see where it ends";

/** The words of Node.js, of the C++ library and of the kernel. */
const OUT_OF_MEMORY = /\bOOM\b|out of memory|bad_alloc|cannot allocate memory/i;

/** Signals that a process causes itself. All others come from outside. */
const OWN_SIGNALS: readonly string[] = [
  "SIGSEGV",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGABRT",
  "SIGTRAP",
  "SIGSYS",
];

/** How often its time is read, in milliseconds: from a file on Linux, by starting a program elsewhere. */
const LOOK_MILLISECONDS = process.platform === "linux" ? 200 : 2000;
/** Processor time as a share of time by the clock. Less counts as doing nothing. */
const IDLE_SHARE = 0.01;

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class ModelProcess {
  readonly #wire: Wire;
  readonly #limits: ProcessLimits;
  readonly #pending: Pending[] = [];
  #asked = 0;
  #heard = 0;
  #gone: ProcessGone | CannotJudge | undefined;
  #step: Step | undefined;
  /** Processor time when the step began, in seconds. */
  #before = 0;
  readonly #watch: NodeJS.Timeout;
  /** When its silence was last counted, how many seconds of it were counted, and its processor time at the first count. */
  readonly #silence: { since: number; seconds: number; cpu: number | undefined } = {
    since: 0,
    seconds: 0,
    cpu: undefined,
  };

  constructor(limits: ProcessLimits, spawn: (limits: KernelLimits) => Wire = spawnModel) {
    if (cpuSeconds(process.pid) === undefined)
      throw new CannotJudge(
        "The processor time of a process cannot be read on this machine.",
        "judge it on Linux with /proc, or on a Mac",
      );
    this.#limits = limits;
    this.#wire = spawn(limits);
    this.#wire.onReply((reply) => this.#hear(reply));
    this.#wire.onEnd((ended) => this.#give(this.#howEnded(ended)));
    this.#watch = setInterval(() => this.#look(), LOOK_MILLISECONDS).unref();
  }

  /** Begins a step. Its limit holds for all orders until the next step begins. */
  begin(step: Step): void {
    this.#step = step;
    this.#before = this.#cpu() ?? this.#before;
    this.#beBusy();
  }

  /**
   * @throws ModelError with the runtime's message.
   * @throws ProcessGone if the process has ended, or was ended for taking too long.
   * @throws CannotJudge if ONNX Runtime does not run here.
   */
  ask<Do extends Order["do"]>(order: Order & { readonly do: Do }): Promise<Results[Do]> {
    if (this.#gone) return Promise.reject(this.#gone);
    if (this.#pending.length === 0) this.#beBusy();
    this.#asked++;
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#wire.send(order);
    });
  }

  /**
   * Compares the number of replies that the process has sent with the number of orders.
   *
   * @throws ProcessGone if a reply was lost.
   */
  async end(): Promise<void> {
    const asked = this.#asked;
    const sent = await this.ask({ do: "end" });
    if (sent !== asked) this.#give(lost(`It has sent ${sent} answers, and ${asked} were asked for.`));
    if (this.#gone) throw this.#gone;
  }

  stop(): void {
    clearInterval(this.#watch);
    this.#wire.kill();
  }

  #hear(reply: Reply): void {
    if (this.#gone) return;
    if (reply.number !== ++this.#heard) {
      this.#give(lost(`Answer ${this.#heard} of the process that runs the model did not arrive.`));
      return;
    }
    const pending = this.#pending.shift();
    this.#beBusy();
    if (pending === undefined)
      this.#give(lost("The process that runs the model has sent more than was asked for."));
    else if ("result" in reply) pending.resolve(reply.result as never);
    else if ("error" in reply) pending.reject(this.#failure(reply.error));
    else {
      this.#give(
        new CannotJudge(
          `ONNX Runtime does not run on this machine: ${reply.noRuntime}`,
          "judge it on Linux or a Mac with an Apple processor, after `npm ci`",
        ),
      );
      pending.reject(this.#gone!);
    }
  }

  #failure(message: string): Error {
    return OUT_OF_MEMORY.test(message)
      ? new ModelError(this.#tooLittle)
      : new ModelError(explainRunError(message));
  }

  get #tooLittle(): string {
    return `it needs more than the ${this.#limits.mebibytes} MiB of memory that it may take`;
  }

  /** Gives the process up: no reply counts any more. */
  #give(why: ProcessGone | CannotJudge): void {
    if (this.#gone) return;
    this.#gone = why;
    this.stop();
    for (const { reject } of this.#pending.splice(0)) reject(why);
  }

  #howEnded({ code, signal, lastWords }: Ended): ProcessGone {
    const budget =
      "make the model smaller; budgets.memoryMebibytes in the contract gives it more, where a reviewer sees it";
    if (OUT_OF_MEMORY.test(lastWords)) return new ProcessGone(this.#tooLittle, "model", budget);
    if (signal === "SIGXCPU")
      return new ProcessGone(
        `its process used up its ${Math.ceil(this.#limits.cpuSeconds)} s of processor time`,
        "model",
        this.#step?.fix ?? EXPORT,
      );
    if (signal !== null && OWN_SIGNALS.includes(signal))
      return new ProcessGone(`its process ended with ${signal}`, "model", EXPORT, true);
    if (signal === null && code === null)
      return new ProcessGone(
        `The process that runs the model could not be started: ${lastWords.trim()}.`,
        "machine",
        "see that there is a POSIX shell, `sh`, on the PATH, and room for one more process",
      );
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    const words = lastWords.trim().split("\n").at(-1) ?? "";
    const memory = signal === "SIGKILL" ? ", as the system does when memory runs out" : "";
    return new ProcessGone(
      `The process that runs the model was ended ${how}${memory}${signal === null && words !== "" ? `: ${words}` : ""}.`,
      "machine",
      AGAIN,
    );
  }

  #cpu(): number | undefined {
    return this.#wire.pid === undefined ? undefined : cpuSeconds(this.#wire.pid);
  }

  /** Called for each reply, so it reads no file. */
  #beBusy(): void {
    this.#silence.since = performance.now();
    this.#silence.seconds = 0;
    this.#silence.cpu = undefined;
  }

  /** Ends a process that takes too long or does nothing. */
  #look(): void {
    if (this.#pending.length === 0 || this.#gone) return;
    const cpu = this.#cpu();
    if (cpu === undefined) return; // it has ended, and `onEnd` reports how
    const step = this.#step;
    if (step !== undefined && cpu - this.#before > step.seconds) {
      const done = step.progress === undefined ? "" : `: ${step.progress()}`;
      const seconds = step.seconds.toLocaleString("en", { maximumFractionDigits: 2 });
      this.#give(
        new ProcessGone(`it was not done after ${seconds} s of processor time${done}`, "model", step.fix),
      );
      return;
    }
    this.#lookForIdleness(cpu);
  }

  /** The gate itself may have been stopped or busy, so each look counts for two intervals at most. */
  #lookForIdleness(cpu: number): void {
    const silence = this.#silence;
    const now = performance.now();
    silence.seconds += Math.min(now - silence.since, 2 * LOOK_MILLISECONDS) / 1000;
    silence.since = now;
    silence.cpu ??= cpu;
    if (silence.seconds < this.#limits.idleSeconds) return;
    const had = cpu - silence.cpu;
    if (had < IDLE_SHARE * silence.seconds)
      this.#give(
        new ProcessGone(
          `The process that runs the model has done nothing for ${Math.round(silence.seconds)} s, and did not answer.`,
          "machine",
          AGAIN,
        ),
      );
    else this.#beBusy();
  }
}

const lost = (what: string) => new ProcessGone(what, "machine", AGAIN);
