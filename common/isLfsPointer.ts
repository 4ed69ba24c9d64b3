/** Whether a file that begins so is what a checkout without Git LFS has in its place. Pure. */
export const isLfsPointer = (start: string): boolean =>
  start.startsWith("version https://git-lfs.github.com/spec/");
