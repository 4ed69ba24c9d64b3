/** The model answers the same request the same way twice, bit by bit. Pure. */

import { position } from "../../../model/position.ts";
import type { CheckFunction } from "../evidence.ts";
import { failed, type TensorValues } from "../measurements.ts";
import { notJudged } from "../notJudged.ts";
import { atMost, count, dispose } from "../report.ts";

export const checkNondeterminism: CheckFunction = ({ contract, golden, measured }) => {
  const answered = (measured?.golden ?? []).flatMap((outcome, i) =>
    failed(outcome) ? [] : [{ outcome, i }],
  );
  if (answered.length === 0) return notJudged("nondeterminism", "the model answered no golden request");
  const differing = answered.flatMap(({ outcome, i }) => {
    const what = difference(outcome.outputs, outcome.again);
    if (what === undefined) return [];
    return [
      {
        what,
        where: `${golden.file}, /requests/${i} (${golden.value?.[i]?.name})`,
        fix: "export the model without what draws at random: dropout in training mode, random or multinomial operators",
      },
    ];
  });
  return {
    name: "nondeterminism",
    found: `${count(answered.length, "request")} twice, ${differing.length} answered differently`,
    ...dispose(contract.validation?.findings?.nondeterminism ?? "refuse", atMost(5, differing)),
  };
};

/** The first. */
function difference(first: TensorValues, again: TensorValues): string | undefined {
  for (const [name, { shape, data }] of Object.entries(first)) {
    const second = again[name];
    if (String(second?.shape) !== String(shape))
      return `${name} has the shape [${shape}] at first, and [${second?.shape}] for the same request again.`;
    for (let i = 0; i < data.length; i++)
      if (!Object.is(data[i], second!.data[i]))
        return `${name}${position(i, shape)} is ${data[i]} at first, and ${second!.data[i]} for the same request again.`;
  }
  return undefined;
}
