import { Agent, request } from "node:https";
import { createLog } from "../../cluster-engine/base/log.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";
import { fuzzRequest, type FuzzRequest } from "./requests.ts";

export interface FuzzOptions {
  seed: number;
  /** Number of the first request. */
  from: number;
  count: number;
}

export interface FuzzFailure {
  seed: number;
  index: number;
  request: FuzzRequest;
  problem: string;
}

export interface FuzzReport {
  /** Answers by status code. */
  codes: Map<number, number>;
  failures: FuzzFailure[];
}

const parallel = 16;
/** An answer that takes longer than this, ms, is none. */
const patience = 20_000;
const enoughFailures = 50;

/** Plays a run against a server of its own. Ends early when there are many failures. */
export async function fuzz({ seed, from, count }: FuzzOptions): Promise<FuzzReport> {
  const complaints: string[] = [];
  const log = createLog(
    (line) => complaints.push(line),
    () => systemClock.now(),
    "warn",
  );
  const api = await startTestApiServer({ overrides: { log } });
  const agent = new Agent({ keepAlive: true, maxSockets: parallel, ca: api.pki.ca.cert, cert: api.pki.admin.cert, key: api.pki.admin.key });
  const report: FuzzReport = { codes: new Map(), failures: [] };
  let next = from;
  const play = async () => {
    while (next < from + count && report.failures.length < enoughFailures) {
      const index = next++;
      const sent = fuzzRequest(seed, index);
      const { code, problem } = await answerTo(api, agent, sent);
      report.codes.set(code, (report.codes.get(code) ?? 0) + 1);
      if (problem) report.failures.push({ seed, index, request: sent, problem: `${problem} ${complaints.at(-1) ?? ""}` });
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, play));
    if (Object.hasOwn(Object.prototype, "polluted")) throw new Error("the prototype of objects was changed");
  } finally {
    agent.destroy();
    await api.close();
  }
  return report;
}

/** What reaches out to a pod, node or Service may find none. */
const reachesOut = /\/(proxy|exec|attach|portforward|log|ephemeralcontainers)(\/|\?|$)/;

function answerTo(api: TestApiServer, agent: Agent, { method, path, headers, body }: FuzzRequest): Promise<{ code: number; problem?: string }> {
  return new Promise((resolve) => {
    const sent = request(`https://127.0.0.1:${api.server.port}`, { agent, method, headers, path: sendable(path), timeout: patience }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(judged(response.statusCode!, path, Buffer.concat(chunks))));
      response.on("error", (error) => resolve({ code: 0, problem: `cut: ${error.message}` }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${patience} ms`)));
    sent.on("error", (error) => resolve({ code: 0, problem: error.message }));
    sent.end(body);
  });
}

/** Node refuses to send other characters. */
const sendable = (path: string) => path.replaceAll(/[^\x21-\x7e]/g, "_");

/** What kube-apiserver answers with a 500 too, in these words. */
const originals = [
  /resourceVersion: Invalid value: /,
  /failed to create typed patch object/,
  /resourceVersion should not be set on objects to be created/,
  /target\.(name|kind): /,
  /unknown patch type: /,
  /parsing time /,
  /does not contain declared merge key: /,
  /cannot merge lists without merge key for struct/,
  /quantities must match the regular expression/,
  /expected a .*, but received a /,
  /strconv.ParseUint: parsing /,
  /illegal base64 data/,
  /json: cannot unmarshal number [\d.e+-]+ into Go struct field/,
];

function judged(code: number, path: string, body: Buffer): { code: number; problem?: string } {
  const text = body.toString("utf8", 0, 2000);
  const expected =
    code === 500 ? originals.some((original) => original.test(text)) : reachesOut.test(path) || text.includes("Too large resource version");
  return code < 500 || expected ? { code } : { code, problem: `${code}: ${text.slice(0, 300)}` };
}
