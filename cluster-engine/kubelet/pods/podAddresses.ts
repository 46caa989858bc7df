/** Gives each sandbox of a node its own address out of the node's range, in turn, so that a freed one is not reused at once. */
export class PodAddresses {
  #range: { start: number; end: number } | undefined;
  #cursor = 0;
  readonly #owners = new Map<string, string>();

  /** The node's podCIDR. Addresses that are in use stay so. */
  setRange(cidr: string): void {
    const [address = "", bits = "24"] = cidr.split("/");
    const start = toNumber(address);
    this.#range = { start, end: start + 2 ** (32 - Number(bits)) };
  }

  get ready(): boolean {
    return this.#range !== undefined;
  }

  /** Notes an address that a running sandbox has. */
  occupy(address: string, owner: string): void {
    this.#owners.set(address, owner);
  }

  /** @throws when the range is not known yet, or used up. */
  take(owner: string): string {
    const range = this.#range;
    if (!range) throw new Error("the node has no podCIDR yet");
    // Network, gateway and broadcast addresses are no pod's.
    const first = range.start + 2;
    const size = range.end - 1 - first;
    for (let tried = 0; tried < size; tried++) {
      const address = toText(first + ((this.#cursor + tried) % size));
      if (this.#owners.has(address)) continue;
      this.#cursor = (this.#cursor + tried + 1) % size;
      this.#owners.set(address, owner);
      return address;
    }
    throw new Error("no IP addresses available in the node's podCIDR");
  }

  /** Frees what `owner` has, or only `address` of it. */
  release(owner: string, address?: string): void {
    for (const [candidate, holder] of this.#owners) {
      if (holder === owner && (address === undefined || candidate === address)) this.#owners.delete(candidate);
    }
  }
}

const toNumber = (address: string): number => address.split(".").reduce((number, part) => number * 256 + Number(part), 0);

const toText = (number: number): string => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

/** The engine's words for a pod address that something else has; a host port that is taken reads alike. */
export const isAddressTaken = (message: string): boolean =>
  /address already in use|failed to allocate all requested IPs/i.test(message) && !/port|bind:|listen/i.test(message);
