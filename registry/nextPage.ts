/** Where the next page of a registry's list is (OCI distribution specification 1.1, "Listing Referrers"). Pure. */

/**
 * As go-containerregistry has it (`getNextPageURL` in pkg/v1/remote/list.go). RFC 8288 allows several links, of which
 * `rel="next"` is the one; a link that does not say what it is counts as that.
 *
 * @param link The Link header.
 * @param page The address of this page.
 * @param repository The address, as URL writes it, below which all pages must be: the login goes along.
 * @returns undefined after the last page.
 * @throws RangeError if there is a next page that cannot be asked for.
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
