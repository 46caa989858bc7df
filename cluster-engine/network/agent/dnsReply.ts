import { systemRandom } from "../../base/random.ts";
import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type Answer,
  type DecodedPacket,
  type Packet,
  type Question,
} from "dns-packet";
import { answer, type ClusterNames, type NameAnswer } from "../dns/answer.ts";

/** Sends a query's bytes to the host's resolvers and gives back their answer's. */
export type Forward = (query: Buffer) => Promise<Buffer>;

const plainUdpBytes = 512;
const largestUdpBytes = 1232;

const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3 } as const;

/** The bytes that answer a query. `limit` is the longest answer that the transport takes. @throws Error when the bytes are no query. */
export async function reply(message: Buffer, names: ClusterNames, transport: "udp" | "tcp", forward: Forward): Promise<Buffer> {
  const query = decode(message);
  const question = query.questions?.[0];
  if (query.type !== "query" || !question) throw new Error("not a query");
  const ours = answer(question, names);
  try {
    if (!ours) return await forward(message);
    const followed = ours.follow ? await follow(ours.follow, question, forward) : [];
    const result = { ...ours, answers: [...turned(ours.answers), ...followed] };
    return transport === "tcp" ? pack(query, result) : fit(query, result);
  } catch {
    return pack(query, { answers: [], authorities: [], additionals: [] }, codes.SERVFAIL);
  }
}

/** The answers for the target of an alias that leads out of the cluster. */
async function follow(name: string, { type }: Question, forward: Forward): Promise<Answer[]> {
  const id = Math.floor(systemRandom.next() * 0x1_0000);
  const answered = decode(await forward(encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ type, name }] })));
  return answered.answers ?? [];
}

let turn = 0;

/** Starts with another address each time: clients take the first. Aliases stay in front. */
function turned(answers: Answer[]): Answer[] {
  const aliases = answers.filter((each) => each.type === "CNAME");
  const rest = answers.filter((each) => each.type !== "CNAME");
  const start = rest.length ? turn++ % rest.length : 0;
  return [...aliases, ...rest.slice(start), ...rest.slice(0, start)];
}

type Sections = Pick<NameAnswer, "answers" | "authorities" | "additionals"> & Partial<Pick<NameAnswer, "rcode">>;

/** Leaves out what a datagram has no room for, and says so: the client asks again by TCP. */
function fit(query: DecodedPacket, sections: Sections): Buffer {
  const limit = Math.min(largestUdpBytes, Math.max(plainUdpBytes, requestedBytes(query)));
  const whole = pack(query, sections);
  if (whole.length <= limit) return whole;
  const without = pack(query, { ...sections, additionals: [] });
  if (without.length <= limit) return without;
  return pack(query, { answers: [], authorities: [], additionals: [], rcode: sections.rcode }, undefined, TRUNCATED_RESPONSE);
}

function requestedBytes(query: DecodedPacket): number {
  const option = query.additionals?.find((each) => each.type === "OPT");
  return option && "udpPayloadSize" in option ? option.udpPayloadSize : 0;
}

function pack(
  query: DecodedPacket,
  { answers, authorities, additionals, rcode = "NOERROR" }: Sections,
  code: number = codes[rcode],
  extraFlags = 0,
): Buffer {
  const hasOption = query.additionals?.some((each) => each.type === "OPT");
  const option: Answer = {
    type: "OPT",
    name: ".",
    udpPayloadSize: largestUdpBytes,
    flags: 0,
    options: [],
    extendedRcode: 0,
    ednsVersion: 0,
    flag_do: false,
  };
  const packet: Packet = {
    type: "response",
    id: query.id,
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | extraFlags | code,
    questions: query.questions,
    answers,
    authorities,
    additionals: hasOption ? [...additionals, option] : additionals,
  };
  return encode(packet);
}
