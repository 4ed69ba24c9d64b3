/** Another checkout with its packages installed, such as the version before, which a benchmark measures beside this one. */
import path from "node:path";

const given = process.env["AGAINST"];
export const AGAINST: string | undefined = given === undefined ? undefined : path.resolve(given);
