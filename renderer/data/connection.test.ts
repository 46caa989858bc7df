import { afterEach, describe, expect, it } from "vitest";
import type { ToServices, ToWindow } from "../../shared/contract.ts";
import { Connection, ContractFailure, type Port } from "./connection.ts";

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const channel of channels.splice(0)) channel.port2.close();
});

/** A peer that records what it was sent; `next` waits for one more message. */
function peer() {
  const channel = new MessageChannel();
  channels.push(channel);
  const received: ToServices[] = [];
  const waiting: ((message: ToServices) => void)[] = [];
  channel.port2.onmessage = (event) => {
    const waiter = waiting.shift();
    if (waiter) waiter(event.data as ToServices);
    else received.push(event.data as ToServices);
  };
  return {
    port: channel.port1 as unknown as Port,
    next: () => new Promise<ToServices>((resolve) => (received.length > 0 ? resolve(received.shift()!) : waiting.push(resolve))),
    send: (message: ToWindow) => channel.port2.postMessage(message),
  };
}

describe("the window's end of the contract", () => {
  it("sends a request that waited for the port, and resolves with its answer", async () => {
    const connection = new Connection();
    const answer = connection.request("clusters.connect", { cluster: "local" });
    const services = peer();
    connection.attach(services.port);
    const sent = await services.next();
    expect(sent).toMatchObject({ type: "request", name: "clusters.connect", params: { cluster: "local" } });
    services.send({ type: "answer", id: sent.id, answer: null });
    expect(await answer).toBeNull();
  });

  it("rejects with the code and message of services", async () => {
    const connection = new Connection();
    const services = peer();
    connection.attach(services.port);
    const answer = connection.request("engine.start", {});
    services.send({ type: "error", id: (await services.next()).id, error: { code: "Forbidden", message: "no" } });
    await expect(answer).rejects.toMatchObject({ code: "Forbidden", message: "no" });
  });

  it("gives one credit back for each message taken", async () => {
    const connection = new Connection();
    const services = peer();
    connection.attach(services.port);
    const seen: unknown[] = [];
    connection.open("clusters", {}, { message: (message) => seen.push(message) });
    const opened = await services.next();
    expect(opened).toMatchObject({ type: "open", name: "clusters", credit: 8 });
    services.send({ type: "message", id: opened.id, message: [] });
    expect(await services.next()).toEqual({ type: "credit", id: opened.id, credit: 1 });
    expect(seen).toEqual([[]]);
  });

  it("opens streams again on a new port with what they were last updated to, and fails requests under way", async () => {
    const connection = new Connection();
    const first = peer();
    connection.attach(first.port);
    let reopened = 0;
    const stream = connection.open(
      "view",
      { cluster: "local", resource: { group: "", version: "v1", resource: "pods" }, filter: {}, range: { start: 0, count: 10 } },
      { message: () => undefined, reopened: () => reopened++ },
    );
    stream.update({ range: { start: 50, count: 10 } });
    const lost = connection.request("engine.start", {});
    const second = peer();
    connection.attach(second.port);
    await expect(lost).rejects.toBeInstanceOf(ContractFailure);
    expect(await second.next()).toMatchObject({ type: "open", name: "view", params: { cluster: "local", range: { start: 50, count: 10 } } });
    expect(reopened).toBe(1);
  });

  it("ends a stream that cannot be repeated when services restart", () => {
    const connection = new Connection();
    connection.attach(peer().port);
    let ended: string | undefined;
    connection.open("apply", { plan: "1", items: [] }, { once: true, message: () => undefined, end: (error) => (ended = error?.code) });
    connection.attach(peer().port);
    expect(ended).toBe("Restarted");
  });
});
