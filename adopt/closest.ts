/** Finds the known names that a mistyped name may mean. Pure. */

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
  return Math.min(editDistance(a, b) / Math.max(a.length, b.length), part >= 0.4 ? 0.45 : 1);
}

/** The Levenshtein distance: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
