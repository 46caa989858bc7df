/** Writes the fields of one message. */
export class ProtobufWriter {
  #chunks: Uint8Array[] = [];

  varint(field: number, value: number | bigint): void {
    this.#chunks.push(varintBytes(field << 3), varintBytes(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.#chunks.push(varintBytes((field << 3) | 2), varintBytes(value.length), value);
  }

  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value));
  }

  double(field: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#chunks.push(varintBytes((field << 3) | 1), bytes);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

function varintBytes(value: number | bigint): Uint8Array {
  if (typeof value === "number" && value >= 0 && value < 0x80) return Uint8Array.of(value);
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}
