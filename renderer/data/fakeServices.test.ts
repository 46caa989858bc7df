import { afterEach, describe, expect, it } from "vitest";
import type { StreamMessage, StreamName, StreamParams } from "../../shared/contract.ts";
import { Connection, type Port } from "./connection.ts";
import { FakeServices, type FakeOptions } from "./fakeServices.ts";
import { builtIn } from "./references.ts";
import { applyViewMessage, emptyView, rowAt, type ViewState } from "./viewState.ts";

const running: FakeServices[] = [];
afterEach(() => {
  for (const services of running.splice(0)) services.stop();
});

function connect(options: FakeOptions = {}): Connection {
  const { port1, port2 } = new MessageChannel();
  running.push(new FakeServices(port2, options));
  const connection = new Connection();
  connection.attach(port1 as unknown as Port);
  return connection;
}

/** Resolves with the first message of a stream that satisfies. */
function until<N extends StreamName>(
  connection: Connection,
  name: N,
  params: StreamParams<N>,
  satisfied: (message: StreamMessage<N>) => boolean,
): Promise<StreamMessage<N>> {
  return new Promise((resolve) => {
    const stream = connection.open(name, params, {
      message: (message) => {
        if (!satisfied(message)) return;
        stream.close();
        resolve(message);
      },
    });
  });
}

const frontend = { cluster: "local", object: { ...builtIn("apps", "deployments"), namespace: "default", name: "frontend" } };
const podsOf = (text: string) => ({ cluster: "local", resource: builtIn("", "pods"), filter: { text }, range: { start: 0, count: 50 } });

describe("the pretend services", () => {
  it("tell why a pod is pending, what would help, and what a write brought about", async () => {
    const connection = connect();
    const target = { cluster: "local", object: { ...builtIn("", "pods"), namespace: "default", name: "nobody" } };
    const { nodes, reasons } = await until(connection, "scheduling", target, () => true);
    expect([nodes.length, reasons[0]?.reason]).toEqual([2, "Insufficient cpu"]);
    expect((await connection.request("scheduling.whatIf", { ...target, change: { cpu: 0.5 } })).node).toBe("wherry");
    expect((await connection.request("scheduling.whatIf", { ...target, change: { anyNode: true } })).node).toBeUndefined();
    const { steps } = await until(connection, "chain", { cluster: "local", revisions: [210] }, () => true);
    expect(steps.map(({ component }) => component)).toEqual(expect.arrayContaining(["kubectl", "kube-scheduler", "kubelet"]));
    const { writes } = await until(connection, "history", target, () => true);
    expect(writes.every(({ object }) => object.name === "nobody")).toBe(true);
  });

  it("a scaled Deployment gets its pods, and undo takes them away", async () => {
    const connection = connect();
    const { receipt } = await connection.request("actions.scale", { ...frontend, replicas: 5 });
    expect(receipt).toMatchObject({ title: "Scaled frontend from 3 to 5", undoable: true });
    await until(connection, "view", podsOf("frontend"), (message) => message.statusCounts?.running === 5);
    await connection.request("actions.undo", { receipt: receipt!.id });
    await until(connection, "view", podsOf("frontend"), (message) => message.total !== undefined && message.matched === 3);
  });

  it.each([
    ["text", "redis", 3],
    ["/^web.*shop/", "/^web.*shop/", 4],
    ["!text", "!shop", 9],
  ])("filters by %s", async (_, text, count) => {
    const message = await until(connect(), "view", podsOf(text), ({ columns }) => columns !== undefined);
    expect(message.matched).toBe(count);
  });

  it("an updated view shows another range of the same rows", async () => {
    const connection = connect({ pods: 300 });
    let state: ViewState = emptyView;
    await new Promise<void>((resolve) => {
      const stream = connection.open(
        "view",
        { ...podsOf(""), filter: {} },
        {
          message: (message) => {
            state = applyViewMessage(state, message);
            if (message.columns) stream.update({ range: { start: 200, count: 20 } });
            if (state.start !== 200) return;
            stream.close();
            resolve();
          },
        },
      );
    });
    expect(state.keys).toHaveLength(20);
    expect(rowAt(state, 210)).toBeDefined();
    expect(state.matched).toBeGreaterThan(300);
  });

  it("plans what a text would do, with the line of what is wrong", async () => {
    const text = "kind: ConfigMap\nmetadata:\n  name: a\n---\nkind: Gadget\nmetadata:\n  name: b\n";
    const plan = await connect().request("plans.make", { cluster: "local", namespace: "default", sources: [{ name: "x.yaml", text }] });
    expect(plan.items.map((item) => [item.action, item.source.line])).toEqual([
      ["create", 1],
      ["invalid", 5],
    ]);
  });

  it("says which verb and resource are missing", async () => {
    const message = await until(connect({ forbidden: true }), "view", { ...podsOf(""), resource: builtIn("", "secrets") }, () => true);
    expect(message.freshness).toMatchObject({ state: "forbidden", missing: { verb: "list", resource: "secrets" } });
  });
});
