import { percent } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

type Amount = number | string | undefined;

/** `25%` or a number that is not negative. */
export function validateAmount(amount: Amount, field: string, problems: Problems): void {
  if (typeof amount === "string") problems.invalidEach(field, amount, percent(amount));
  else problems.nonNegative(field, amount);
}

export function validateAtMostAll(amount: Amount, field: string, problems: Problems): void {
  if (typeof amount === "string" && percent(amount).length === 0 && Number.parseInt(amount, 10) > 100)
    problems.invalid(field, amount, "must not be greater than 100%");
}

/** The number in front of the percent sign counts; text that is no percentage is 0. */
export const isZeroAmount = (amount: Amount): boolean =>
  typeof amount === "string" ? percent(amount).length > 0 || Number.parseInt(amount, 10) === 0 : !amount;
