import { isIP } from "node:net";
import type { Problems } from "./problems.ts";

const addressMessage = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const blockMessage = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

export function validateAddress(value: string | undefined, field: string, problems: Problems): void {
  if (!isIP(value ?? "")) problems.invalid(field, value ?? "", addressMessage);
}

interface Block {
  family: number;
  bits: number;
  base: bigint;
}

/** A CIDR block; undefined when the text is none. */
export function parseBlock(text: string): Block | undefined {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const family = match ? isIP(match[1]!) : 0;
  const width = family === 4 ? 32 : 128;
  if (!match || !family || Number(match[2]) > width) return undefined;
  const bits = Number(match[2]);
  const base = (addressNumber(match[1]!, family) >> BigInt(width - bits)) << BigInt(width - bits);
  return { family, bits, base };
}

export function validateBlock(text: string | undefined, field: string, problems: Problems): void {
  if (!parseBlock(text ?? "")) problems.invalid(field, text ?? "", blockMessage);
}

/** True when `inner` lies in `outer` and is smaller. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const a = parseBlock(inner);
  const b = parseBlock(outer);
  if (!a || !b || a.family !== b.family || a.bits <= b.bits) return false;
  const shift = BigInt((a.family === 4 ? 32 : 128) - b.bits);
  return a.base >> shift === b.base >> shift;
}

function addressNumber(address: string, family: number): bigint {
  if (family === 4) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head, tail] = address.split("::") as [string, string?];
  const groups = (text: string): string[] => (text ? text.split(":").flatMap((group) => (group.includes(".") ? ipv4Groups(group) : [group])) : []);
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

const ipv4Groups = (address: string): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
};
