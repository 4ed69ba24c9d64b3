import assert from "node:assert/strict";
import { parseLocks } from "../../../infra/release/locks.ts";

const FOLDER = "s3://acme-state/.pulumi/locks/organization/slipway/production";
/** As Pulumi 3.245 prints it. */
const LOCKED = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  ${FOLDER}/0b7c.json: created by runner@run-1234567890-2 (pid 2110) at 2026-11-20T10:00:00Z
  ${FOLDER}/9f1e.json: created by ada@laptop (pid 77) at 2026-11-20T10:00:01+01:00
`;

describe("parseLocks", () => {
  it("gives each lock's holder", () => {
    assert.deepEqual(parseLocks(LOCKED), [
      {
        url: `${FOLDER}/0b7c.json`,
        user: "runner",
        host: "run-1234567890-2",
        pid: 2110,
        since: "2026-11-20T10:00:00Z",
      },
      {
        url: `${FOLDER}/9f1e.json`,
        user: "ada",
        host: "laptop",
        pid: 77,
        since: "2026-11-20T10:00:01+01:00",
      },
    ]);
  });

  it("finds none in what ended for another reason", () => {
    assert.deepEqual(parseLocks("error: created by a@b (pid 1) at 2026-11-20T10:00:00Z"), []);
  });
});
