export interface CIDR {
  /** First address, as a number. */
  start: number;
  /** How many addresses. */
  size: number;
}

export const addressNumber = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** @throws Error when `text` is no IPv4 range such as `10.96.0.0/16`. */
export function parseCIDR(text: string): CIDR {
  const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(text);
  if (!match) throw new Error(`${text} is not an IPv4 address range`);
  const size = 2 ** (32 - Number(match[2]));
  return { start: Math.floor(addressNumber(match[1]!) / size) * size, size };
}

export function contains({ start, size }: CIDR, address: string): boolean {
  const number = addressNumber(address);
  return number >= start && number < start + size;
}
