/** Whether specs that have a long form run it: `npm run test:long`. The code is the same, the numbers are others. */
export const long = process.env["TEST_LONG"] === "1";

/** Shows what was measured, below the name of its test. */
export const report = (figures: string): void => console.log(`        ${figures}`);
