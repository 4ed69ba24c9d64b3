/** Finds the next page of a registry's list (OCI distribution specification 1.1, "Listing Referrers"). Pure. */

/**
 * As in go-containerregistry (`getNextPageURL` in pkg/v1/remote/list.go). RFC 8288 allows several links; the one with
 * `rel="next"` counts. A link without `rel` counts too.
 *
 * @param link The Link header.
 * @param page The address of this page.
 * @param repository An address as URL writes it. All pages must be below it, since the login is sent along.
 * @returns undefined after the last page.
 * @throws RangeError if there is a next page that may not be requested.
 */
export function nextPage(link: string | null, page: string, repository: string): string | undefined {
  if (!link) return undefined;
  const links = [...link.matchAll(/<([^<>]*)>([^<]*)/g)];
  if (links.length === 0) throw new RangeError("a Link header cannot be read");
  const target = links.find(([, , parameters]) => isNext(parameters))?.[1];
  if (target === undefined) return undefined;
  const next = URL.canParse(target, page) ? new URL(target, page).href : undefined;
  if (!next?.startsWith(`${repository}/`)) throw new RangeError("the next page is outside the repository");
  return next;
}

function isNext(parameters = ""): boolean {
  const [, kinds] = /;\s*rel\s*=\s*"?([^";,]*)/i.exec(parameters) ?? [];
  return kinds === undefined || kinds.toLowerCase().split(/\s+/).includes("next");
}
