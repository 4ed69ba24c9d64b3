import assert from "node:assert/strict";
import { readSettings } from "../../../service/src/programs/settings.ts";

const defaults = { modelDir: "/app/model" };

describe("readSettings", () => {
  it("needs none", () => {
    assert.deepEqual(readSettings({}, defaults), {
      host: "0.0.0.0",
      port: 8000,
      platformPort: 9000,
      modelDir: "/app/model",
      release: "unreleased",
      drainMs: 2_000,
      closeMs: 23_000,
      timeoutMs: 5_000,
      maxBatchRows: 1_024,
      queueRows: 20_000,
      queueRequests: 450,
      runMode: "auto",
      accessLog: false,
    });
  });

  it("takes each", () => {
    const env = {
      HOST: "::",
      PORT: "80",
      PLATFORM_PORT: "0",
      MODEL_DIR: "/m",
      SLIPWAY_RELEASE: "0123456789abcdef",
      DRAIN_MS: "0",
      REQUEST_TIMEOUT_MS: "1",
      MAX_BATCH_ROWS: "2",
      QUEUE_ROWS: "3",
      QUEUE_REQUESTS: "4",
      RUN_MODE: "isolated",
      ACCESS_LOG: "true",
    };

    assert.deepEqual(readSettings(env, defaults), {
      host: "::",
      port: 80,
      platformPort: 0,
      modelDir: "/m",
      release: "0123456789abcdef",
      drainMs: 0,
      closeMs: 25_000,
      timeoutMs: 1,
      maxBatchRows: 2,
      queueRows: 3,
      queueRequests: 4,
      runMode: "isolated",
      accessLog: true,
    });
  });

  it("names all that are wrong", () => {
    assert.throws(
      () =>
        readSettings(
          {
            PORT: "http",
            PLATFORM_PORT: "70000",
            SLIPWAY_RELEASE: "a b",
            DRAIN_MS: "-1",
            MAX_BATCH_ROWS: "0",
            RUN_MODE: "fast",
          },
          defaults,
        ),
      {
        message: [
          'PORT must be an integer from 0 to 65535, got "http"',
          'PLATFORM_PORT must be an integer from 0 to 65535, got "70000"',
          'DRAIN_MS must be an integer from 0 to 15000, got "-1"',
          'MAX_BATCH_ROWS must be an integer from 1 to 10000, got "0"',
          'RUN_MODE must be one of auto, in-process, isolated, got "fast"',
          "SLIPWAY_RELEASE must be 1 to 63 of letters, digits, '.', '_' and '-', got \"a b\"",
        ].join("; "),
      },
    );
  });

  it("refuses a timeout that leaves no time to drain in", () => {
    assert.throws(() => readSettings({ REQUEST_TIMEOUT_MS: "20000", DRAIN_MS: "6000" }, defaults), {
      message:
        "REQUEST_TIMEOUT_MS and DRAIN_MS may be 25000 together, or a rollout would cut requests, got 20000 and 6000",
    });
  });

  it("refuses one port for both", () => {
    assert.throws(() => readSettings({ PORT: "9000" }, defaults), {
      message: "PORT and PLATFORM_PORT are both 9000",
    });
  });
});
