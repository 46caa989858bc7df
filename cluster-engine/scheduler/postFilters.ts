import type { Decision } from "./decide.ts";
import type { Failure, Plugin, PostFilterResult } from "./types.ts";

/** Asks each plugin what could be done, until one has an answer; a promise only when one has to ask around. */
export function runPostFilters(decision: Decision, fits: Failure["fits"]): PostFilterResult | Promise<PostFilterResult> {
  const { attempt, refusals } = decision;
  const failure: Failure = { cycle: attempt.cycle, refusals, fits };
  const plugins = attempt.profile.at("postFilter").map(({ plugin }) => plugin);
  return next(plugins, attempt, failure, {});
}

function next(
  [plugin, ...others]: readonly Plugin[],
  attempt: Decision["attempt"],
  failure: Failure,
  before: PostFilterResult,
): PostFilterResult | Promise<PostFilterResult> {
  if (!plugin?.postFilter) return before;
  const result = plugin.postFilter(failure, attempt.run(plugin));
  const proceed = (settled: PostFilterResult) =>
    settled.final ? { act: before.act, ...settled } : next(others, attempt, failure, joined(before, settled));
  return result instanceof Promise ? result.then(proceed) : proceed(result);
}

const joined = (before: PostFilterResult, after: PostFilterResult): PostFilterResult => ({
  message: [before.message, after.message].filter(Boolean).join(", "),
  nominatedNode: after.nominatedNode ?? before.nominatedNode,
  act: after.act ?? before.act,
});
