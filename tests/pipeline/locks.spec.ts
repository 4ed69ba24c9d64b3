import assert from "node:assert/strict";
import { runnerName, runOf } from "../../pipeline/environment.ts";
import { readLocks } from "../../pipeline/locks.ts";

/** As Pulumi 3.245 prints it. */
const LOCKED = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  s3://acme-state/.pulumi/locks/organization/slipway/production/0b7c.json: created by runner@run-1234567890-2 (pid 2110) at 2026-11-20T10:00:00Z
  s3://acme-state/.pulumi/locks/organization/slipway/production/9f1e.json: created by ada@laptop (pid 77) at 2026-11-20T10:00:01+01:00
`;

describe("readLocks", () => {
  it("gives each lock's holder", () => {
    assert.deepEqual(readLocks(LOCKED), [
      { user: "runner", host: "run-1234567890-2", pid: 2110, since: "2026-11-20T10:00:00Z" },
      { user: "ada", host: "laptop", pid: 77, since: "2026-11-20T10:00:01+01:00" },
    ]);
  });

  it("finds none in what ended for another reason", () => {
    assert.deepEqual(readLocks("error: created by a@b (pid 1) at 2026-11-20T10:00:00Z"), []);
  });
});

describe("runOf", () => {
  it("knows the run that named the machine", () => {
    const run = { id: "1234567890", attempt: "2" };

    assert.deepEqual(runOf(runnerName(run)), run);
  });

  for (const host of ["laptop", "run-1", "my-run-1-2", "run-1-2.example.com", "run-x-1"])
    it(`knows none that named ${host}`, () => assert.equal(runOf(host), undefined));
});
