import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Container, PodSpec } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../quantity.ts";
import { since } from "./duration.ts";

export type Cell = string | number | boolean | null;

/** Makes the cells of a row; `now` in ms since the epoch. */
export type Printer<T extends KubeObject = KubeObject> = (object: T, now: number) => Cell[];

export const none = "<none>";
export const unset = "<unset>";

export const age = (object: KubeObject, now: number): string => since(object.metadata.creationTimestamp, now);

/** Names and images of containers: two cells. */
export function containerCells(spec: Partial<PodSpec> | undefined): [names: string, images: string] {
  const containers: Partial<Container>[] = spec?.containers ?? [];
  return [containers.map(({ name }) => name ?? "").join(","), containers.map(({ image }) => image ?? "").join(",")];
}

/** A map of labels, sorted: `a=b,c=d`. */
export function labelsCell(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",") || none;
}

/** At most `max` of a list, then how many more there are. */
export function shortened(items: string[], max: number, separator = ","): string {
  const shown = items.slice(0, max).join(separator);
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

export const boolCell = (value: boolean | undefined): string => (value === undefined ? unset : value ? "True" : "False");

export const quantityCell = (quantity: string | number | undefined): string => (quantity === undefined ? "0" : parseQuantity(quantity).toString());

export const ofType = <T extends { type: string }>(conditions: T[] | undefined | null, type: string): T | undefined =>
  conditions?.find((condition) => condition.type === type);
