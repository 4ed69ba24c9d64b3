import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { containerCpus } from "../../../service/src/programs/cpus.ts";

const V2 = "/sys/fs/cgroup/cpu.max";
const QUOTA = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us";
const PERIOD = "/sys/fs/cgroup/cpu/cpu.cfs_period_us";
const machine = availableParallelism();

describe("containerCpus", () => {
  for (const [what, files, expected] of [
    ["one where the limit is one", { [V2]: "100000 100000\n" }, 1],
    ["one where the limit is a part of one", { [V2]: "25000 100000\n" }, 1],
    ["two where the limit is one and a half", { [V2]: "150000 100000\n" }, Math.min(2, machine)],
    ["the machine's where there is no limit", { [V2]: "max 100000\n" }, machine],
    ["the machine's where the limit is higher", { [V2]: "100000000 100000\n" }, machine],
    ["one by the older files", { [QUOTA]: "50000\n", [PERIOD]: "100000\n" }, 1],
    ["the machine's where the older files have no limit", { [QUOTA]: "-1\n", [PERIOD]: "100000\n" }, machine],
    ["the machine's where there are no such files", {}, machine],
    ["the machine's where they make no sense", { [V2]: "what\n" }, machine],
  ] as [string, Record<string, string>, number][])
    it(`gives ${what}`, () => {
      assert.equal(
        containerCpus((file) => files[file]),
        expected,
      );
    });

  it("reads the files of this machine", () => {
    const cpus = containerCpus();
    assert(Number.isInteger(cpus) && cpus >= 1 && cpus <= machine, `${cpus}`);
  });
});
