import assert from "node:assert/strict";
import { OciRepository } from "../../registry/ociRepository.ts";
import { attach, isAmong, listReferrers } from "../../registry/referrers.ts";
import { type FakeRegistry, sha256, startRegistry } from "../support/fakeRegistry.ts";

const note = { artifactType: "text/x-note", annotations: { by: "Ada" }, bytes: Buffer.from("fine") };
const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

describe("Referrers", () => {
  let registry: FakeRegistry;
  let repository: OciRepository;
  let image: string;
  let tag: string;

  beforeEach(async () => {
    registry = await startRegistry();
    repository = new OciRepository({ registry: registry.host, repository: "acme/loan" }, { silenceMs: 500 });
    image = registry.addImage([]).split("@")[1] ?? "";
    registry.types.set(image, indexType);
    tag = image.replace(":", "-");
  });
  afterEach(() => registry.close());

  const json = (reference: string) => JSON.parse(String(registry.contents.get(reference)));
  const written = () => registry.requests.filter((request) => /^(PUT|POST)/.test(request));

  it("are none where nothing was attached", async () => {
    assert.deepEqual(await listReferrers(repository, image), []);
    assert.deepEqual(registry.requests, [
      `GET /v2/acme/loan/referrers/${image}`,
      `GET /v2/acme/loan/manifests/${tag}`,
    ]);
  });

  it("are manifests with the image as their subject, in an index under the image's tag", async () => {
    await attach(repository, image, note);

    const [own] = json(tag).manifests;
    assert.deepEqual(json(tag), {
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [
        {
          mediaType: manifestType,
          digest: own.digest,
          size: registry.contents.get(own.digest)?.length,
          artifactType: "text/x-note",
          annotations: { by: "Ada" },
        },
      ],
    });
    const empty = sha256(Buffer.from("{}"));
    assert.deepEqual(json(own.digest), {
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: "text/x-note",
      config: { mediaType: "application/vnd.oci.empty.v1+json", digest: empty, size: 2 },
      layers: [{ mediaType: "text/x-note", digest: sha256(note.bytes), size: 4 }],
      subject: { mediaType: indexType, digest: image, size: registry.contents.get(image)?.length },
      annotations: { by: "Ada" },
    });
    assert.equal(String(registry.contents.get(sha256(note.bytes))), "fine");
    assert.deepEqual(await listReferrers(repository, image), json(tag).manifests);
  });

  it("keep those of others beside them, and are there once however often they are attached", async () => {
    const other = { mediaType: manifestType, digest: `sha256:${"0".repeat(64)}`, size: 1, artifactType: "x" };
    registry.contents.set(tag, Buffer.from(JSON.stringify({ manifests: [other] })));
    await attach(repository, image, note);
    const uploads = () => registry.requests.filter((request) => request.startsWith("POST"));
    const before = uploads();
    await attach(repository, image, note);

    assert.deepEqual(uploads(), before, "nothing is uploaded again");
    const { manifests } = json(tag);
    assert.deepEqual(
      manifests.map(({ artifactType }: { artifactType: string }) => artifactType),
      ["x", "text/x-note"],
    );
  });

  it("go under no tag where the registry says that it lists them", async () => {
    registry.intercept = ({ method, url = "" }, response) => {
      if (method !== "PUT" || !url.includes("/manifests/")) return false;
      response.writeHead(201, { "oci-subject": image }).end();
      return true;
    };
    await attach(repository, image, note);

    assert.deepEqual(
      written().filter((request) => request.includes(tag)),
      [],
    );
  });

  it("are those that the registry lists, where it does", async () => {
    const listed = [{ mediaType: manifestType, digest: `sha256:${"1".repeat(64)}`, size: 1 }];
    registry.intercept = ({ url = "" }, response) => {
      if (!url.includes("/referrers/")) return false;
      response.writeHead(200, { "content-type": indexType }).end(JSON.stringify({ manifests: listed }));
      return true;
    };

    assert.deepEqual(await listReferrers(repository, image), listed);
  });

  for (const { status, type } of [
    { status: 400, type: "application/json" },
    { status: 200, type: "text/html" },
  ])
    it(`are looked for under the tag where the registry answers ${status} with ${type}`, async () => {
      await attach(repository, image, note);
      registry.intercept = ({ url = "" }, response) => {
        if (!url.includes("/referrers/")) return false;
        response.writeHead(status, { "content-type": type }).end("<p>no</p>");
        return true;
      };

      assert.equal((await listReferrers(repository, image)).length, 1);
    });

  it("are told apart by their type and their annotations", () => {
    const found = [
      { mediaType: manifestType, digest: "", size: 1, artifactType: "a", annotations: { k: "v", l: "w" } },
    ];

    assert.equal(isAmong(found, { artifactType: "a", annotations: { k: "v" } }), true);
    assert.equal(isAmong(found, { artifactType: "b", annotations: { k: "v" } }), false);
    assert.equal(isAmong(found, { artifactType: "a", annotations: { k: "w" } }), false);
  });

  it("take a login that may push, which reading does not ask for, and do not show it to another host", async () => {
    const storage = await startRegistry();
    try {
      registry.intercept = ({ method = "", headers, url = "" }, response) => {
        if (url.startsWith("/token")) {
          const scope = new URL(url, "http://x").searchParams.get("scope") ?? "";
          response.end(JSON.stringify({ token: scope.split(":").at(-1) }));
          return true;
        }
        const needed = method === "GET" || method === "HEAD" ? "pull" : "pull,push";
        if (headers.authorization !== `Bearer ${needed}`) {
          const realm = `Bearer realm="http://${registry.host}/token",service="fake",scope="repository:acme/loan:${needed}"`;
          response.writeHead(401, { "www-authenticate": realm }).end();
          return true;
        }
        if (method !== "POST") return false;
        response.writeHead(202, { location: `http://${storage.host}/upload/1` }).end();
        return true;
      };
      await attach(repository, image, note);

      assert.deepEqual(
        storage.requests.map((request) => request.replace(/sha256%3A\w+/, "DIGEST")),
        ["PUT /upload/1?digest=DIGEST", "PUT /upload/1?digest=DIGEST"],
      );
      assert.deepEqual(written().filter((request) => !request.endsWith("Bearer pull,push")).length, 1);
    } finally {
      storage.close();
    }
  });

  it("say that somebody may not push", async () => {
    registry.intercept = ({ method }, response) => {
      if (method !== "POST") return false;
      response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"read only"}]}');
      return true;
    };

    await assert.rejects(attach(repository, image, note), {
      message: `${registry.host} lets whoever asks attach nothing: it answered 403 Forbidden (read only).
  at:  ${registry.host}/acme/loan@${sha256(Buffer.from("{}"))}
  fix: docker login ${registry.host}, as somebody who may push to it`,
    });
  });
});
