import assert from "node:assert/strict";
import { OciRepository } from "../../registry/ociRepository.ts";
import { attach, isAmong, listReferrers } from "../../registry/referrers.ts";
import { type FakeRegistry, sha256, startRegistry } from "../support/fakeRegistry.ts";

const note = { artifactType: "text/x-note", annotations: { by: "Ada" }, bytes: Buffer.from("fine") };
const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

interface Page {
  readonly link?: string;
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
}
const descriptor = (number: number) => ({
  mediaType: manifestType,
  digest: `sha256:${String(number).padStart(64, "0")}`,
  size: number,
});
const indexOf = (number: number) => JSON.stringify({ manifests: [descriptor(number)] });

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

  const list = () => `/v2/acme/loan/referrers/${image}`;
  const next = (number: number) => `<${list()}?page=${number}>; rel="next"`;
  /** Lists one referrer on each page: page N names size N. */
  const serve = (pages: (number: number) => Page) => {
    registry.intercept = ({ url = "" }, response) => {
      if (!url.includes("/referrers/")) return false;
      const number = Number(new URL(url, "http://x").searchParams.get("page"));
      const { link, status = 200, type = indexType, body = indexOf(number) } = pages(number);
      response.writeHead(status, { "content-type": type, ...(link && { link }) }).end(body);
      return true;
    };
  };
  const sizes = async () => (await listReferrers(repository, image)).map(({ size }) => size);
  const pagesRead = () => registry.requests.filter((request) => request.includes("/referrers/")).length;

  /** Answers HEAD for a manifest. */
  const head = (headers: Record<string, string | number>) => {
    registry.intercept = ({ method, url = "" }, response) => {
      if (method !== "HEAD" || !url.includes("/manifests/")) return false;
      response.writeHead(200, headers).end();
      return true;
    };
  };
  const reads = () => registry.requests.filter((request) => request.startsWith("GET")).length;

  it("are none if nothing was attached", async () => {
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

  describe("say what they refer to", () => {
    const docker = "application/vnd.docker.distribution.manifest.v2+json";
    const plain = '{"schemaVersion":2,"layers":[]}';

    for (const { title, headers, content = plain, mediaType = manifestType, read = 1, size } of [
      {
        title: "as HEAD has it",
        headers: { "content-type": `${docker}; charset=utf-8`, "content-length": 17 },
        mediaType: docker,
        read: 0,
        size: 17,
      },
      { title: "without a length", headers: { "content-type": docker } },
      { title: "with a length of 0", headers: { "content-type": docker, "content-length": 0 } },
      {
        title: "with a length that no manifest has",
        headers: { "content-type": docker, "content-length": 2 ** 22 + 1 },
      },
      { title: "without a type", headers: { "content-length": 17 } },
      {
        title: "with another type",
        headers: { "content-type": "text/html", "content-length": 17 },
      },
      {
        title: "by its own type",
        headers: {},
        content: `{"mediaType":"${docker}","layers":[]}`,
        mediaType: docker,
      },
      { title: "as an index", headers: {}, content: '{"manifests":[]}', mediaType: indexType },
      { title: "by no invented type", headers: {}, content: '{"mediaType":"text/html","layers":[]}' },
    ])
      it(title, async () => {
        const { digest } = registry.add(Buffer.from(content));
        head(headers);

        assert.deepEqual(await repository.describe(digest), {
          mediaType,
          digest,
          size: size ?? content.length,
        });
        assert.equal(reads(), read);
      });

    it("not by other bytes", async () => {
      const { digest } = registry.add(Buffer.from(plain));
      const other = Buffer.from('{"layers":[],"a":1}');
      registry.contents.set(digest, other);
      head({});

      await assert.rejects(repository.describe(digest), {
        what: `${registry.host} gave a different image than was asked for: its digest is ${sha256(other)}.`,
      });
    });

    it("not by more bytes than a manifest has", async () => {
      const { digest } = registry.add(Buffer.from(plain.padEnd(4 * 2 ** 20 + 1)));
      head({});

      await assert.rejects(repository.describe(digest), /it is larger than 4194304 bytes/);
    });

    it("not by anything but a manifest", async () => {
      const { digest } = registry.add(Buffer.from("hello"));
      head({});

      await assert.rejects(repository.describe(digest), /it lists neither layers nor manifests/);
    });
  });

  it("keep those of others, and are there once even if attached twice", async () => {
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

  it("go under no tag if the registry says that it lists them", async () => {
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

  it("are those that the registry lists, if it does", async () => {
    const listed = [{ mediaType: manifestType, digest: `sha256:${"1".repeat(64)}`, size: 1 }];
    registry.intercept = ({ url = "" }, response) => {
      if (!url.includes("/referrers/")) return false;
      response.writeHead(200, { "content-type": indexType }).end(JSON.stringify({ manifests: listed }));
      return true;
    };

    assert.deepEqual(await listReferrers(repository, image), listed);
  });

  describe("on several pages", () => {
    for (const { title, link } of [
      { title: "as a path", link: next },
      {
        title: "whole",
        link: (page: number) => `<http://${registry.host}${list()}?page=${page}>; rel="next"`,
      },
      { title: "as a query", link: (page: number) => `<?page=${page}>;rel=next` },
      { title: "without a kind", link: (page: number) => `<?page=${page}>` },
      { title: "of two kinds", link: (page: number) => `<?page=${page}>; title="a"; rel="last Next"` },
      {
        title: "after another",
        link: (page: number) => `<?page=0>; rel="first", <?page=${page}>; rel="next"`,
      },
    ])
      it(`are all read: links ${title}`, async () => {
        serve((page) => (page < 3 ? { link: link(page + 1) } : { link: '<?page=0>; rel="first not-next"' }));

        assert.deepEqual(await sizes(), [0, 1, 2, 3]);
      });

    it("are all read with the login", async () => {
      registry.intercept = ({ headers, url = "" }, response) => {
        if (url.startsWith("/token")) {
          response.end('{"token":"t1"}');
          return true;
        }
        if (headers.authorization !== "Bearer t1") {
          response
            .writeHead(401, { "www-authenticate": `Bearer realm="http://${registry.host}/token"` })
            .end();
          return true;
        }
        const page = url.endsWith("?page=1") ? 1 : 0;
        response.writeHead(200, { "content-type": indexType, ...(page === 0 && { link: next(1) }) });
        response.end(indexOf(page));
        return true;
      };

      assert.deepEqual(await sizes(), [0, 1]);
    });

    for (const { title, pages, why, read } of [
      {
        title: "on another host",
        pages: () => ({ link: `<https://example.com${list()}?key=secret>; rel="next"` }),
        why: "the next page is outside the repository",
        read: 1,
      },
      {
        title: "on another port",
        pages: () => ({ link: `<http://127.0.0.1:1${list()}?page=1>; rel="next"` }),
        why: "the next page is outside the repository",
        read: 1,
      },
      {
        title: "with a login in its address",
        pages: () => ({ link: `<http://ann:secret@${registry.host}${list()}?page=1>; rel="next"` }),
        why: "the next page is outside the repository",
        read: 1,
      },
      {
        title: "in another repository",
        pages: () => ({ link: `</v2/acme/loan2/referrers/${image}?page=1>; rel="next"` }),
        why: "the next page is outside the repository",
        read: 1,
      },
      {
        title: "in another repository by way of this one",
        pages: () => ({ link: `<../../../other/referrers/${image}?page=1>; rel="next"` }),
        why: "the next page is outside the repository",
        read: 1,
      },
      {
        title: "at an address that is not a URL",
        pages: () => ({ link: '<http://[secret/>; rel="next"' }),
        why: "the next page is outside the repository",
        read: 1,
      },
      {
        title: "in a malformed link",
        pages: () => ({ link: `${list()}?page=1; rel="next"` }),
        why: "a Link header cannot be read",
        read: 1,
      },
      {
        title: "that was read before",
        pages: (page: number) => ({ link: next((page + 1) % 3) }),
        why: "its pages go round in circles",
        read: 4, // the first one twice, by its number as well
      },
      {
        title: "that is itself",
        pages: () => ({ link: "<>" }),
        why: "its pages go round in circles",
        read: 1,
      },
      {
        title: "without end",
        pages: (page: number) => ({ link: next(page + 1) }),
        why: "it has more than 100 pages",
        read: 100,
      },
      {
        title: "with more than all pages may have",
        pages: (page: number) => ({ link: next(page + 1), body: indexOf(page).padEnd(4 * 2 ** 20) }),
        why: "it is larger than 16777216 bytes",
        read: 5,
      },
      {
        title: "that is not an index",
        pages: (page: number) => (page === 0 ? { link: next(1) } : { type: "application/json" }),
        why: "a page is not an index",
        read: 2,
      },
      {
        title: "that lists layers",
        pages: (page: number) => (page === 0 ? { link: next(1) } : { body: '{"layers":[]}' }),
        why: "it is an image, not an index",
        read: 2,
      },
    ])
      it(`are none if there is a page ${title}`, async () => {
        serve(pages);

        await assert.rejects(listReferrers(repository, image), {
          message: `${registry.host} does not give the whole list of what belongs to this image: ${why}.
  at:  ${registry.host}/acme/loan@${image}
  fix: mend the registry or the proxy in front of it; until then, attachments can be neither found nor added`,
        });
        assert.equal(pagesRead(), read);
      });

    it("are as many as 100 pages hold", async () => {
      serve((page) => (page < 99 ? { link: next(page + 1) } : {}));

      assert.equal((await sizes()).length, 100);
    });

    for (const status of [403, 404])
      it(`are none if a later page is refused with ${status}`, async () => {
        serve((page) => (page === 0 ? { link: next(1) } : { status }));

        await assert.rejects(listReferrers(repository, image), new RegExp(`answered ${status} `));
      });

    it("are none if one page is larger than a manifest", async () => {
      serve((page) => (page === 0 ? { link: next(1) } : { body: indexOf(1).padEnd(4 * 2 ** 20 + 1) }));

      await assert.rejects(listReferrers(repository, image), /it is larger than 4194304 bytes/);
    });
  });

  it("do not overwrite an image under their tag", async () => {
    const { digest } = registry.add(Buffer.from('{"layers":[]}'));
    registry.contents.set(tag, registry.contents.get(digest) ?? Buffer.alloc(0));

    await assert.rejects(attach(repository, image, note), {
      what: `${registry.host} does not give the whole list of what belongs to this image: it is an image, not an index.`,
      at: `${registry.host}/acme/loan, ${tag}`,
    });
    assert.equal(String(registry.contents.get(tag)), '{"layers":[]}');
  });

  for (const { status, type } of [
    { status: 400, type: "application/json" },
    { status: 200, type: "text/html" },
  ])
    it(`are looked for under the tag if the registry answers ${status} with ${type}`, async () => {
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

  it("take a login that may push (reading asks for less), and do not show it to another host", async () => {
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

  it("say that the user may not push", async () => {
    registry.intercept = ({ method }, response) => {
      if (method !== "POST") return false;
      response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"read only"}]}');
      return true;
    };

    await assert.rejects(attach(repository, image, note), {
      message: `${registry.host} does not let this login attach anything: it answered 403 Forbidden (read only).
  at:  ${registry.host}/acme/loan@${sha256(Buffer.from("{}"))}
  fix: docker login ${registry.host}, as a user who may push to it`,
    });
  });
});
