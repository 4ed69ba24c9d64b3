/** Logs in to a registry in the way that its WWW-Authenticate header asks for. Edge. */
import { type Credentials, readCredentials } from "./credentials.ts";
import { shownAddress, wrongRealm } from "./elsewhere.ts";
import { type Answer, patientRequest } from "./patientRequest.ts";
import { type Asked, readAll, refusal, unreachable } from "./refusal.ts";
import { RegistryError } from "./registryError.ts";

export interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly realm?: string;
  readonly service?: string;
  readonly scope?: string;
}

const LONGEST_TOKEN = 2 ** 20;

/** @param header WWW-Authenticate, with one or more challenges. Bearer is preferred. */
export function parseChallenge(header: string): Challenge | undefined {
  // A challenge ends at a comma that another scheme and its first parameter follow (RFC 9110, 11.6.1).
  const parameters = /(?:^|,\s*)Bearer\s+(.*?)(?=,\s*\w+\s+\w+=|$)/i.exec(header)?.[1];
  if (parameters === undefined) return /(^|,\s*)Basic\b/i.test(header) ? { scheme: "basic" } : undefined;
  const pairs = [...parameters.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)];
  return {
    scheme: "bearer",
    ...Object.fromEntries(pairs.map(([, key = "", quoted, bare]) => [key.toLowerCase(), quoted ?? bare])),
  };
}

/**
 * @param header The registry's WWW-Authenticate.
 * @param scope The access to ask for if the registry names none: `repository:acme/loan:pull`.
 * @returns The value of the Authorization header; undefined if there is no way to log in.
 * @throws RegistryError if the login is refused, or there is no answer.
 */
export async function logIn(
  header: string,
  asked: Asked,
  scope: string,
  silenceMs: number,
): Promise<string | undefined> {
  const challenge = parseChallenge(header);
  const credentials = await readCredentials(asked.registry);
  if (challenge?.scheme === "bearer") {
    const answer = await askForToken({ scope, ...challenge }, credentials, asked, silenceMs);
    return `Bearer ${await tokenIn(answer, asked)}`;
  }
  return challenge !== undefined && credentials !== undefined && "username" in credentials
    ? basic(credentials)
    : undefined;
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/** As in distribution.github.io/distribution/spec/auth: "oauth" for an identity token, "token" otherwise. */
async function askForToken(
  { realm = "", service = "", scope = "" }: Challenge,
  credentials: Credentials | undefined,
  asked: Asked,
  silenceMs: number,
): Promise<Answer> {
  const address = URL.canParse(realm) ? new URL(realm) : undefined;
  const wrong = address === undefined ? "which is not a valid URL" : wrongRealm(address, asked.registry);
  if (address === undefined || wrong !== undefined)
    throw new RegistryError(
      `${asked.registry} sends its logins to ${shownAddress(address)}, ${wrong}.`,
      asked.where,
      "no login was sent; the registry's operator must give its token server an https address in the registry's own domain",
    );
  let init: RequestInit;
  if (credentials !== undefined && "identityToken" in credentials) {
    const form = {
      grant_type: "refresh_token",
      refresh_token: credentials.identityToken,
      client_id: "slipway",
    };
    init = { method: "POST", body: new URLSearchParams({ ...form, service, scope }) };
  } else {
    address.searchParams.set("service", service);
    address.searchParams.set("scope", scope);
    init = credentials === undefined ? {} : { headers: { authorization: basic(credentials) } };
  }
  try {
    return await patientRequest(address, init, silenceMs);
  } catch (error) {
    throw unreachable(error, asked, address.host);
  }
}

async function tokenIn(answer: Answer, asked: Asked): Promise<string> {
  if (!answer.response.ok) throw await refusal(answer, asked);
  try {
    const text = (await readAll(answer.bytes, LONGEST_TOKEN)).toString();
    const { token, access_token: given = token } = JSON.parse(text) as Record<string, unknown>;
    // If a header cannot hold the token, fetch would quote it in its error.
    if (typeof given === "string" && /^[ -~]+$/.test(given)) return given;
  } catch {
    // Reported below without the answer, which may hold a token.
  }
  throw new RegistryError(
    `${asked.registry} accepts the login, but its answer holds no token.`,
    asked.where,
    "try again later",
  );
}
