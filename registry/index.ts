/** The face of registry/: images in registries, by the OCI distribution protocol. */
export { parseImageReference } from "./imageReference.ts";
export { type Descriptor, type Manifest, OciRepository } from "./ociRepository.ts";
export { type Attachment, attach, isAmong, listReferrers } from "./referrers.ts";
export { RegistryError } from "./registryError.ts";
export { fetchServedModel } from "./servedModel.ts";
