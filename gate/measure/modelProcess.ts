/** The process that runs the model, as the gate sees it: orders go in, replies come out, and every one is accounted for. Edge. */
import { CannotJudge } from "./cannotJudge.ts";
import { cpuSeconds } from "./cpuSeconds.ts";
import type { Order, Reply, Results } from "./orders.ts";
import { explainRunError } from "./runError.ts";
import { type Ended, type KernelLimits, spawnModel, type Wire } from "./spawnModel.ts";

export interface ProcessLimits extends KernelLimits {
  /** How long the process may do nothing, with an order before it, until it is given up: seconds by the clock. */
  readonly idleSeconds: number;
}

/** Something that the process does within a limit of its own. */
export interface Step {
  /** Seconds of the processor. */
  readonly seconds: number;
  /** For a message: how much of it is done, `14,336 of 60,000 rows were answered`. */
  readonly progress?: () => string;
  /** What to change if that was too little. */
  readonly fix: string;
}

/** The model itself says, through the runtime, why it cannot. The process goes on. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

/** The process gives no more replies. */
export class ProcessGone extends Error {
  override readonly name = "ProcessGone";
  /** Whose fault it is: what the model did, or what became of its process through no doing of its own. */
  readonly fault: "model" | "machine";
  readonly fix: string;
  /** Whether it has ended of itself, in the middle of what it was doing. */
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

/** As Node.js, the C++ library and the kernel say it. */
const OUT_OF_MEMORY = /\bOOM\b|out of memory|bad_alloc|cannot allocate memory/i;

/** Signals that a process brings upon itself. All others come from outside. */
const OWN_SIGNALS: readonly string[] = [
  "SIGSEGV",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGABRT",
  "SIGTRAP",
  "SIGSYS",
];

/** So often its time is looked at: a file to read on Linux, a program to start elsewhere. */
const LOOK_MILLISECONDS = process.platform === "linux" ? 200 : 2000;
/** Of the processor, in hundredths of what the clock shows: less is as good as nothing. */
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
  /** Of the processor, when the step began. */
  #before = 0;
  readonly #watch: NodeJS.Timeout;
  /** Since when it has been silent, for how long, and what it has had of the processor when that was first looked at. */
  readonly #silence: { since: number; seconds: number; cpu: number | undefined } = {
    since: 0,
    seconds: 0,
    cpu: undefined,
  };

  constructor(limits: ProcessLimits, spawn: (limits: KernelLimits) => Wire = spawnModel) {
    if (cpuSeconds(process.pid) === undefined)
      throw new CannotJudge(
        "The time that a process has had of the processor cannot be read on this machine.",
        "judge it on Linux with /proc, or on a Mac",
      );
    this.#limits = limits;
    this.#wire = spawn(limits);
    this.#wire.onReply((reply) => this.#hear(reply));
    this.#wire.onEnd((ended) => this.#give(this.#howEnded(ended)));
    this.#watch = setInterval(() => this.#look(), LOOK_MILLISECONDS).unref();
  }

  /** Until the next step begins, the process may take so long for what it is asked. */
  begin(step: Step): void {
    this.#step = step;
    this.#before = this.#cpu() ?? this.#before;
    this.#beBusy();
  }

  /**
   * @throws ModelError with what the runtime says.
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
   * Holds what the process says that it has sent against what was asked.
   *
   * @throws ProcessGone if something of it was lost.
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

  /** Nothing more is believed of the process. */
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
        `its process took all the ${Math.ceil(this.#limits.cpuSeconds)} s of the processor that it may have`,
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

  /** With each reply: it reads no file. */
  #beBusy(): void {
    this.#silence.since = performance.now();
    this.#silence.seconds = 0;
    this.#silence.cpu = undefined;
  }

  /** Ends a process that takes too long, or that nothing more comes of. */
  #look(): void {
    if (this.#pending.length === 0 || this.#gone) return;
    const cpu = this.#cpu();
    if (cpu === undefined) return; // it has ended, and `onEnd` says how
    const step = this.#step;
    if (step !== undefined && cpu - this.#before > step.seconds) {
      const done = step.progress === undefined ? "" : `: ${step.progress()}`;
      const seconds = step.seconds.toLocaleString("en", { maximumFractionDigits: 2 });
      this.#give(
        new ProcessGone(`it was not done after ${seconds} s of the processor${done}`, "model", step.fix),
      );
      return;
    }
    this.#lookForIdleness(cpu);
  }

  /** This process may have been stopped itself, or been busy: no look counts for more than its time. */
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
