/**
 * The files of the service's image: a bundle for each process and one for the proof, each with a source map; the files of
 * the page at /docs; ONNX Runtime's native part. Also the npm packages that they were made of. infra/ imports nothing else of service/.
 */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type BuildResult, build, type Plugin } from "esbuild";
import { CHECKOUT } from "../common/checkout.ts";
import { SWAGGER_FILES } from "./src/docs/pageFiles.ts";

export interface BundledFile {
  /** Beside the bundle: `main.cjs`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An npm package that has a part in the image. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json has it: an SPDX expression as a rule. */
  readonly licence?: string;
}

/** Where onnxruntime-node 1.30.0 has its native part, and the two files of it that a CPU on Linux needs. */
const NATIVE_FOLDER = "node_modules/onnxruntime-node/bin/napi-v6/linux";
const NATIVE_FILES = ["libonnxruntime.so.1", "onnxruntime_binding.node"];
/** A bundle each: what the service starts, and what it imports only when it is wanted. */
const PROGRAMS = [
  "service/src/programs/main.ts",
  "service/src/programs/worker.ts",
  "service/src/programs/runner.ts",
  "service/src/programs/prove.ts",
  "service/src/telemetry/tracing.ts",
];
const NODE_ARCH = { amd64: "x64", arm64: "arm64" } as const;

/**
 * Bundles the service's processes and its proof.
 *
 * @returns `main.cjs` and the like, a `.map` of each and what the page at /docs is made of: the same bytes from any folder, wherever node_modules really lies.
 * @param root The checkout to bundle from, for tests.
 */
export async function bundleService(root = CHECKOUT): Promise<BundledFile[]> {
  const { outputFiles } = await bundle(root);
  return [
    ...outputFiles.map(({ path, contents }) => ({ path: basename(path), bytes: contents })),
    ...(await Promise.all(
      SWAGGER_FILES.map(async (path) => ({
        path,
        bytes: await readFile(join(root, "node_modules/swagger-ui-dist", path)),
      })),
    )),
  ];
}

/** The packages that have a line or a file in what `bundleService` gives: each version once, by name. */
export async function bundledPackages(root = CHECKOUT): Promise<BundledPackage[]> {
  const { outputs } = (await bundle(root)).metafile;
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const packages = new Map<string, BundledPackage>();
  for (const folder of new Set([...used.map(packageFolder), "node_modules/swagger-ui-dist"])) {
    if (folder === undefined) continue; // a file of the service's own
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
    const licence = typeof license === "string" ? { licence: license } : {};
    packages.set(`${name}@${version}`, { name, version, ...licence });
  }
  return [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

/** The innermost: a package may have packages of its own. */
const packageFolder = (path: string): string | undefined =>
  /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0];

type Bundle = BuildResult<{ write: false; metafile: true }>;

/** By checkout. One build gives the files and what they were made of, so that neither can differ from the other. */
const bundles = new Map<string, Promise<Bundle>>();

function bundle(root: string): Promise<Bundle> {
  const made = bundles.get(root) ?? makeBundle(root);
  bundles.set(root, made);
  return made;
}

const makeBundle = (root: string): Promise<Bundle> =>
  build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outdir: ".",
    entryNames: "[name]",
    outExtension: { ".js": ".cjs" },
    write: false,
    metafile: true,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // As require: Node.js's loader of ES modules takes long to start.
    supported: { "dynamic-import": false },
    // Files and lines for stack traces; the sources themselves are in the repository.
    inject: ["service/src/programs/mapStackTraces.ts"],
    sourcemap: "external",
    sourcesContent: false,
    // A start reads all of it. Names stay, for stack traces, and lines short: an uncaught error prints the one that it is in.
    minifyWhitespace: true,
    lineLimit: 200,
    legalComments: "none",
    preserveSymlinks: true,
    // No tsconfig.json of a folder above may have a say.
    tsconfigRaw: {},
    // CommonJS has the one and not the other.
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
    plugins: [nativeBesideBundle, importedWhenWanted],
    logLevel: "silent",
  });

/** The version of `nativeRuntimeFiles`. */
export async function nativeRuntimeVersion(): Promise<string> {
  const text = await readFile(join(CHECKOUT, "node_modules/onnxruntime-node/package.json"), "utf8");
  return JSON.parse(text).version;
}

/**
 * The native files that go beside the bundle on one platform. Each finds the other there (RUNPATH $ORIGIN).
 * CUDA and TensorRT are other libraries, which npm does not bring and a CPU does not ask for.
 */
export function nativeRuntimeFiles(arch: keyof typeof NODE_ARCH): { from: string; to: string }[] {
  return NATIVE_FILES.map((name) => ({
    from: join(CHECKOUT, NATIVE_FOLDER, NODE_ARCH[arch], name),
    to: name,
  }));
}

/** onnxruntime-node computes the path of its native part from its own folder, which the image does not have. */
const nativeBesideBundle: Plugin = {
  name: "native-beside-bundle",
  setup({ onLoad, onResolve }) {
    const computed = "`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`";
    onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(computed))
        throw new Error(`${path} no longer requires ${computed}: service/bundle.ts must follow`);
      return { contents: source.replace(computed, '"./onnxruntime_binding.node"'), loader: "js" };
    });
    onResolve({ filter: /^\.\/onnxruntime_binding\.node$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** A file that is imported with `import()` is a bundle of its own, so that only its users pay for it. */
const importedWhenWanted: Plugin = {
  name: "imported-when-wanted",
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.cjs`, external: true } : undefined,
    );
  },
};
