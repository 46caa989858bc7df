/** What stands behind a field's number: a varint, 8, 4 or a counted number of bytes. */
export type WireValue = bigint | Uint8Array;

/** The bytes are not a message of the protobuf wire format. */
export class ProtobufError extends Error {
  override name = "ProtobufError";
}

const ended = () => new ProtobufError("unexpected EOF");

/** Reads the fields of one message. https://protobuf.dev/programming-guides/encoding/ */
export function* readFields(bytes: Uint8Array): Generator<{ number: number; value: WireValue }> {
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = Number(reader.varint());
    yield { number: tag >>> 3, value: reader.value(tag & 7) };
  }
}

/** The varints of a packed repeated field. */
export function* readPacked(bytes: Uint8Array): Generator<bigint> {
  const reader = new Reader(bytes);
  while (!reader.done) yield reader.varint();
}

class Reader {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError("proto: integer overflow");
  }

  value(wireType: number): WireValue {
    if (wireType === 0) return this.varint();
    if (wireType === 1) return this.#take(8);
    if (wireType === 2) return this.#take(Number(this.varint()));
    if (wireType === 5) return this.#take(4);
    throw new ProtobufError(`proto: illegal wireType ${wireType}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw ended();
    return byte;
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw ended();
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
