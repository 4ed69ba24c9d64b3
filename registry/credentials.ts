/** Reads the login that docker remembers for a registry. Edge. */
import { type ExecFileException, execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { DOCKER_HUB } from "./imageReference.ts";
import { RegistryError } from "./registryError.ts";

export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as Azure's registry issues. */
  | { readonly identityToken: string };

/** The parts of docker's config.json that hold logins (docs.docker.com/reference/cli/docker/login). */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker keeps Docker Hub's login under the address of its first API. */
const HUB_LOGIN = "https://index.docker.io/v1/";
/** A helper gives this user name if the secret is an identity token. */
const TOKEN_USER = "<token>";
/** Long, since some helpers ask a cloud for a token. */
const HELPER_MS = 30_000;

/**
 * Reads `$DOCKER_CONFIG/config.json`, by default `~/.docker/config.json`, and asks the credential helper that it names.
 *
 * @param registry Host with its port.
 * @returns undefined if there is no login: a public image needs none.
 * @throws RegistryError if the file cannot be read or the helper fails.
 */
export async function readCredentials(registry: string): Promise<Credentials | undefined> {
  const { auths, credHelpers, credsStore } = await readDockerConfig();
  const server = registry === DOCKER_HUB ? HUB_LOGIN : registry;
  const helper = credHelpers?.[server] ?? credHelpers?.[registry] ?? credsStore;
  const helped = helper === undefined ? undefined : await askHelper(helper, server);
  return helped ?? readAuth(auths?.[server] ?? auths?.[Object.keys(auths).find(isOf(server)) ?? ""]);
}

async function readDockerConfig(): Promise<DockerConfig> {
  const file = path.join(process.env["DOCKER_CONFIG"] || path.join(homedir(), ".docker"), "config.json");
  try {
    return (JSON.parse(await readFile(file, "utf8")) as DockerConfig | null) ?? {};
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    // The parser's message quotes the text, which holds passwords.
    const reason = error instanceof SyntaxError ? "it is not JSON" : message;
    throw new RegistryError(
      `Docker's settings cannot be read: ${reason}.`,
      file,
      "mend the file, or set DOCKER_CONFIG to another folder",
    );
  }
}

/** Older keys are URLs: `https://ghcr.io/v2/` means `ghcr.io`. */
const isOf = (server: string) => (key: string) => key.replace(/^https?:\/\//, "").split("/")[0] === server;

function readAuth(entry: { auth?: string; identitytoken?: string } = {}): Credentials | undefined {
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (!entry.auth) return undefined;
  const [username = "", ...password] = Buffer.from(entry.auth, "base64").toString().split(":");
  return { username, password: password.join(":") };
}

/** The protocol of github.com/docker/docker-credential-helpers: the server in, JSON out. */
async function askHelper(name: string, server: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const { error, stdout } = await new Promise<{ error: ExecFileException | null; stdout: string }>(
    (resolve) => {
      const child = execFile(program, ["get"], { timeout: HELPER_MS }, (error, stdout) =>
        resolve({ error, stdout }),
      );
      child.stdin?.on("error", () => {}); // the helper may exit without reading
      child.stdin?.end(server);
    },
  );
  const fault = (reason: string) =>
    new RegistryError(
      `${program}, named in docker's settings, gives no login: ${reason}.`,
      server,
      `docker login ${server}, or take ${name} out of credsStore and credHelpers in docker's config.json`,
    );
  if (error?.code === "ENOENT") throw fault("it is not on the PATH");
  if (error !== null && /credentials not found/i.test(stdout)) return undefined;
  // Helpers write their errors to stdout.
  if (error !== null) throw fault(stdout.trim() || error.message.trim());
  try {
    const { Username, Secret } = JSON.parse(stdout) as { Username: unknown; Secret: unknown };
    if (typeof Username === "string" && typeof Secret === "string")
      return Username === TOKEN_USER ? { identityToken: Secret } : { username: Username, password: Secret };
  } catch {
    // Reported below without the answer, which may hold a password.
  }
  throw fault("its answer is not a login in JSON");
}
