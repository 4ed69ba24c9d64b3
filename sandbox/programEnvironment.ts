/** The environment variables of the sandbox's programs. */
import { hostArchitecture } from "./debian.ts";
import { inState } from "./places.ts";

/** For the commands of the sandbox: its programs come first. */
export const environment = {
  PATH: `${inState("bin")}:${process.env["PATH"]}`,
  KUBECACHEDIR: inState("run", "kubectl"), // not ~/.kube/cache
};

/** `up` links the unpacked Debian packages here. */
export const packages = inState("packages");
const libraries = `${packages}/usr/lib/${hostArchitecture === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu"}`;

/** For programs from those packages, and for programs that start them: runc, iptables. */
export const packageEnvironment = {
  ...environment,
  LD_LIBRARY_PATH: libraries,
  XTABLES_LIBDIR: `${libraries}/xtables`,
};
