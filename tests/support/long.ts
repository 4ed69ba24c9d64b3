/** Whether specs that have a long form run it: `npm run test:long`. The code is the same, the numbers are others. */
export const long = process.env["TEST_LONG"] === "1";

/** Shows what was measured, below the name of its test. */
export const report = (figures: string): void => console.log(`        ${figures}`);

/** A test of the long form alone. The short one says that it is left out. */
export function itLong(title: string, test: Mocha.AsyncFunc): void {
  if (long) it(title, test);
  else console.log(`  left to npm run test:long: ${title}`);
}
