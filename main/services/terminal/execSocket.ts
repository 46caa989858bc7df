import { WebSocket } from "ws";
import type { ObjectRef } from "../../../shared/contract.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { queryString } from "../clusters/connection.ts";
import { resourcePath } from "../clusters/discovery.ts";

/** Channels of the remote command protocol (v5.channel.k8s.io). */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

export interface ExecHandlers {
  onOutput(data: Buffer): void;
  /** The exit code, or why it could not run. */
  onEnd(exit: number | undefined, problem?: string): void;
}

export interface ExecSession {
  write(data: string): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Runs a command with a terminal in a container. */
export async function openExec(cluster: Cluster, pod: ObjectRef, container: string, command: string[], handlers: ExecHandlers): Promise<ExecSession> {
  const query = queryString({ container, command, stdin: true, stdout: true, stderr: false, tty: true });
  const { url, options } = await cluster.connection.webSocketTarget(resourcePath(pod, "exec") + query);
  const socket = new WebSocket(url, ["v5.channel.k8s.io", "v4.channel.k8s.io"], options);
  const pending: Buffer[] = [];
  let ended = false;
  const end = (exit: number | undefined, problem?: string) => {
    if (ended) return;
    ended = true;
    handlers.onEnd(exit, problem);
    socket.close();
  };
  const send = (id: number, data: Buffer) => {
    const frame = Buffer.concat([Buffer.of(id), data]);
    if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    else if (socket.readyState === WebSocket.CONNECTING) pending.push(frame);
  };
  socket.on("open", () => pending.splice(0).forEach((frame) => socket.send(frame)));
  socket.on("message", (data: Buffer) => {
    const [id] = data;
    if (id === channel.stdout || id === channel.stderr) handlers.onOutput(data.subarray(1));
    else if (id === channel.error) end(...outcome(data.subarray(1).toString()));
  });
  socket.on("unexpected-response", (_request, response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => end(undefined, refusal(Buffer.concat(chunks).toString(), response.statusCode ?? 0)));
  });
  socket.on("error", (error) => end(undefined, error.message));
  socket.on("close", () => end(undefined, "the connection to the container ended"));
  return {
    write: (data) => send(channel.stdin, Buffer.from(data)),
    resize: (columns, rows) => send(channel.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))),
    close: () => {
      ended = true;
      socket.close();
    },
  };
}

interface ExecStatus {
  status?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** Reads the Status that ends a command; text that is none is the problem itself. */
export function outcome(text: string): [exit: number | undefined, problem?: string] {
  let status: ExecStatus;
  try {
    status = JSON.parse(text) as ExecStatus;
  } catch {
    return [undefined, text];
  }
  if (status.status === "Success") return [0];
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  return code === undefined ? [undefined, status.message ?? text] : [Number(code)];
}

function refusal(body: string, code: number): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body || `the API answered ${code}`;
  }
}
