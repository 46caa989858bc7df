// Quantities of resources, exact to 10^-9 as Kubernetes keeps them.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

type Format = "DecimalSI" | "BinarySI" | "DecimalExponent";

const nanoDigits = 9;
const nano = 10n ** BigInt(nanoDigits);
/** Powers of ten. */
const decimalSuffixes: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
/** Powers of two. */
const binarySuffixes: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalByExponent = new Map(Object.entries(decimalSuffixes).map(([suffix, exponent]) => [exponent, suffix]));
const binaryByExponent = new Map(Object.entries(binarySuffixes).map(([suffix, exponent]) => [exponent, suffix]));
const largestBinary = ((1n << 63n) - 1n) * nano;
/** Larger exponents are refused, so that a short text can't ask for a huge number. */
const largestExponent = 100;

const pattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";

/** The text is not a quantity; the message is Kubernetes'. */
export class QuantityError extends Error {
  override name = "QuantityError";
}

const wrongFormat = () => new QuantityError(`quantities must match the regular expression '${pattern}'`);

export class Quantity {
  /** In units of 10^-9. */
  readonly nano: bigint;
  readonly format: Format;

  readonly #text: string | undefined;

  /** `text` is how it was written, where Kubernetes keeps that: see keepsText. */
  constructor(nanoUnits: bigint, format: Format, text?: string) {
    this.nano = nanoUnits;
    this.format = format;
    this.#text = text;
  }

  /** As the nearest double. */
  toNumber(): number {
    return this.nano % nano === 0n ? Number(this.nano / nano) : Number(this.nano) / 1e9;
  }

  /** In thousandths, rounded up: CPU in millicores. */
  milli(): number {
    return Number(divideUp(this.nano, 1_000_000n));
  }

  /** In whole units, rounded up: bytes, pods. */
  bytes(): number {
    return Number(divideUp(this.nano, nano));
  }

  sign(): -1 | 0 | 1 {
    return this.nano === 0n ? 0 : this.nano < 0n ? -1 : 1;
  }

  compare(other: Quantity): -1 | 0 | 1 {
    return this.nano === other.nano ? 0 : this.nano < other.nano ? -1 : 1;
  }

  /** Keeps this quantity's format, or takes the other's when this one is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.nano === 0n ? other.format : this.format);
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.nano - other.nano, this.nano === 0n ? other.format : this.format);
  }

  /** The canonical text: mostly no fraction and the largest suffix that keeps it exact. */
  toString(): string {
    if (this.#text !== undefined) return this.#text;
    if (this.nano === 0n) return "0";
    const small = this.nano > -1024n * nano && this.nano < 1024n * nano;
    if (this.format === "BinarySI" && !small && this.nano % nano === 0n) return binaryText(this.nano / nano);
    return decimalText(this.nano, this.format === "DecimalExponent");
  }

  toJSON(): string {
    return this.toString();
  }
}

export const zeroQuantity = new Quantity(0n, "DecimalSI");

const parsed = new Map<string, Quantity>();
const parsedLimit = 4096;

/**
 * Reads `100m`, `1.5Gi`, `2e3`, or a JSON number.
 * @throws QuantityError
 */
export function parseQuantity(quantity: string | number): Quantity {
  const text = typeof quantity === "number" ? String(quantity).replace("e+", "e") : quantity;
  const known = parsed.get(text);
  if (known) return known;
  const value = parse(text);
  if (parsed.size >= parsedLimit) parsed.clear();
  parsed.set(text, value);
  return value;
}

/** @throws QuantityError */
export const canonicalQuantity = (quantity: string | number): string => parseQuantity(quantity).toString();

export const compare = (a: Quantity, b: Quantity): -1 | 0 | 1 => a.compare(b);
export const add = (a: Quantity, b: Quantity): Quantity => a.add(b);

function parse(text: string): Quantity {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?((?:[eEinumkKMGTP]*)(?:[-+]?[0-9]*))$/.exec(text);
  if (!match || text === "") throw wrongFormat();
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (suffix === "" && /^0*$/.test(whole) && !text.includes(".")) return zeroQuantity;
  const { base, exponent, format } = interpret(suffix);
  const digits = BigInt(whole + fraction || "0");
  const magnitude = base === 2 ? binaryMagnitude(digits, exponent, fraction.length) : scale(digits, exponent + nanoDigits - fraction.length);
  const shown = format === "BinarySI" && magnitude > 0n && magnitude < nano ? "DecimalSI" : format;
  const number = { whole: whole.replace(/^0+/, "") || "0", fraction, exponent, format };
  if (whole + fraction === "" && !isShort(number)) throw new QuantityError("unable to parse numeric part of quantity");
  return new Quantity(sign === "-" ? -magnitude : magnitude, shown, keepsText(number) ? text : undefined);
}

interface WrittenNumber {
  /** Digits before the point, without leading zeros. */
  whole: string;
  fraction: string;
  exponent: number;
  format: Format;
}

/** Fits 64 bits: Kubernetes then reads it by a quicker road, which is more lenient. */
function isShort({ whole, fraction, exponent, format }: WrittenNumber): boolean {
  if (format === "BinarySI") return fraction === "" && 14 - whole.length - Math.floor((exponent * 3) / 10) >= 0;
  return whole.length + fraction.length <= 18 && exponent - fraction.length >= -nanoDigits;
}

/** Kubernetes leaves a text as it is when a quick look says that it is canonical; sometimes it is not quite: `1.500`. */
function keepsText(number: WrittenNumber): boolean {
  const { whole, fraction, exponent, format } = number;
  if (!isShort(number)) return false;
  const digits = whole + fraction;
  if (format === "BinarySI") return Number(digits) % 8 !== 0;
  return (exponent - fraction.length) % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
}

function binaryMagnitude(digits: bigint, exponent: number, fractionDigits: number): bigint {
  const magnitude = scale(digits << BigInt(exponent), nanoDigits - fractionDigits);
  return magnitude > largestBinary ? largestBinary : magnitude;
}

function interpret(suffix: string): { base: 2 | 10; exponent: number; format: Format } {
  const decimal = decimalSuffixes[suffix];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = binarySuffixes[suffix];
  if (binary !== undefined) return { base: 2, exponent: binary, format: "BinarySI" };
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(suffix);
  if (!exponent || Math.abs(Number(exponent[1])) > largestExponent) throw new QuantityError("unable to parse quantity's suffix");
  return { base: 10, exponent: Number(exponent[1]), format: "DecimalExponent" };
}

/** `value` × 10^`exponent`, rounded up. */
const scale = (value: bigint, exponent: number): bigint =>
  exponent >= 0 ? value * 10n ** BigInt(exponent) : divideUp(value, 10n ** BigInt(-exponent));

/** Away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function binaryText(units: bigint): string {
  let exponent = 0;
  while (units % 1024n === 0n && exponent < 60) {
    units /= 1024n;
    exponent += 10;
  }
  return `${units}${binaryByExponent.get(exponent) ?? ""}`;
}

function decimalText(nanoUnits: bigint, scientific: boolean): string {
  let exponent = -nanoDigits;
  while (nanoUnits % 1000n === 0n && (scientific || exponent < 18)) {
    nanoUnits /= 1000n;
    exponent += 3;
  }
  if (scientific) return exponent === 0 ? String(nanoUnits) : `${nanoUnits}e${exponent}`;
  return `${nanoUnits}${decimalByExponent.get(exponent) ?? ""}`;
}
