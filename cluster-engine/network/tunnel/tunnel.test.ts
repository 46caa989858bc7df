import { Duplex, duplexPair, type Readable } from "node:stream";
import { expect, test } from "vitest";
import { seededRandom } from "../../base/random.ts";
import { caller, serveCalls } from "./calls.ts";
import { datagrams } from "./datagrams.ts";
import { frameHeader, FrameReader, frameType, type Frame } from "./frames.ts";
import { splice, windowBytes } from "./stream.ts";
import { Tunnel } from "./tunnel.ts";

type Open = (target: string, accept: () => Duplex) => void | Promise<void>;

function pair(onOpen: Open = (_, accept) => void accept(), onServerClose: (error?: Error) => void = () => {}) {
  const [a, b] = duplexPair();
  const client = new Tunnel<string>({ connection: a, side: "client", onOpen: () => {}, onClose: () => {} });
  const server = new Tunnel<string>({ connection: b, side: "server", onOpen, onClose: onServerClose });
  const cut = (error: Error) => {
    a.destroy(error);
    b.destroy(error);
  };
  return { client, server, cut };
}

const echo: Open = (_, accept) => {
  const stream = accept();
  stream.pipe(stream);
};

/** Everything up to the peer's half-close. */
function read(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => stream.on("end", () => resolve(Buffer.concat(chunks))).on("error", reject));
}

const closed = (stream: Duplex): Promise<void> => new Promise((resolve) => stream.on("close", () => resolve()));

/** Runs until nothing more moves: every pending tick and immediate has run. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
}

const bytes = (length: number, seed: number): Buffer => {
  const random = seededRandom(seed);
  return Buffer.from(Array.from({ length }, () => Math.floor(random.next() * 256)));
};

test("payloads come out the same however the bytes are cut", () => {
  const payloads = [Buffer.alloc(0), bytes(1, 1), bytes(5000, 2), bytes(65536, 3)];
  const framed = payloads.flatMap((payload, stream) => [frameHeader(frameType.data, stream, payload.length), payload]);
  const wire = Buffer.concat([...framed, frameHeader(frameType.end, 9, 0)]);
  const random = seededRandom(7);
  for (const largest of [1, 10, 1000, 100_000]) {
    const reader = new FrameReader();
    const seen: Frame[] = [];
    for (let at = 0; at < wire.length;) {
      const end = Math.min(wire.length, at + 1 + Math.floor(random.next() * largest));
      seen.push(...reader.push(wire.subarray(at, end)));
      at = end;
    }
    const whole = payloads.map((_, stream) => Buffer.concat(seen.filter((frame) => frame.stream === stream).map((frame) => frame.payload)));
    expect(whole.every((payload, i) => payload.equals(payloads[i]!))).toBe(true);
    expect(seen.at(-1)).toMatchObject({ type: frameType.end, stream: 9 });
  }
});

test("many streams carry their own bytes both ways and end by half-close", async () => {
  const { client, server } = pair(echo);
  const results = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const stream = await client.open("echo");
      const sent = bytes(1000 + i * 40_000, i);
      stream.end(sent);
      return (await read(stream)).equals(sent);
    }),
  );
  expect(results.every(Boolean)).toBe(true);
  expect([client.streams, server.streams]).toEqual([0, 0]);
});

test("a reader that stands still holds up only its own stream, and gets everything in the end", async () => {
  let slow: Duplex | undefined;
  const { client } = pair((target, accept) => (target === "slow" ? void (slow = accept()) : echo(target, accept)));
  const blocked = await client.open("slow");
  const sent = bytes(windowBytes * 3, 1);
  blocked.end(sent);
  await quiet();
  expect(slow!.readableLength).toBe(windowBytes);
  const other = await client.open("echo");
  other.end("still here");
  expect((await read(other)).toString()).toBe("still here");
  expect((await read(slow!)).equals(sent)).toBe(true);
});

test("a refused stream rejects with the peer's message", async () => {
  const { client } = pair(() => {
    throw new Error("connect ECONNREFUSED 10.244.0.9:80");
  });
  await expect(client.open("closed port")).rejects.toThrow("connect ECONNREFUSED 10.244.0.9:80");
  expect(client.streams).toBe(0);
});

test("a stream that fails on one side fails on the other, and the tunnel goes on", async () => {
  let far: Duplex | undefined;
  const { client } = pair((target, accept) => (target === "far" ? void (far = accept()) : echo(target, accept)));
  const near = await client.open("far");
  const failed = closed(near);
  far!.destroy(new Error("pod is gone"));
  await failed;
  expect(near.errored?.message).toBe("pod is gone");
  const next = await client.open("echo");
  next.end("x");
  expect((await read(next)).toString()).toBe("x");
});

test("losing the connection ends streams and pending opens on both sides", async () => {
  let closes = 0;
  let far: Duplex | undefined;
  const { client, cut } = pair(
    (target, accept) => (target === "one" ? void (far = accept()) : new Promise(() => {})),
    () => closes++,
  );
  const near = await client.open("one");
  const pending = client.open("never answered");
  const ends = Promise.all([closed(near), closed(far!)]);
  cut(new Error("network down"));
  await expect(pending).rejects.toThrow("network down");
  await ends;
  expect(closes).toBe(1);
  await expect(client.open("late")).rejects.toThrow("closed");
});

test("bytes that are no frames end the tunnel", async () => {
  const [a, b] = duplexPair();
  const failure = new Promise<Error | undefined>((resolve) => new Tunnel({ connection: b, side: "server", onOpen: () => {}, onClose: resolve }));
  a.write("GET / HTTP/1.1\r\n\r\n");
  expect((await failure)?.message).toContain("protocol");
});

test("spliced connections pass half-close on and fail together", async () => {
  const [a, middleA] = duplexPair();
  const [middleB, b] = duplexPair();
  splice(middleA, middleB);
  a.end("question");
  expect((await read(b)).toString()).toBe("question");
  b.end("answer");
  expect((await read(a)).toString()).toBe("answer");
});

test("datagrams keep their boundaries", async () => {
  const { client } = pair(echo);
  const stream = await client.open("echo");
  const seen: string[] = [];
  const all = new Promise<void>((resolve) => {
    const flow = datagrams(stream, (message) => seen.push(message.toString()) === 4 && resolve());
    for (const message of ["a", "", "ccc", "x".repeat(9000)]) flow.send(Buffer.from(message));
  });
  await all;
  expect(seen.map((message) => message.length)).toEqual([1, 0, 3, 9000]);
});

test("calls answer by name, carry errors, and fail when the stream ends", async () => {
  const methods = {
    add: ({ a, b }: { a: number; b: number }) => a + b,
    fail: () => {
      throw new Error("nft: no such table");
    },
    never: () => new Promise<void>(() => {}),
  };
  const { client } = pair((_, accept) => serveCalls(accept(), methods));
  const stream = await client.open("control");
  const agent = caller<typeof methods>(stream);
  expect(await agent.call("add", { a: 2, b: 3 })).toBe(5);
  await expect(agent.call("fail", undefined)).rejects.toThrow("nft: no such table");
  const hanging = agent.call("never", undefined);
  stream.destroy();
  await expect(hanging).rejects.toThrow("lost");
});
