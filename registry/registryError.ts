/** Why a registry does not give an image, in words for the person at the terminal. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  /** What the registry answered, or what is wrong with what it gave. */
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
