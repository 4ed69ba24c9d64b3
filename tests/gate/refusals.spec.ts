import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { judge } from "../../gate/judge.ts";
import { aroundLinearModel, BAD_ARTEFACTS } from "../support/badArtefacts.ts";
import { handedOn } from "../support/handedOn.ts";
import { ModelFolder } from "../support/modelFolder.ts";
import { refusalOf, writtenRefusals } from "../support/refusals.ts";

/** Far below the 160 GB and 1.5 GiB that the models ask for, and above what an honest one of these needs. */
const MOST_MEBIBYTES = 1000;

describe("The gate refuses", function () {
  this.timeout(60_000);
  const spawn = handedOn();
  const written = writtenRefusals();
  let peak = 0;
  let watch: NodeJS.Timeout;
  before(() => {
    watch = setInterval(() => {
      peak = Math.max(peak, ...[process.pid, ...childrenOf(process.pid)].map(peakMebibytes));
    }, 20);
  });
  after(() => clearInterval(watch));

  for (const artefact of BAD_ARTEFACTS) {
    it(artefact.name, async () => {
      const refusal = await refusalOf(artefact, spawn);

      assert.equal(refusal, written.get(artefact.name));
      assert.match(refusal, /^refused\n\w+: /);
    });
  }

  it("nothing else that docs/refusals.md shows", () => {
    assert.deepEqual(
      [...written.keys()],
      BAD_ARTEFACTS.map(({ name }) => name),
    );
  });

  it("with little memory, whatever the model asks for", function () {
    if (process.platform !== "linux") this.skip(); // elsewhere the kernel does not enforce the limit

    assert(peak > 150, `${peak} MiB: the process that ran a hungry model was not watched`);
    assert(peak < MOST_MEBIBYTES, `${peak} MiB`);
  });

  it("not the model that these were made from", async () => {
    using folder = new ModelFolder();
    aroundLinearModel(folder);

    const { report } = await judge(folder.path, { spawn });

    assert.equal(report.verdict, "passed", JSON.stringify(report.checks, null, 2));
  });
});

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The largest size of its resident set. */
function peakMebibytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}
