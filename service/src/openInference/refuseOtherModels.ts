import type { RouterMiddleware } from "@koa/router";
import type { ServedContract } from "../../../contract/index.ts";
import { RequestError } from "../problems/requestError.ts";

/** For routes with a `name`, and perhaps a `version`. */
export function refuseOtherModels({
  name,
  version,
}: Pick<ServedContract, "name" | "version">): RouterMiddleware {
  return async function requireModel({ params }, next) {
    const { name: askedName, version: askedVersion = version } = params;
    if (askedName !== name)
      throw new RequestError("not-found", `There is no model ${JSON.stringify(askedName)}, only ${name}.`);
    if (askedVersion !== version)
      throw new RequestError(
        "not-found",
        `There is no version ${JSON.stringify(askedVersion)} of ${name}, only ${version}.`,
      );
    await next();
  };
}
