import assert from "node:assert/strict";
import { signerIn } from "../../../infra/settings/signer.ts";

describe("signerIn", () => {
  for (const { env, log = true, signer } of [
    { env: {}, signer: undefined },
    { env: { COSIGN_KEY: "awskms:///x", COSIGN_PRIVATE_KEY: "pem" }, signer: { key: "awskms:///x" } },
    { env: { COSIGN_KEY: "", COSIGN_PRIVATE_KEY: "pem" }, signer: { key: "env://COSIGN_PRIVATE_KEY" } },
    { env: { COSIGN_PRIVATE_KEY: "", ACTIONS_ID_TOKEN_REQUEST_URL: "" }, signer: undefined },
    { env: { ACTIONS_ID_TOKEN_REQUEST_URL: "https://x" }, signer: "identity" },
    { env: { SIGSTORE_ID_TOKEN: "x" }, signer: "identity" },
    { env: { COSIGN_KEY: "k", SIGSTORE_ID_TOKEN: "x" }, log: false, signer: { key: "k" } },
    { env: { SIGSTORE_ID_TOKEN: "x" }, log: false, signer: undefined },
  ])
    it(`is ${JSON.stringify(signer)} for ${JSON.stringify(env)} ${log ? "with" : "without"} the log`, () => {
      assert.deepEqual(signerIn(env, log), signer);
    });
});
