import { duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { httpGet, type HttpAnswer } from "./httpGet.ts";

/** Asks a server that answers with these pieces of text, then ends. */
async function ask(pieces: string[], path = "/"): Promise<{ answer: HttpAnswer; request: string }> {
  const [near, far] = duplexPair();
  let request = "";
  far.on("data", (chunk: Buffer) => {
    request += chunk.toString();
    if (!request.endsWith("\r\n\r\n")) return;
    for (const piece of pieces) far.write(piece);
    far.end();
  });
  const headers = [{ name: "X-Who", value: "probe" }];
  const answer = await httpGet({
    action: { path, port: 80, httpHeaders: headers },
    port: 80,
    host: "10.0.0.1",
    userAgent: "kube-probe/1.36",
    dial: async () => near,
    signal: new AbortController().signal,
  });
  return { answer, request };
}

test.each([
  ["an answer", ["HTTP/1.1 200 OK\r\n\r\n"], { status: 200 }],
  ["one in pieces", ["HTTP/1.", "0 503\r\nx: y\r", "\n\r\nbody"], { status: 503 }],
  ["a redirect", ["HTTP/1.1 302 Found\r\nLocation: http://other/\r\n\r\n"], { status: 302, location: "http://other/" }],
  ["what follows an interim answer", ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"], { status: 204 }],
])("a probe takes %s", async (_name, pieces, expected) => {
  expect((await ask(pieces)).answer).toEqual(expected);
});

test.each([
  ["nothing", [], "EOF"],
  ["half a head", ["HTTP/1.1 200 OK\r\n"], "EOF"],
  ["another protocol", ["SSH-2.0-x\r\n"], 'malformed HTTP response "SSH-2.0-x"'],
])("%s is no answer", async (_name, pieces, message) => {
  await expect(ask(pieces)).rejects.toThrow(message);
});

test("the request says who asks, and can't be split by its path", async () => {
  const { request } = await ask(["HTTP/1.1 200 OK\r\n\r\n"], "/a b\r\nx: y");
  expect(request).toBe(
    "GET /a%20b%0D%0Ax:%20y HTTP/1.1\r\nhost: 10.0.0.1:80\r\nuser-agent: kube-probe/1.36\r\naccept: */*\r\nconnection: close\r\nx-who: probe\r\n\r\n",
  );
});
