import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Tensor } from "../../../contract/tensors.ts";
import type { Predictor } from "../../../service/src/engine/predictor.ts";
import { RequestError, unavailable } from "../../../service/src/problems/requestError.ts";
import { UNCOUNTED } from "../../../service/src/programs/app.ts";
import {
  approvals,
  approving,
  contract,
  postJson,
  type StartedApp,
  startApp,
} from "../../support/serviceApp.ts";

const RELEASE = "0123456789abcdef";
const GOOD = JSON.stringify({ features: [50_000, 35, 720] });

async function problemOf(response: Response): Promise<unknown> {
  assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
  const { instance, ...body } = (await response.json()) as { status: number; instance: string };
  assert.equal(body.status, response.status);
  assert.equal(instance, `urn:slipway:request:${response.headers.get("X-Request-Id")}`);
  return body;
}

/** Sends bytes as they are and gives all that comes back until the connection closes. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  return text(socket);
}

describe("the app", () => {
  let app: StartedApp;
  before(async () => {
    app = await startApp();
  });
  after(() => app.server.close().closeAllConnections());

  it("says on / which model and release it is", async () => {
    const response = await fetch(app.url);

    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      status: "ok",
      model: "loan-approval",
      version: "1.2.3",
      release: RELEASE,
    });
  });

  for (const { features, prediction, scores } of [
    { features: [50_000, 35, 720], prediction: [1], scores: [[0.25, 0.75]] },
    {
      features: [
        [1, 20, 3],
        [4, 50, 6],
      ],
      prediction: [1, 1],
      scores: [
        [0.25, 0.75],
        [0.25, 0.75],
      ],
    },
    { features: { income: 1, age: 20, credit_score: 3 }, prediction: [1], scores: [[0.25, 0.75]] },
    { features: [{ income: 1, age: 20, credit_score: 3 }], prediction: [1], scores: [[0.25, 0.75]] },
  ]) {
    it(`predicts for ${JSON.stringify(features)}`, async () => {
      const response = await postJson(`${app.url}/predict`, JSON.stringify({ features }));

      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), {
        prediction,
        scores,
        model: { name: "loan-approval", version: "1.2.3" },
        release: RELEASE,
      });
    });
  }

  const post =
    (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    () =>
      postJson(`${app.url}/predict`, body, headers);
  const tooLarge = {
    type: "urn:slipway:problem:too-large",
    title: "The body is too large",
    status: 413,
    detail: "The body may have at most 1048576 bytes.",
    errors: [],
  };
  const media = {
    type: "urn:slipway:problem:unsupported-media-type",
    title: "The body is not plain application/json",
    status: 415,
    errors: [],
  };
  const notJson = {
    type: "urn:slipway:problem:not-json",
    title: "The body is not JSON",
    status: 400,
    errors: [],
  };
  const refused: {
    name: string;
    send: () => Promise<Response>;
    says: object;
    headers?: Record<string, string>;
  }[] = [
    {
      name: "an unknown path",
      send: () => fetch(`${app.url}/predictions`),
      says: {
        type: "urn:slipway:problem:not-found",
        title: "There is nothing at this path",
        status: 404,
        detail: "There is no /predictions.",
        errors: [],
      },
    },
    {
      name: "a method that the path does not take",
      send: () => fetch(`${app.url}/predict`),
      says: {
        type: "urn:slipway:problem:method-not-allowed",
        title: "This path does not take this method",
        status: 405,
        detail: "/predict takes POST, not GET.",
        errors: [],
      },
      headers: { Allow: "POST" },
    },
    {
      name: "an empty body",
      send: () => fetch(`${app.url}/predict`, { method: "POST" }),
      says: { ...notJson, detail: "The body is empty." },
    },
    {
      name: "an empty body in chunks",
      send: () =>
        fetch(`${app.url}/predict`, {
          method: "POST",
          body: new Blob([]).stream(),
          duplex: "half",
          headers: { "Content-Type": "application/json" },
        }),
      says: { ...notJson, detail: "The body is empty." },
    },
    {
      name: "broken JSON, with the place",
      send: post('{"features": [1, 2,]}'),
      says: { ...notJson, detail: 'Line 1, column 20: expected a value, found "]".' },
    },
    {
      name: "NaN, which is no JSON",
      send: post('{"features":[NaN,1,2]}'),
      says: { ...notJson, detail: 'Line 1, column 14: expected a value or ], found "N".' },
    },
    {
      name: "a large broken body, without the place",
      send: post("[1],".repeat(100_000)),
      says: { ...notJson, detail: "The body is not JSON." },
    },
    {
      name: "bytes that are not UTF-8",
      send: post(Uint8Array.of(0x22, 0xff, 0x22)),
      says: { ...notJson, detail: "The body is not UTF-8." },
    },
    {
      name: "a form",
      send: post("features=1", { "Content-Type": "application/x-www-form-urlencoded" }),
      says: {
        ...media,
        detail: 'Content-Type must be application/json, got "application/x-www-form-urlencoded".',
      },
    },
    {
      name: "text",
      send: post(GOOD, { "Content-Type": "text/plain" }),
      says: { ...media, detail: 'Content-Type must be application/json, got "text/plain".' },
    },
    {
      name: "another charset",
      send: post(Buffer.from(GOOD, "utf16le"), { "Content-Type": "application/json; charset=utf-16le" }),
      says: { ...media, detail: 'The charset must be utf-8, got "utf-16le".' },
    },
    {
      name: "a compressed body",
      send: post(GOOD, { "Content-Encoding": "gzip" }),
      says: { ...media, detail: 'The body must come without Content-Encoding, got "gzip".' },
      headers: { "Accept-Encoding": "identity" },
    },
    {
      name: "a body of more than 1 MiB",
      send: post(`{"features":[${" ".repeat(1024 * 1024)}1,20,3]}`),
      says: tooLarge,
    },
    {
      name: "a body in chunks of more than 1 MiB",
      send: () =>
        fetch(`${app.url}/predict`, {
          method: "POST",
          body: new Blob([" ".repeat(3 * 1024 * 1024)]).stream(),
          duplex: "half",
          headers: { "Content-Type": "application/json" },
        }),
      says: tooLarge,
    },
    {
      name: "values that do not fit",
      send: post('{"features":[["1",20,1e999]]}'),
      says: {
        type: "urn:slipway:problem:invalid-input",
        title: "The input does not fit the model",
        status: 422,
        detail: "2 values do not fit the model",
        errors: [
          { pointer: "/features/0/0", detail: 'features[0][0] (income) must be a finite number, got "1"' },
          {
            pointer: "/features/0/2",
            detail: "features[0][2] (credit_score) must be a finite number, got Infinity",
          },
        ],
      },
    },
    {
      name: "100,000 nested brackets",
      send: post(`{"features":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
      says: {
        type: "urn:slipway:problem:invalid-input",
        title: "The input does not fit the model",
        status: 422,
        detail: "the body is nested deeper than 32 levels",
        errors: [{ pointer: "", detail: "the body is nested deeper than 32 levels" }],
      },
    },
  ];
  for (const { name, send, says, headers } of refused) {
    it(`refuses ${name}`, async () => {
      const response = await send();

      assert.deepEqual(await problemOf(response), says);
      for (const [header, value] of Object.entries(headers ?? {}))
        assert.equal(response.headers.get(header), value);
    });
  }

  it("takes a charset of utf-8 by any of its names, and a BOM", async () => {
    const response = await postJson(`${app.url}/predict`, `\ufeff${GOOD}`, {
      "Content-Type": "Application/JSON; charset=UTF8",
    });

    assert.equal(response.status, 200);
  });

  it("names the release and the model on answers and refusals alike", async () => {
    for (const response of [
      await fetch(app.url),
      await fetch(`${app.url}/none`),
      await postJson(`${app.url}/predict`, "{}"),
    ]) {
      assert.equal(response.headers.get("Slipway-Release"), RELEASE);
      assert.equal(response.headers.get("Slipway-Model"), "loan-approval/1.2.3");
    }
  });

  it("goes on with a connection whose body was too large", async () => {
    const tooLarge = `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n${" ".repeat(2_000_000)}`;
    const answers = await raw(app.port, `${tooLarge}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 413", "HTTP/1.1 200"]);
  });

  for (const { name, request, status, detail } of [
    {
      name: "headers of more than 8 KiB",
      request: `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(9_000)}\r\n\r\n`,
      status: 431,
      detail: "The headers may have at most 8192 bytes.",
    },
    {
      name: "what is not HTTP",
      request: "hello\r\n\r\n",
      status: 400,
      detail: "This is not an HTTP request.",
    },
  ]) {
    it(`refuses ${name} in the same shape`, async () => {
      const [head, body] = (await raw(app.port, request)).split("\r\n\r\n") as [string, string];

      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(head, /Content-Type: application\/problem\+json/);
      assert.equal(JSON.parse(body).detail, detail);
    });
  }

  it("leaves alone what a caller expects", async () => {
    const request = "GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n";

    assert.match(await raw(app.port, request), /^HTTP\/1\.1 200 OK\r\n/);
  });

  it("logs no request that is the caller's mistake", () => {
    assert.deepEqual(app.logged, []);
  });

  it("tells callers to go elsewhere while it drains, and still answers them", async () => {
    const draining = await startApp();
    draining.state.phase = "draining";
    const response = await postJson(`${draining.url}/predict`, GOOD);

    assert.equal(response.status, 200);
    assert.equal(response.headers.get("Connection"), "close");
    draining.server.close();
  });
});

describe("POST /predict, by the shortcut and without it,", () => {
  /** What makes a request an unusual one, which the router takes. */
  const ways: { way: string; headers: Record<string, string> }[] = [
    { way: "shortcut", headers: {} },
    { way: "router", headers: { "Content-Type": "application/json; charset=utf-8" } },
  ];
  for (const { way, headers } of ways) {
    it(`answers with the same headers (${way})`, async () => {
      const app = await startApp();
      const named = await postJson(`${app.url}/predict`, GOOD, { ...headers, "X-Request-Id": "mine" });
      const unnamed = await postJson(`${app.url}/predict`, GOOD, headers);
      app.server.close().closeAllConnections();

      assert.match(unnamed.headers.get("X-Request-Id") ?? "", /^[0-9a-f-]{36}$/);
      const { date: _date, ...rest } = Object.fromEntries(named.headers);
      assert.deepEqual(rest, {
        connection: "keep-alive",
        "content-length": "121",
        "content-type": "application/json; charset=utf-8",
        "keep-alive": "timeout=65, max=1000",
        "slipway-model": "loan-approval/1.2.3",
        "slipway-release": RELEASE,
        "x-request-id": "mine",
      });
    });

    it(`counts each request once, with what it got, and refusals by reason (${way})`, async () => {
      const counted: unknown[] = [];
      const metrics = {
        ...UNCOUNTED,
        request: (...request: unknown[]) => counted.push(request.slice(0, 3)),
        rejected: (reason: string) => counted.push(reason),
      };
      const late = new RequestError("late", "Late.");
      const run: Predictor["run"] = async (inputs, outputs) => {
        if (inputs.get("features")!.data[0] === 504) throw late;
        return approving.run(inputs, outputs);
      };
      const app = await startApp({ ...approving, run }, contract, { metrics });
      for (const body of [GOOD, '{"features":[1]}', '{"features":[504,20,1]}', "{"])
        await (await postJson(`${app.url}/predict`, body, headers)).text();
      app.server.close().closeAllConnections();
      await once(app.server, "close");

      assert.deepEqual(counted, [
        ["/predict", "POST", 200],
        "invalid",
        ["/predict", "POST", 422],
        "deadline",
        ["/predict", "POST", 504],
        "invalid",
        ["/predict", "POST", 400],
      ]);
    });

    it(`refuses what it has no time for before it reads it (${way})`, async () => {
      const counted: unknown[] = [];
      const metrics = {
        ...UNCOUNTED,
        request: (...request: unknown[]) => counted.push(request.slice(0, 3)),
        rejected: (reason: string) => counted.push(reason),
      };
      const deadlines: (number | undefined)[] = [];
      const admit: Predictor["admit"] = ({ deadline }) => {
        deadlines.push(deadline);
        throw unavailable("Full.", { retryAfterSeconds: 7, rejection: "queue_full" });
      };
      const app = await startApp({ ...approving, admit }, contract, { metrics });
      const before = performance.now();
      const response = await postJson(`${app.url}/predict`, "no JSON", {
        ...headers,
        "X-Request-Id": "mine",
      });
      const body = await response.text();
      app.server.close().closeAllConnections();
      await once(app.server, "close");

      assert.equal(
        body,
        '{"type":"urn:slipway:problem:unavailable","title":"The service cannot answer now","status":503,' +
          '"detail":"Full.","errors":[],"instance":"urn:slipway:request:mine"}',
      );
      const { date: _date, ...rest } = Object.fromEntries(response.headers);
      assert.deepEqual(rest, {
        connection: "keep-alive",
        "content-length": "162",
        "content-type": "application/problem+json",
        "keep-alive": "timeout=65, max=1000",
        "retry-after": "7",
        "slipway-model": "loan-approval/1.2.3",
        "slipway-release": RELEASE,
        "x-request-id": "mine",
      });
      assert.deepEqual(counted, ["queue_full", ["/predict", "POST", 503]]);
      assert(deadlines.length === 1 && deadlines[0]! > before);
    });

    it(`tells the model until when the answer is of use (${way})`, async () => {
      const left: number[] = [];
      const run: Predictor["run"] = async (inputs, outputs, options) => {
        left.push(options!.deadline! - performance.now());
        return approving.run(inputs, outputs);
      };
      const app = await startApp({ ...approving, run }, contract, { timeoutMs: 20_000 });
      for (const wanted of ["10000", "30000"])
        await postJson(`${app.url}/predict`, GOOD, { ...headers, "X-Request-Timeout-Ms": wanted });
      app.server.close().closeAllConnections();

      assert.deepEqual(
        left.map((ms) => Math.ceil(ms / 10_000) * 10_000),
        [10_000, 20_000],
      );
    });

    for (const given of ["0", "1.5", "1s", "-1"])
      it(`refuses a timeout of ${given} (${way})`, async () => {
        const app = await startApp();
        const response = await postJson(`${app.url}/predict`, GOOD, {
          ...headers,
          "X-Request-Timeout-Ms": given,
        });
        app.server.close().closeAllConnections();

        assert.deepEqual(await problemOf(response), {
          type: "urn:slipway:problem:bad-request",
          title: "The request cannot be read",
          status: 400,
          detail: `X-Request-Timeout-Ms must be a whole number of milliseconds above 0, got "${given}".`,
          errors: [],
        });
      });

    it(`knows when the caller has left, and counts it as 499 (${way})`, async () => {
      let gone: (() => boolean) | undefined;
      const asked = new EventEmitter();
      const run: Predictor["run"] = async (_inputs, _outputs, options) => {
        gone = options!.cancelled;
        asked.emit("run");
        while (!gone!()) await new Promise(setImmediate);
        throw new RequestError("caller-gone", "Gone.");
      };
      const metrics = {
        ...UNCOUNTED,
        request: (...request: unknown[]) => void asked.emit("counted", request.slice(0, 3)),
      };
      const app = await startApp({ ...approving, run }, contract, { metrics });
      const leave = new AbortController();
      const running = once(asked, "run");
      const answer = fetch(`${app.url}/predict`, {
        method: "POST",
        body: GOOD,
        headers: { "Content-Type": "application/json", ...headers },
        signal: leave.signal,
      });
      await running;
      const before = gone!();
      const counting = once(asked, "counted", { signal: AbortSignal.timeout(5_000) }).catch(String);
      leave.abort();
      await assert.rejects(answer, { name: "AbortError" });
      const counted = await counting;
      app.server.close().closeAllConnections();

      assert.equal(before, false);
      assert.deepEqual(counted, [["/predict", "POST", 499]]);
    });
  }

  it("takes a body in many pieces", async () => {
    const app = await startApp();
    const socket = connect(app.port, "127.0.0.1");
    const head = `POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${GOOD.length}\r\n\r\n`;
    socket.setNoDelay(true);
    for (const byte of head + GOOD) {
      socket.write(byte);
      await new Promise(setImmediate);
    }
    const answer = await text(socket);
    app.server.close().closeAllConnections();

    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  });

  it("answers in UTF-8", async () => {
    const label: Tensor = { datatype: "BYTES", shape: [1], data: ["größer 😀"] };
    const app = await startApp({
      ...approving,
      run: async () => new Map([...approvals(1), ["label", label]]),
    });
    const response = await postJson(`${app.url}/predict`, GOOD);
    const { prediction } = (await response.json()) as { prediction: unknown };
    app.server.close().closeAllConnections();

    assert.deepEqual(prediction, ["größer 😀"]);
  });

  it("reports what the contract only wants reported, beside the prediction", async () => {
    const [input] = contract.inputs;
    const app = await startApp(approving, { ...contract, inputs: [{ ...input!, outOfRange: "report" }] });
    const response = await postJson(`${app.url}/predict`, '{"features":[1,2,3]}');
    app.server.close().closeAllConnections();

    assert.equal(response.status, 200);
    const { prediction, warnings } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual(prediction, [1]);
    assert.deepEqual(warnings, [
      { pointer: "/features/1", detail: "features[1] (age) should be at least 18, got 2" },
    ]);
  });
});

