import { randomBytes } from "node:crypto";

/** Chance as the engine sees it: numbers in [0, 1). */
export interface Random {
  next(): number;
}

/** Asking the system for each number alone costs more than the number. */
const poolSize = 4096;
let pool = Buffer.alloc(0);
let used = 0;

export const systemRandom: Random = {
  next() {
    if (used >= pool.length) {
      pool = randomBytes(poolSize);
      used = 0;
    }
    used += 4;
    return pool.readUInt32BE(used - 4) / 0x1_0000_0000;
  },
};

/** A repeatable sequence (mulberry32), for tests and for load with a printed seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
    },
  };
}

/** Characters that Kubernetes uses in generated names: no vowels, no look-alikes. */
const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** The generated end of a name (`generateName`, template hashes): `length` safe characters. */
export function nameSuffix(random: Random, length = 5): string {
  let text = "";
  for (let i = 0; i < length; i++) text += nameAlphabet[Math.floor(random.next() * nameAlphabet.length)];
  return text;
}
