/** Which registries are reached by plain http. Pure. */

/**
 * Whether a registry is on this machine and so needs no TLS. docker and containerd have the same rule.
 *
 * @param host With or without a port. Names below localhost are this machine's too (RFC 6761, 6.3).
 */
export const isOnThisMachine = (host: string): boolean =>
  /^((.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
