/** Which other addresses a registry may send its clients to. Connects to none: `node:net` only parses them. */
import { BlockList, isIP } from "node:net";
import { isOnThisMachine } from "./onThisMachine.ts";

/** Addresses that mean something only inside a private network. A cloud's metadata service has one. */
const INSIDE = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["224.0.0.0", 24],
  ["::", 128],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff02::", 16],
] as const)
  INSIDE.addSubnet(net, prefix, net.includes(":") ? "ipv6" : "ipv4");

const INSIDE_WORDS = "which is inside a private network";

/** Labels under which a country sells names: `co.uk` is a public suffix, not a domain. */
const SOLD = /^(ac|co|com|edu|go|gob|gov|mil|ne|net|nom|or|org)\.[a-z]{2}$/;
/** Registries whose token server is in another domain by design: Scaleway's (github.com/apple/container/issues/2268). */
const TOKEN_DOMAINS: ReadonlyMap<string, string> = new Map([["scw.cloud", "scaleway.com"]]);

/**
 * What is wrong with the address that a registry gives for a download or an upload.
 *
 * As in go-containerregistry (`checkRedirectSSRF` in pkg/v1/remote/fetcher.go, `nextLocation` in write.go), it must be
 * the registry's own host, or a host outside private networks. It must also be https, unless both are on this machine.
 * Host names are not resolved.
 *
 * @param registry Host with its port.
 * @returns The end of a sentence that names the address; undefined if nothing is wrong.
 */
export function wrongAddress(to: URL, registry: string): string | undefined {
  const own = urlOf(registry);
  if (to.username || to.password) return "with a login written into the address";
  const local = isOnThisMachine(to.host) && isOnThisMachine(own.host);
  if (to.protocol !== "https:" && !(local && to.protocol === "http:")) return "and only https is safe";
  return local || to.hostname === own.hostname || !isInside(to) ? undefined : INSIDE_WORDS;
}

/**
 * What is wrong with the address to which a registry sends its logins.
 *
 * As in go-containerregistry (`validateRealmURL` in pkg/v1/remote/transport/bearer.go, with the domain rule of its pull
 * request 2261), it must be https. It must be the registry's own host and port, or a host outside private networks whose
 * last two labels are the registry's. We differ in two things: names like `acme.co.uk` are compared by three labels, and
 * a registry on this machine may have its token server on another port.
 *
 * @returns The end of a sentence that names the address; undefined if nothing is wrong.
 */
export function wrongRealm(realm: URL, registry: string): string | undefined {
  const own = urlOf(registry);
  const wrong = wrongAddress(realm, registry);
  const local = isOnThisMachine(realm.host) && isOnThisMachine(own.host);
  if (wrong !== undefined || local || realm.host === own.host) return wrong;
  if (isInside(realm)) return INSIDE_WORDS;
  const domain = domainOf(own);
  return [domain, TOKEN_DOMAINS.get(domain)].includes(domainOf(realm))
    ? undefined
    : `which is not in its domain ${domain}`;
}

/** The address for messages, without path, query and login: these may hold secrets. */
export const shownAddress = (url: URL | undefined): string =>
  url?.host ? `${url.protocol}//${url.host}` : "an address";

const urlOf = (registry: string) => new URL(`https://${registry}`);

/** URL has already turned `127.1`, `0x7f000001` and the like into `127.0.0.1`. */
function isInside(url: URL): boolean {
  const host = hostOf(url);
  return isOnThisMachine(host) || (isIP(host) > 0 && INSIDE.check(host, isIP(host) === 4 ? "ipv4" : "ipv6"));
}

function domainOf(url: URL): string {
  const host = hostOf(url);
  if (isIP(host) > 0) return host;
  const labels = host.split(".");
  return labels.slice(SOLD.test(labels.slice(-2).join(".")) ? -3 : -2).join(".");
}

/** The host without the brackets of an IPv6 address, and without a trailing dot. */
const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$|\.$/g, "");
