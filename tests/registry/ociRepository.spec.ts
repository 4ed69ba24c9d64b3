import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Descriptor, OciRepository } from "../../registry/ociRepository.ts";
import { type FakeRegistry, sha256, startRegistry } from "../support/fakeRegistry.ts";

const bytes = Buffer.from("0123456789");
const basic = (login: string) => `Basic ${Buffer.from(login).toString("base64")}`;

describe("OciRepository", () => {
  let registry: FakeRegistry;
  let storage: FakeRegistry;
  let repository: OciRepository;
  let layer: Descriptor;
  let image: string;
  let dockerConfig: string;
  const { DOCKER_CONFIG } = process.env;

  before(() => {
    dockerConfig = mkdtempSync(path.join(tmpdir(), "slipway-docker-"));
    process.env["DOCKER_CONFIG"] = dockerConfig;
  });

  after(() => {
    rmSync(dockerConfig, { recursive: true });
    if (DOCKER_CONFIG === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = DOCKER_CONFIG;
  });

  beforeEach(async () => {
    registry = await startRegistry();
    storage = await startRegistry();
    repository = new OciRepository({ registry: registry.host, repository: "acme/loan" }, { silenceMs: 200 });
    layer = registry.add(bytes);
    image = registry.addImage([layer]).split("@")[1] ?? "";
    rememberLogin({});
  });

  afterEach(() => {
    registry.close();
    storage.close();
  });

  const rememberLogin = (auth: { auth?: string; identitytoken?: string }) =>
    writeFileSync(
      path.join(dockerConfig, "config.json"),
      JSON.stringify({ auths: { [registry.host]: auth } }),
    );
  const rememberAnn = () => rememberLogin({ auth: Buffer.from("ann:pass").toString("base64") });

  async function read(descriptor = layer): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of repository.blob(descriptor)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  /** Refuses requests without `authorization`. */
  const lock = (challenge: () => string, authorization: string) => {
    registry.intercept = ({ headers, url }, response) => {
      if (headers.authorization === authorization || !url?.startsWith("/v2/")) return false;
      response.writeHead(401, { "www-authenticate": challenge() });
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return true;
    };
  };
  /** Redirects an authorized request for a layer to the storage. */
  const redirect = (authorization: string) => {
    lock(() => 'Basic realm="fake"', authorization);
    const locked = registry.intercept;
    registry.intercept = (request, response) => {
      if (locked(request, response)) return true;
      if (!request.url?.includes("/blobs/")) return false;
      response.writeHead(307, { location: `http://${storage.host}/signed/${layer.digest}?key=secret` }).end();
      return true;
    };
  };
  /** Redirects each request for a layer to another place. */
  const sendOn = (location: (url: string) => string) => {
    registry.intercept = ({ url = "" }, response) => {
      if (!url.includes("/blobs/")) return false;
      response.writeHead(307, { location: location(url) }).end();
      return true;
    };
  };
  /** Answers uploads that begin. */
  const begin = (headers: Record<string, string>) => {
    registry.intercept = ({ method }, response) => {
      if (method !== "POST") return false;
      response.writeHead(202, headers).end();
      return true;
    };
  };
  const tokenServer = (answer: (request: IncomingMessage, body: string) => unknown) => {
    storage.intercept = (request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => response.end(JSON.stringify(answer(request, body))));
      return true;
    };
    return () => `Bearer realm="http://${storage.host}/token",service="fake"`;
  };
  const TOKEN = "/token?service=fake&scope=repository%3Aacme%2Floan%3Apull";

  describe("without a login", () => {
    it("reads a manifest and says which types it takes", async () => {
      let accept: string | undefined;
      registry.intercept = ({ headers }) => {
        accept = headers.accept;
        return false;
      };

      assert.deepEqual(await repository.manifest(image), { layers: [layer] });
      assert.equal(
        accept,
        "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, " +
          "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, */*;q=0.1",
      );
      assert.deepEqual(registry.requests, [`GET /v2/acme/loan/manifests/${image}`]);
    });

    it("reads an index", async () => {
      const { digest } = registry.add(Buffer.from(JSON.stringify({ manifests: [layer] })));

      assert.deepEqual(await repository.manifest(digest), { manifests: [layer] });
    });

    it("reads a layer", async () => {
      assert.equal(await read(), "0123456789");
      assert.deepEqual(registry.requests, [`GET /v2/acme/loan/blobs/${layer.digest}`]);
    });

    it("says whether an image is there", async () => {
      assert.equal(await repository.has(image), true);
      assert.equal(await repository.has(sha256(Buffer.from("another"))), false);
      assert.equal(registry.requests[0], `HEAD /v2/acme/loan/manifests/${image}`);
    });
  });

  describe("with a token", () => {
    it("gets one without a name if docker knows no login, and keeps it", async () => {
      lock(
        tokenServer(() => ({ token: "t1" })),
        "Bearer t1",
      );

      await repository.manifest(image);
      await repository.has(image);

      assert.deepEqual(storage.requests, [`GET ${TOKEN}`]);
      assert.deepEqual(registry.requests, [
        `GET /v2/acme/loan/manifests/${image}`,
        `GET /v2/acme/loan/manifests/${image} Bearer t1`,
        `HEAD /v2/acme/loan/manifests/${image} Bearer t1`,
      ]);
    });

    it("gets one with docker's name and password", async () => {
      rememberAnn();
      lock(
        tokenServer(({ headers }) => ({ access_token: headers.authorization === basic("ann:pass") && "t2" })),
        "Bearer t2",
      );

      assert.equal(await repository.has(image), true);
    });

    it("gets one with an identity token", async () => {
      rememberLogin({ identitytoken: "refresh" });
      lock(
        tokenServer((_, body) => ({
          access_token: `for ${body}`,
        })),
        "Bearer for grant_type=refresh_token&refresh_token=refresh&client_id=slipway&service=fake&scope=repository%3Aacme%2Floan%3Apull",
      );

      assert.equal(await repository.has(image), true);
      assert.deepEqual(storage.requests, ["POST /token"]);
    });

    it("gets another one when the first has expired", async () => {
      let given = 0;
      const challenge = tokenServer(() => ({ token: `t${++given}` }));
      lock(challenge, "Bearer t1");
      await repository.has(image);
      lock(challenge, "Bearer t2");

      assert.equal(await repository.has(image), true);
    });

    it("asks for the scope that the registry names", async () => {
      const challenge = tokenServer(() => ({ token: "t1" }));
      lock(() => `${challenge()},scope="repository:acme/loan:pull,push"`, "Bearer t1");

      await repository.has(image);

      assert.deepEqual(storage.requests, [
        "GET /token?service=fake&scope=repository%3Aacme%2Floan%3Apull%2Cpush",
      ]);
    });

    for (const { realm, says } of [
      { realm: "http://tokens.example.com/token", says: "http://tokens.example.com, and only https is safe" },
      {
        realm: "https://tokens.example.com/token",
        says: "https://tokens.example.com, which is not in its domain 127.0.0.1",
      },
      {
        realm: "https://169.254.169.254/token?key=secret",
        says: "https://169.254.169.254, which is inside a private network",
      },
      {
        realm: "https://ann:secret@example.com/token",
        says: "https://example.com, with a login written into the address",
      },
      { realm: "ann:secret@example.com", says: "an address, and only https is safe" },
      { realm: "/token?key=secret", says: "an address, which is not a valid URL" },
    ])
      it(`sends no password to ${realm}`, async () => {
        rememberAnn();
        lock(() => `Bearer realm="${realm}"`, "never");

        await assert.rejects(repository.has(image), {
          message: `${registry.host} sends its logins to ${says}.
  at:  ${registry.host}/acme/loan@${image}
  fix: no login was sent; the registry's operator must give its token server an https address in the registry's own domain`,
        });
        assert.equal(registry.requests.length, 1);
      });

    it("says that the login was refused", async () => {
      rememberAnn();
      lock(
        tokenServer(() => ({})),
        "never",
      );
      storage.intercept = (_, response) => {
        response.writeHead(403).end();
        return true;
      };

      await assert.rejects(repository.has(image), {
        message: `${registry.host} denies access to this image: it answered 403 Forbidden.
  at:  ${registry.host}/acme/loan@${image}
  fix: docker login ${registry.host}, as a user who may pull it; see that its name is right`,
      });
    });

    for (const [title, answer] of Object.entries({
      "none was in the answer": { secret: "hunter2" },
      "what was in the answer can be no header": { token: "hunter2\nhost: evil" },
      "it was no text": { token: { secret: "hunter2" } },
    }))
      it(`says that ${title}`, async () => {
        lock(
          tokenServer(() => answer),
          "never",
        );

        await assert.rejects(repository.has(image), {
          message: `${registry.host} accepts the login, but its answer holds no token.
  at:  ${registry.host}/acme/loan@${image}
  fix: try again later`,
        });
      });

    for (const status of [302, 307])
      it(`does not follow a ${status} of the token server, which would take the login along`, async () => {
        const other = await startRegistry();
        try {
          rememberLogin({ identitytoken: "refresh" });
          lock(
            tokenServer(() => ({})),
            "never",
          );
          storage.intercept = (_, response) => {
            response.writeHead(status, { location: `http://${other.host}/token?key=secret` }).end();
            return true;
          };

          await assert.rejects(repository.has(image), {
            message: `For this image, ${storage.host} sends clients to http://${other.host}, which is too far: logins and uploads follow no redirects, and all else follows at most ten.
  at:  ${registry.host}/acme/loan@${image}
  fix: nothing was sent there; the registry's operator must make it give a public https address`,
          });
          assert.deepEqual(other.requests, []);
        } finally {
          other.close();
        }
      });

    it("names the token server that does not answer", async () => {
      storage.close();
      lock(() => `Bearer realm="http://${storage.host}/token"`, "never");

      await assert.rejects(repository.has(image), {
        message: `${storage.host} cannot be reached: connect ECONNREFUSED ${storage.host}.
  at:  ${registry.host}/acme/loan@${image}
  fix: see that it runs and that this machine can reach it; only a registry on this machine is reached by plain http`,
      });
    });
  });

  describe("with a password", () => {
    it("logs in", async () => {
      rememberAnn();
      lock(() => 'Basic realm="fake"', basic("ann:pass"));

      assert.equal(await read(), "0123456789");
    });

    it("says what to do if docker knows no login", async () => {
      lock(() => 'Basic realm="fake"', basic("ann:pass"));

      await assert.rejects(repository.manifest(image), {
        name: "RegistryError",
        what: `${registry.host} denies access to this image: it answered 401 Unauthorized (authentication required).`,
        at: `${registry.host}/acme/loan@${image}`,
        fix: `docker login ${registry.host}, as a user who may pull it; see that its name is right`,
      });
      assert.equal(registry.requests.length, 1);
    });

    it("does not ask a third time with a wrong one", async () => {
      rememberAnn();
      lock(() => 'Basic realm="fake"', basic("ann:changed"));

      await assert.rejects(repository.manifest(image), {
        what: `${registry.host} denies access to this image: it answered 401 Unauthorized (authentication required).`,
      });
      assert.equal(registry.requests.length, 2);
    });
  });

  describe("sent to a storage", () => {
    it("goes there without the login", async () => {
      rememberAnn();
      redirect(basic("ann:pass"));
      storage.intercept = ({ headers }, response) => {
        response.end(headers.authorization === undefined && headers.cookie === undefined ? bytes : "");
        return true;
      };

      assert.equal(await read(), "0123456789");
      assert.deepEqual(storage.requests, [`GET /signed/${layer.digest}?key=secret`]);
    });

    it("logs in nowhere else, and names the host that refused, but not its address, which holds a key", async () => {
      rememberAnn();
      redirect(basic("ann:pass"));
      storage.intercept = (_, response) => {
        response.writeHead(401, { "www-authenticate": `Basic realm="storage"` }).end();
        return true;
      };
      await repository.has(image);

      await assert.rejects(read(), {
        message: `${storage.host}, to which ${registry.host} redirects for this layer, answered 401 Unauthorized.
  at:  ${registry.host}/acme/loan@${layer.digest}
  fix: try again later`,
      });
      assert.equal(storage.requests.length, 1);
    });
  });

  describe("sent on", () => {
    for (const status of [301, 302, 303, 307, 308])
      it(`by ${status} goes to another place of the registry, with the login`, async () => {
        rememberAnn();
        lock(() => 'Basic realm="fake"', basic("ann:pass"));
        const locked = registry.intercept;
        registry.intercept = (request, response) => {
          if (locked(request, response)) return true;
          if (!request.url?.includes("/acme/")) return false;
          response.writeHead(status, { location: `/v2/moved/blobs/${layer.digest}` }).end();
          return true;
        };

        assert.equal(await read(), "0123456789");
        assert.deepEqual(registry.requests.slice(1), [
          `GET /v2/acme/loan/blobs/${layer.digest} ${basic("ann:pass")}`,
          `GET /v2/moved/blobs/${layer.digest} ${basic("ann:pass")}`,
        ]);
      });

    for (const { location, says } of [
      {
        location: "https://169.254.169.254/latest?key=secret",
        says: "https://169.254.169.254, which is inside a private network",
      },
      { location: "http://example.com/?key=secret", says: "http://example.com, and only https is safe" },
      {
        location: "https://ann:secret@example.com/",
        says: "https://example.com, with a login written into the address",
      },
    ])
      it(`does not go to ${location}`, async () => {
        sendOn(() => location);

        await assert.rejects(read(), {
          message: `For this layer, ${registry.host} sends clients to ${says}.
  at:  ${registry.host}/acme/loan@${layer.digest}
  fix: nothing was sent there; the registry's operator must make it give a public https address`,
        });
        assert.equal(registry.requests.length, 1);
      });

    it("goes ten times and no further", async () => {
      sendOn((url) => `${url}1`);

      await assert.rejects(read(), {
        what: `For this layer, ${registry.host} sends clients to http://${registry.host}, which is too far: logins and uploads follow no redirects, and all else follows at most ten.`,
      });
      assert.equal(registry.requests.length, 11);
    });

    it("to an address that is not a URL, says what was answered", async () => {
      sendOn(() => "http://[secret/");

      await assert.rejects(read(), {
        what: `${registry.host} answered 307 Temporary Redirect.`,
      });
    });
  });

  describe("pushing", () => {
    const digest = sha256(Buffer.from("fine"));

    for (const { location, says } of [
      { location: undefined, says: "an address, which is not a valid URL" },
      { location: "http://[secret/", says: "an address, which is not a valid URL" },
      {
        location: "https://169.254.169.254/upload?key=secret",
        says: "https://169.254.169.254, which is inside a private network",
      },
      {
        location: "http://storage.example.com/upload",
        says: "http://storage.example.com, and only https is safe",
      },
      {
        location: "https://ann:secret@example.com/",
        says: "https://example.com, with a login written into the address",
      },
    ])
      it(`sends nothing to ${location ?? "nowhere"}`, async () => {
        begin(location === undefined ? {} : { location });

        await assert.rejects(repository.pushBlob(Buffer.from("fine"), "text/plain"), {
          message: `For this attachment, ${registry.host} sends clients to ${says}.
  at:  ${registry.host}/acme/loan@${digest}
  fix: nothing was sent there; the registry's operator must make it give a public https address`,
        });
        assert.deepEqual(
          registry.requests.filter((request) => request.startsWith("PUT")),
          [],
        );
      });

    it("does not follow a redirect", async () => {
      registry.intercept = ({ method }, response) => {
        if (method !== "PUT") return false;
        response.writeHead(307, { location: `http://${storage.host}/upload` }).end();
        return true;
      };

      await assert.rejects(repository.pushBlob(Buffer.from("fine"), "text/plain"), {
        what: `For this attachment, ${registry.host} sends clients to http://${storage.host}, which is too far: logins and uploads follow no redirects, and all else follows at most ten.`,
      });
      assert.deepEqual(storage.requests, []);
    });
  });

  describe("when something is wrong", () => {
    it("says that nothing answers", async () => {
      registry.close();

      await assert.rejects(repository.has(image), {
        message: `${registry.host} cannot be reached: connect ECONNREFUSED ${registry.host}.
  at:  ${registry.host}/acme/loan@${image}
  fix: see that it runs and that this machine can reach it; only a registry on this machine is reached by plain http`,
      });
    });

    it("says that the image is not there", async () => {
      const digest = sha256(Buffer.from("another"));
      registry.intercept = (_, response) => {
        response
          .writeHead(404)
          .end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest\\nunknown\\u001b[31m"}]}');
        return true;
      };

      await assert.rejects(repository.manifest(digest), {
        message: `${registry.host} does not have this image: it answered 404 Not Found (manifest unknown [31m).
  at:  ${registry.host}/acme/loan@${digest}
  fix: see that its name is right, and that it was not deleted there`,
      });
    });

    for (const status of [429, 503])
      it(`asks again after ${status}, once`, async () => {
        let failures = 1;
        registry.intercept = (_, response) => {
          if (failures-- <= 0) return false;
          response.writeHead(status, { "retry-after": "0" }).end();
          return true;
        };
        assert.equal(await read(), "0123456789");

        failures = 2;
        await assert.rejects(read(), {
          message: `${registry.host} answered ${status === 429 ? "429 Too Many Requests" : "503 Service Unavailable"}.
  at:  ${registry.host}/acme/loan@${layer.digest}
  fix: try again later`,
        });
        assert.equal(registry.requests.length, 4);
      });

    it("asks again after a connection that broke, once", async () => {
      let failures = 1;
      registry.intercept = ({ socket }) => failures-- > 0 && socket.destroy().destroyed;
      assert.equal(await repository.has(image), true);

      failures = 2;
      await assert.rejects(repository.has(image), {
        what: `${registry.host} cannot be reached: other side closed.`,
      });
    });

    it("waits no longer than it should for an answer", async () => {
      registry.intercept = () => true;

      await assert.rejects(repository.has(image), {
        what: `${registry.host} cannot be reached: it was silent for 0.2 s.`,
      });
    });

    for (const sent of [0, 3])
      it(`waits no longer than it should for the rest after ${sent} bytes`, async () => {
        registry.intercept = (_, response) => {
          response.flushHeaders();
          response.write(bytes.subarray(0, sent));
          return true;
        };

        await assert.rejects(read(), {
          message: `${registry.host} did not give the whole layer unchanged: it was silent for 0.2 s.
  at:  ${registry.host}/acme/loan@${layer.digest}
  fix: try again; if that does not help, push the image again`,
        });
      });

    it("does not count the reader's own time", async () => {
      registry.intercept = (_, response) => {
        response.write(bytes.subarray(0, 5));
        setTimeout(() => response.end(bytes.subarray(5)), 20);
        return true;
      };
      let text = "";

      for await (const piece of repository.blob(layer)) {
        text += Buffer.from(piece).toString();
        await new Promise((later) => setTimeout(later, 300));
      }

      assert.equal(text, "0123456789");
    });

    it("notices a connection that ends too early", async () => {
      registry.intercept = (_, response) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 3), () => response.destroy());
        return true;
      };

      await assert.rejects(read(), {
        what: `${registry.host} did not give the whole layer unchanged: other side closed.`,
      });
    });

    for (const { title, gives, why } of [
      {
        title: "too few bytes",
        gives: "0123",
        why: "did not give the whole layer unchanged: it ends after 4 of 10 bytes",
      },
      {
        title: "too many bytes",
        gives: "0123456789a",
        why: "did not give the whole layer unchanged: it is larger than its 10 bytes",
      },
      {
        title: "other bytes",
        gives: "012345678x",
        why: `gave a different layer than was asked for: its digest is ${sha256(Buffer.from("012345678x"))}`,
      },
    ])
      it(`notices ${title}`, async () => {
        registry.contents.set(layer.digest, Buffer.from(gives));

        await assert.rejects(read(), { what: `${registry.host} ${why}.` });
      });

    it("notices another manifest", async () => {
      const other = Buffer.from('{"layers":[]}');
      registry.contents.set(image, other);

      await assert.rejects(repository.manifest(image), {
        message: `${registry.host} gave a different image than was asked for: its digest is ${sha256(other)}.
  at:  ${registry.host}/acme/loan@${image}
  fix: try again; if that does not help, the registry or a proxy in front of it is broken: push the image again`,
      });
    });

    it("does not read a manifest without an end", async () => {
      const { digest } = registry.add(Buffer.alloc(4 * 2 ** 20 + 1));

      await assert.rejects(repository.manifest(digest), {
        what: `${registry.host} did not give the whole image unchanged: it is larger than 4194304 bytes.`,
      });
    });

    for (const [title, content] of Object.entries({
      "is not JSON": "hello",
      "is null": "null",
      "lists nothing": '{"fsLayers":[]}',
      "chooses an address": '{"layers":[{"digest":"../../../secret","size":1}]}',
      "has less than nothing": `{"layers":[{"digest":"${sha256(bytes)}","size":-1}]}`,
      "has no sizes": `{"layers":[{"digest":"${sha256(bytes)}"}]}`,
    }))
      it(`refuses a manifest that ${title}`, async () => {
        const { digest } = registry.add(Buffer.from(content));

        await assert.rejects(repository.manifest(digest), {
          message: `${registry.host} has something under this digest that is not an image: it lists neither layers nor manifests.
  at:  ${registry.host}/acme/loan@${digest}
  fix: name the image of a release, as \`pulumi stack output image\` prints it`,
        });
      });
  });
});