describe("the app with a failing predictor", () => {
  const failures: {
    name: string;
    run: Predictor["run"];
    status: number;
    says: object;
    logs: number;
    retryAfter?: string;
  }[] = [
    {
      name: "hides what went wrong inside, and logs it",
      run: () => Promise.reject(new Error("secret path /app/model.onnx")),
      status: 500,
      says: {
        type: "urn:slipway:problem:internal",
        title: "The service failed",
        status: 500,
        detail: "The service could not answer this request. The cause is in its log.",
        errors: [],
      },
      logs: 1,
    },
    {
      name: "never answers NaN",
      run: async () => approvals(1, NaN),
      status: 500,
      says: {
        type: "urn:slipway:problem:invalid-output",
        title: "The model gave no usable answer",
        status: 500,
        detail: 'The model gave NaN in its output "probabilities" for row 0 of the request.',
        errors: [],
      },
      logs: 1,
    },
    {
      name: "says when to come back while the predictor is closed, and does not log it",
      run: () => Promise.reject(unavailable("This instance is shutting down; another one answers.")),
      status: 503,
      says: {
        type: "urn:slipway:problem:unavailable",
        title: "The service cannot answer now",
        status: 503,
        detail: "This instance is shutting down; another one answers.",
        errors: [],
      },
      logs: 0,
      retryAfter: "1",
    },
  ];
  for (const { name, run, status, says, logs, retryAfter } of failures) {
    it(name, async () => {
      const app = await startApp({ ...approving, run });
      const response = await postJson(`${app.url}/predict`, GOOD);

      assert.equal(response.status, status);
      assert.deepEqual(await problemOf(response), says);
      assert.equal(response.headers.get("Retry-After"), retryAfter ?? null);
      assert.equal(response.headers.get("Slipway-Release"), RELEASE);
      assert.equal(app.logged.length, logs);
      app.server.close().closeAllConnections();
      await once(app.server, "close");
    });
  }

  it("logs the error with its stack, and the path", async () => {
    const failure = new Error("boom");
    const app = await startApp({ ...approving, run: () => Promise.reject(failure) });
    const response = await postJson(`${app.url}/predict`, GOOD);

    const [{ requestId, ...line }] = app.logged as [Record<string, unknown>];
    assert.deepEqual(line, { err: failure, method: "POST", path: "/predict" });
    assert.equal(requestId, response.headers.get("X-Request-Id"));
    app.server.close().closeAllConnections();
  });
});

describe("the app of a model without columns", () => {
  it("has no /predict, and says why", async () => {
    const app = await startApp(undefined, {
      ...contract,
      inputs: [{ name: "image", datatype: "FP32", shape: [-1, 3, 8, 8] }],
    });
    const response = await postJson(`${app.url}/predict`, GOOD);

    assert.equal(response.status, 404);
    assert.equal(
      ((await response.json()) as { detail: string }).detail,
      "There is no /predict for this model: its contract names no columns for some input.",
    );
    app.server.close().closeAllConnections();
  });
});
