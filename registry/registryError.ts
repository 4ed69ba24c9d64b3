import { FixableError } from "../common/fixableError.ts";

/** Why a registry did not do what was asked, for the person at the terminal. */
export class RegistryError extends FixableError {
  override readonly name = "RegistryError";

  /**
   * @param what What the registry answered, or what is wrong with what it gave.
   * @param image Its reference: `ghcr.io/acme/loan@sha256:…`.
   */
  constructor(what: string, image: string, fix: string, options?: ErrorOptions) {
    super(what, { at: image, fix }, options);
  }
}
