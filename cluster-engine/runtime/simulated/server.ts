import { duplexPair, type Duplex } from "node:stream";

/** A connection to a simulated pod: whatever HTTP request comes, it is answered with `status` and a line of text. */
export function simulatedConnection(answer: { status: number; text: string }): Duplex {
  const [near, far] = duplexPair();
  let head = "";
  far.on("data", (chunk: Buffer) => {
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    head = "";
    const body = `${answer.text}\n`;
    const reason = answer.status === 200 ? "OK" : "Simulated";
    far.write(`HTTP/1.1 ${answer.status} ${reason}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
  far.on("end", () => far.end());
  far.on("error", () => {});
  near.on("error", () => {});
  return near;
}
