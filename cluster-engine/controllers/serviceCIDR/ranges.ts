import { BlockList, isIPv4, isIPv6 } from "node:net";

interface Range {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
  list: BlockList;
}

const familyOf = (address: string): Range["family"] | undefined => (isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : undefined);

function parse(cidr: string): Range | undefined {
  const [address = "", bits = ""] = cidr.split("/");
  const family = familyOf(address);
  if (!family || !/^\d+$/.test(bits)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return { address, bits: Number(bits), family, list };
}

/** Whether an address is in a range; what can't be read is in none. */
export function containsAddress(cidr: string, address: string): boolean {
  const range = parse(cidr);
  return range !== undefined && familyOf(address) === range.family && range.list.check(address, range.family);
}

/** Whether all of `inner` is in `outer`. */
export function containsRange(outer: string, inner: string): boolean {
  const [whole, part] = [parse(outer), parse(inner)];
  return whole !== undefined && part !== undefined && whole.bits <= part.bits && containsAddress(outer, part.address);
}
