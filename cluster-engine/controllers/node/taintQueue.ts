/** Lets one through at a time, at most `rate` a second: a token bucket of one. Times are monotonic, ms. */
class TokenBucket {
  readonly rate: number;
  #tokens = 1;
  #at: number;

  constructor(rate: number, now: number) {
    this.rate = rate;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#refill(now);
    if (this.rate <= 0 || this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** ms until the next token; Infinity when there is none ever. */
  wait(now: number): number {
    this.#refill(now);
    if (this.rate <= 0) return Number.POSITIVE_INFINITY;
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.rate) * 1000);
  }

  #refill(now: number): void {
    this.#tokens = Math.min(1, this.#tokens + ((now - this.#at) / 1000) * this.rate);
    // What is as good as whole is whole: sums of fractions fall short by a hair.
    if (this.#tokens > 1 - 1e-9) this.#tokens = 1;
    this.#at = now;
  }
}

/** Nodes of one zone that wait to lose their pods, in order, at the zone's rate. */
export class TaintQueue {
  readonly #names = new Set<string>();
  #bucket: TokenBucket;

  constructor(rate: number, now: number) {
    this.#bucket = new TokenBucket(rate, now);
  }

  add(name: string): void {
    this.#names.add(name);
  }

  remove(name: string): void {
    this.#names.delete(name);
  }

  /** A new rate gives no token on top of one that was just spent. */
  setRate(rate: number, now: number): void {
    if (rate === this.#bucket.rate) return;
    const spent = !this.#bucket.take(now);
    this.#bucket = new TokenBucket(rate, now);
    if (spent) this.#bucket.take(now);
  }

  /** The next node, if its time has come. */
  take(now: number): string | undefined {
    const [name] = this.#names;
    if (name === undefined || !this.#bucket.take(now)) return undefined;
    this.#names.delete(name);
    return name;
  }

  /** ms until the next can go; Infinity when none waits or none may. */
  wait(now: number): number {
    return this.#names.size > 0 ? this.#bucket.wait(now) : Number.POSITIVE_INFINITY;
  }
}
