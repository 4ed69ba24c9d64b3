/** Why a registry did not do what was asked, for the person at the terminal. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  /** The registry's answer, or what is wrong with it. */
  readonly what: string;
  /** The image: `ghcr.io/acme/loan@sha256:…`. */
  readonly where: string;
  readonly fix: string;

  constructor(what: string, where: string, fix: string, options?: ErrorOptions) {
    super(`${what}\n  at:  ${where}\n  fix: ${fix}`, options);
    this.what = what;
    this.where = where;
    this.fix = fix;
  }
}
