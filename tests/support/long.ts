/** Whether specs with a long form run it: `npm run test:long`. The code is the same, the numbers are larger. */
export const long = process.env["TEST_LONG"] === "1";

/** Prints measurements below the name of their test. */
export const report = (figures: string): void => console.log(`        ${figures}`);

/** A test of the long form only. The short form says that it is left out. */
export function itLong(title: string, test: Mocha.AsyncFunc): void {
  if (long) it(title, test);
  else console.log(`  left to npm run test:long: ${title}`);
}
