import { isIP } from "node:net";
import * as names from "../../api/names.ts";
import { parseQuantity, QuantityError } from "../../api/quantity.ts";
import { isStrictSubset, parseBlock } from "../strategies/addresses.ts";
import { CelError, NamedFormat, Optional, QuantityValue, type Value } from "./values.ts";

type Method = (on: Value, ...args: Value[]) => Value | undefined;

/** An address or a block of them is a map with its text: seldom used, and never compared. */
const address = (kind: "ip" | "cidr", text: string): Value => new Map<Value, Value>([[kind, text]]);
const addressText = (value: Value | undefined, kind: "ip" | "cidr"): string | undefined =>
  value instanceof Map ? (value.get(kind) as string | undefined) : undefined;

function quantityOf(text: Value): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text as string));
  } catch (error) {
    if (error instanceof QuantityError) throw new CelError(error.message);
    throw error;
  }
}

const isQuantity = (text: Value): boolean => {
  try {
    quantityOf(text);
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
};

/** `/path` counts as a URL, as for Go's url.ParseRequestURI. */
const urlOf = (text: Value): URL | undefined => (URL.canParse(text as string) ? new URL(text as string) : undefined);

const formats: Record<string, (value: string) => string[]> = {
  dns1123Label: names.dns1123Label,
  dns1123Subdomain: names.dns1123Subdomain,
  dns1035Label: names.dns1035Label,
  qualifiedName: names.qualifiedName,
  labelValue: names.labelValueErrors,
};

export const kubernetesFunctions: Record<string, (...args: Value[]) => Value> = {
  // RFC 6901
  "jsonpatch.escapeKey": (key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1"),
  quantity: (text) => quantityOf(text!),
  isQuantity: (text) => isQuantity(text!),
  isURL: (text) => urlOf(text!) !== undefined,
  url(text) {
    const url = urlOf(text!);
    if (!url) throw new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
    return url;
  },
  isIP: (text) => isIP(text as string) !== 0,
  ip(text) {
    if (!isIP(text as string)) throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`);
    return address("ip", text as string);
  },
  isCIDR: (text) => parseBlock(text as string) !== undefined,
  cidr(text) {
    if (!parseBlock(text as string)) throw new CelError(`network address parse error during conversion from string: ${text as string}`);
    return address("cidr", text as string);
  },
  ...Object.fromEntries(Object.keys(formats).map((name) => [`format.${name}`, () => new NamedFormat(name)])),
};

const onQuantity =
  (method: (on: QuantityValue, other: QuantityValue) => Value): Method =>
  (on, other) =>
    on instanceof QuantityValue
      ? method(on, other instanceof QuantityValue ? other : quantityOf(typeof other === "bigint" ? String(other) : "0"))
      : undefined;

const onURL =
  (method: (url: URL) => Value): Method =>
  (on) =>
    on instanceof URL ? method(on) : undefined;

const host = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

export const kubernetesMethods: Record<string, Method> = {
  isGreaterThan: onQuantity((a, b) => a.quantity.compare(b.quantity) > 0),
  isLessThan: onQuantity((a, b) => a.quantity.compare(b.quantity) < 0),
  compareTo: onQuantity((a, b) => BigInt(a.quantity.compare(b.quantity))),
  add: onQuantity((a, b) => new QuantityValue(a.quantity.add(b.quantity))),
  sub: onQuantity((a, b) => new QuantityValue(a.quantity.subtract(b.quantity))),
  sign: onQuantity((a) => BigInt(a.quantity.sign())),
  isInteger: onQuantity((a) => a.quantity.nano % 1_000_000_000n === 0n),
  asInteger: onQuantity((a) => {
    if (a.quantity.nano % 1_000_000_000n !== 0n) throw new CelError("cannot convert value to integer");
    return a.quantity.nano / 1_000_000_000n;
  }),
  asApproximateFloat: onQuantity((a) => a.quantity.toNumber()),
  getScheme: onURL((url) => url.protocol.slice(0, -1)),
  getHost: onURL((url) => url.host),
  getHostname: onURL(host),
  getPort: onURL((url) => url.port),
  getEscapedPath: onURL((url) => url.pathname),
  getQuery: onURL((url) => new Map<Value, Value>([...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]))),
  family: (on) => {
    const text = addressText(on, "ip");
    return text === undefined ? undefined : BigInt(isIP(text));
  },
  ip: (on) => {
    const text = addressText(on, "cidr");
    return text === undefined ? undefined : address("ip", text.split("/")[0]!);
  },
  prefixLength: (on) => {
    const text = addressText(on, "cidr");
    return text === undefined ? undefined : BigInt(text.split("/")[1]!);
  },
  containsIP: (on, other) => {
    const [block, ip] = [addressText(on, "cidr"), typeof other === "string" ? other : addressText(other, "ip")];
    if (block === undefined || ip === undefined) return undefined;
    const whole = `${ip}/${isIP(ip) === 4 ? 32 : 128}`;
    return block === whole || isStrictSubset(whole, block);
  },
  containsCIDR: (on, other) => {
    const [outer, inner] = [addressText(on, "cidr"), typeof other === "string" ? other : addressText(other, "cidr")];
    return outer === undefined || inner === undefined ? undefined : outer === inner || isStrictSubset(inner, outer);
  },
  /** `format.dns1123Label().validate(name)` gives an optional list of what is wrong. */
  validate: (on, text) => {
    const format = on instanceof NamedFormat ? formats[on.name] : undefined;
    if (!format || typeof text !== "string") return undefined;
    const messages = format(text);
    return messages.length === 0 ? Optional.none : new Optional(messages);
  },
};
