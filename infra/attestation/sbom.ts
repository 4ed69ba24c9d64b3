/** What is in an image, as CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/. Pure. */
import { createHash } from "node:crypto";
import type { Contract } from "../../contract/index.ts";
import type { BundledPackage } from "../../service/bundle.ts";
import type { NamedFile } from "../image/releaseName.ts";

export interface ImageContents {
  readonly release: string;
  readonly model: Pick<Contract, "name" | "version" | "task" | "description">;
  /** The build context's. */
  readonly files: readonly NamedFile[];
  readonly packages: readonly BundledPackage[];
  /** The version of ONNX Runtime's native part. */
  readonly runtimeVersion: string;
  /** By digest. */
  readonly baseImage: string;
}

/**
 * A function of the release alone: no time and no chance, so that the same image always gets the same bytes.
 *
 * What the base image is made of is its publisher's to say, and the document says that it does not.
 */
export function sbom({ release, model, files, packages, runtimeVersion, baseImage }: ImageContents) {
  const components = [
    modelComponent(model, files),
    runtimeComponent(runtimeVersion, files),
    baseComponent(baseImage),
    ...packages.map(npmComponent),
  ];
  const image = `slipway:${release}`;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(image)}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: "application", name: "slipway" }] },
      component: { type: "container", "bom-ref": image, name: model.name, version: release },
    },
    components,
    dependencies: [{ ref: image, dependsOn: components.map((component) => component["bom-ref"]) }],
    compositions: [{ aggregate: "unknown", assemblies: [BASE_IMAGE] }],
  };
}

const BASE_IMAGE = "base-image";
const MODEL_FILE = "model/model.onnx";

function modelComponent(
  { name, version, task, description }: ImageContents["model"],
  files: readonly NamedFile[],
) {
  return {
    type: "machine-learning-model",
    "bom-ref": "model",
    name,
    version,
    ...(description !== undefined && { description }),
    hashes: files.filter(({ path }) => path === MODEL_FILE).map(hash),
    modelCard: { modelParameters: { task } },
  };
}

/** ONNX Runtime with the hash of each file, for every platform: a scanner finds these on a disk. */
function runtimeComponent(version: string, files: readonly NamedFile[]) {
  const purl = `pkg:github/microsoft/onnxruntime@v${version}`;
  const native = files.filter(({ path }) => path.startsWith("native/"));
  return {
    type: "library",
    "bom-ref": purl,
    name: "onnxruntime",
    version,
    licenses: [{ expression: "MIT" }],
    purl,
    components: native
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map((file) => ({ type: "file", name: file.path, hashes: [hash(file)] })),
  };
}

function baseComponent(reference: string) {
  const [tagged = "", digest = ""] = reference.split("@");
  const [, repository = "", tag] = /^(.*?)(?::([^:/]+))?$/.exec(tagged) ?? [];
  const qualifiers = [`repository_url=${repository}`, ...(tag === undefined ? [] : [`tag=${tag}`])];
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  return {
    type: "container",
    "bom-ref": BASE_IMAGE,
    name: repository,
    version: digest,
    purl: `pkg:oci/${name}@${encodeURIComponent(digest)}?${qualifiers.join("&")}`,
  };
}

function npmComponent({ name, version, licence }: BundledPackage) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${encodeURIComponent(version)}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    ...(licence !== undefined && { licenses: [licenceOf(licence)] }),
    purl,
  };
}

/** npm also accepts texts such as "SEE LICENSE IN ...", which are no SPDX expression. */
const licenceOf = (text: string) =>
  /^\(?[\w.+-]+(\)? (AND|OR|WITH) \(?[\w.+-]+)*\)*$/.test(text) && text !== "UNLICENSED"
    ? { expression: text }
    : { license: { name: text } };

const hash = ({ sha256 }: NamedFile) => ({ alg: "SHA-256", content: sha256 });

/** A UUID of version 8, which is free to be made of a hash (RFC 9562, 5.8). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
