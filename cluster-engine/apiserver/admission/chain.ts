import type { StrategyContext } from "../strategy.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

/** All plugins admit in order; once more when a webhook changed the object, for those before it have not seen that. */
export async function admit(plugins: readonly AdmissionPlugin[], attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  let again = false;
  for (const plugin of plugins) again = (await plugin.admit?.(attributes, context)) === true || again;
  if (again) for (const plugin of plugins) await plugin.admit?.({ ...attributes, reinvocation: true }, context);
}

export async function validate(plugins: readonly AdmissionPlugin[], attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  for (const plugin of plugins) await plugin.validate?.(attributes, context);
}
