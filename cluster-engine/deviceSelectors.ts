import { evaluate, scopeOf } from "./apiserver/cel/evaluate.ts";
import { type Expression, parse } from "./apiserver/cel/parser.ts";
import { QuantityValue, type Value } from "./apiserver/cel/values.ts";
import { parseQuantity } from "./api/quantity.ts";
import type { DeviceMatcher } from "./scheduler/devices/allocator.ts";
import type { OfferedDevice } from "./scheduler/devices/deviceView.ts";
import type { DeviceAttribute } from "../shared/kubernetes/types.ts";

const parsed = new Map<string, Expression>();
const parsedLimit = 1_000;

/** The CEL selectors of device requests, over `device.driver`, `device.attributes` and `device.capacity`. */
export const matchesDevice: DeviceMatcher = (expression, device) => {
  const result = evaluate(parsedOnce(expression), scopeOf({ device: valueOf(device) }));
  if (typeof result !== "boolean") throw new Error(`CEL selector ${JSON.stringify(expression)} gives no bool`);
  return result;
};

function parsedOnce(expression: string): Expression {
  const known = parsed.get(expression);
  if (known) return known;
  const made = parse(expression);
  if (parsed.size >= parsedLimit) parsed.clear();
  parsed.set(expression, made);
  return made;
}

function valueOf({ driver, device }: OfferedDevice): Value {
  const attributes = byDomain(driver, device.attributes, attributeValue);
  const capacity = byDomain(driver, device.capacity, ({ value }) => new QuantityValue(parseQuantity(value)));
  const entries: [Value, Value][] = [
    ["driver", driver],
    ["attributes", attributes],
    ["capacity", capacity],
    ["allowMultipleAllocations", device.allowMultipleAllocations ?? false],
  ];
  return new Map(entries);
}

/** `domain/name` → value; a name without a domain is the driver's own. */
function byDomain<T>(driver: string, named: Record<string, T> = {}, convert: (each: T) => Value): Map<Value, Value> {
  const domains = new Map<Value, Map<Value, Value>>([[driver, new Map()]]);
  for (const [name, each] of Object.entries(named)) {
    const slash = name.indexOf("/");
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const own = domains.get(domain) ?? new Map<Value, Value>();
    domains.set(domain, own.set(name.slice(slash + 1), convert(each)));
  }
  return domains;
}

function attributeValue({ bool, int, string, version, bools, ints, strings, versions }: DeviceAttribute): Value {
  const single = bool ?? string ?? version;
  if (single !== undefined) return single;
  if (int !== undefined) return BigInt(int);
  return bools ?? ints?.map(BigInt) ?? strings ?? versions ?? null;
}
