/** A registry on a port of its own, with a test's images and everything that is pushed to it. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { Descriptor } from "../../registry/ociRepository.ts";

export interface FakeRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The requests: method, path and Authorization. */
  readonly requests: string[];
  /** Layers and manifests, by digest or tag. */
  readonly contents: Map<string, Buffer>;
  /** Media types of manifests, by digest or tag. */
  readonly types: Map<string, string>;
  /** Answers before the registry does, if it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  add(bytes: Buffer, mediaType?: string): Descriptor;
  /** @returns The image by digest. */
  addImage(layers: readonly Descriptor[], repository?: string): string;
  close(): void;
}

export const sha256 = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export async function startRegistry(): Promise<FakeRegistry> {
  const contents = new Map<string, Buffer>();
  const types = new Map<string, string>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { method, url = "", headers } = request;
    requests.push([method, url, headers.authorization].filter(Boolean).join(" "));
    if (registry.intercept(request, response)) return;
    if (method === "POST" || method === "PUT") return void take(request, response);
    const reference = url.slice(url.lastIndexOf("/") + 1);
    const found = url.includes("/referrers/") ? undefined : contents.get(reference);
    response.writeHead(found ? 200 : 404, {
      "content-length": found?.length ?? 0,
      ...(types.has(reference) && { "content-type": types.get(reference) }),
    });
    response.end(method === "HEAD" ? undefined : found);
  });
  /** A push as the OCI distribution specification has it: the start of an upload, a blob or a manifest. */
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", headers } = request;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    if (method === "POST") {
      response.writeHead(202, { location: `${url}1?_state=begun` }).end();
      return;
    }
    const reference =
      new URL(url, "http://x").searchParams.get("digest") ?? url.slice(url.lastIndexOf("/") + 1);
    const digest = sha256(bytes);
    for (const name of [reference, digest]) {
      contents.set(name, bytes);
      types.set(name, headers["content-type"] ?? "");
    }
    response.writeHead(reference.startsWith("sha256:") && reference !== digest ? 400 : 201).end();
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const registry: FakeRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    contents,
    types,
    intercept: () => false,
    add: (bytes, mediaType = "application/vnd.oci.image.layer.v1.tar+gzip") => {
      contents.set(sha256(bytes), bytes);
      return { mediaType, digest: sha256(bytes), size: bytes.length };
    },
    addImage: (layers, repository = "loan") => {
      const { digest } = registry.add(Buffer.from(JSON.stringify({ schemaVersion: 2, layers })));
      return `${registry.host}/${repository}@${digest}`;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return registry;
}

/** A layer of these files: contents by name, or a header of another kind. */
export async function tarOf(files: Readonly<Record<string, string | Partial<Header>>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files))
    if (typeof content === "string") tar.entry({ name }, content);
    else tar.entry({ name, ...content });
  tar.finalize();
  const pieces: Uint8Array[] = [];
  for await (const piece of tar) pieces.push(piece as Uint8Array);
  return Buffer.concat(pieces);
}

export const gzippedTarOf = async (files: Parameters<typeof tarOf>[0]): Promise<Buffer> =>
  gzipSync(await tarOf(files));
