import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { StatusError } from "../../api/statusError.ts";
import { Writes, type CreateRequest } from "./writes.testing.ts";
import cases from "./testdata/createdObjects.json" with { type: "json" };

interface Case {
  id: string;
  setup: CreateRequest[];
  request: CreateRequest;
  response: { status: number; body: unknown; warnings?: string[] };
}

const wild: Record<string, string> = {
  uid: "[0-9a-f-]{36}",
  rv: "\\d+",
  number: "\\d+",
  time: "\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z",
  microtime: "\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z",
  suffix: "[a-z0-9]+",
  hash: "[a-z0-9]+",
  clusterIP: "[0-9a-f.:]+",
  ip: "[0-9a-f.:]+",
  nodePort: "\\d+",
  any: "[\\s\\S]*",
};

/** The recorded value with each placeholder that fits replaced by what came: equal if all do. */
function fill(expected: unknown, actual: unknown): unknown {
  if (typeof expected === "string" && expected.includes("<")) {
    const pattern = expected
      .split(/<(\w+)>/)
      .map((part, i) => (i % 2 ? (wild[part] ?? `<${part}>`) : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
      .join("");
    return new RegExp(`^${pattern}$`).test(String(actual)) ? actual : expected;
  }
  if (Array.isArray(expected)) return expected.map((item, i) => fill(item, (actual as unknown[] | undefined)?.[i]));
  if (expected === null || typeof expected !== "object") return expected;
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [key, fill(value, (actual as Record<string, unknown> | undefined)?.[key])]),
  );
}

async function answer(creation: Writes, request: CreateRequest): Promise<{ status: number; body: unknown }> {
  try {
    return { status: 201, body: await creation.create(request) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { status: error.code, body: error.status };
  }
}

/** Namespaces that every cluster has, and an account for their pods. */
async function prepared(setup: CreateRequest[]): Promise<Writes> {
  const creation = new Writes();
  for (const name of ["default", "kube-system"])
    await creation.create({ path: "/api/v1/namespaces", body: { apiVersion: "v1", kind: "Namespace", metadata: { name } } as KubeObject });
  const value = { "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000 };
  for (const [name, priority] of Object.entries(value)) {
    await creation.create({
      path: "/apis/scheduling.k8s.io/v1/priorityclasses",
      body: { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value: priority } as unknown as KubeObject,
    });
  }
  for (const request of setup) await creation.create(request);
  return creation;
}

describe("created objects look like those of Kubernetes", () => {
  test.each(cases as unknown as Case[])("$id", async ({ setup, request, response }) => {
    const creation = await prepared(setup);
    creation.warnings.length = 0;
    const { status, body } = await answer(creation, request);
    expect(body).toEqual(fill(response.body, body));
    expect(status).toBe(response.status);
    expect(creation.warnings).toEqual((response.warnings ?? []).map((text) => JSON.parse(text.replace(/^299 - /, "")) as string));
  });
});
