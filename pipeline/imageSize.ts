/** What a node has to pull of an image: compressed bytes by platform. Pure. */

/** By `linux/amd64`, say. */
export type ImageSizes = Readonly<Record<string, number>>;

const MEGABYTE = 1e6;

/** `76.9 MB`, as registries count. */
export const sizeText = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;

/** A difference with its sign, in megabytes, or in kilobytes if it is small. */
export function sizeDifference(bytes: number): string {
  const sign = bytes > 0 ? "+" : "";
  return Math.abs(bytes) < MEGABYTE / 10
    ? `${sign}${(bytes / 1000).toFixed(1)} kB`
    : `${sign}${sizeText(bytes)}`;
}
