/** The first subnet of `bits` inside an IPv4 range (`10.244.0.0/16`) that is not taken; undefined when all are. */
export function firstFreeSubnet(range: string, bits: number, taken: ReadonlySet<string>): string | undefined {
  const [address = "", length = ""] = range.split("/");
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  for (let i = 0; i < 2 ** (bits - Number(length)); i++) {
    const subnet = `${dotted(base + i * size)}/${bits}`;
    if (!taken.has(subnet)) return subnet;
  }
  return undefined;
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
