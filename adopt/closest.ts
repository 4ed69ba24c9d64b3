/** Finds the known names that a mistyped name may mean. Pure. */
import { distance } from "fastest-levenshtein";

const MOST = 3;

/** The likely ones, best first. */
export function closest(name: string, known: readonly string[]): string[] {
  const wanted = plain(name);
  return known
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, plain(candidate)) }))
    .filter(({ distance }) => distance < 0.5)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** Drops upper case, spaces and underscores, which are mixed up most. */
export function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** 0 for the same name, 1 for nothing in common. */
function distanceOf(a: string, b: string): number {
  if (a === "" || b === "") return 1;
  const part =
    a.includes(b) || b.includes(a) ? Math.min(a.length, b.length) / Math.max(a.length, b.length) : 0;
  return Math.min(distance(a, b) / Math.max(a.length, b.length), part >= 0.4 ? 0.45 : 1);
}
