import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { beforeAll, expect, test } from "vitest";
import type { CertificateSigningRequest } from "../../../shared/kubernetes/types.ts";
import { object, refusalOf } from "./objects.testing.ts";
import { Writes } from "./writes.testing.ts";

const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
let request = "";

beforeAll(async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({ name: "CN=jane", keys, signingAlgorithm: algorithm });
  request = Buffer.from(made.toString("pem")).toString("base64");
});

const create = (writes: Writes, spec = {}) =>
  writes.create({
    path,
    body: object("certificates.k8s.io/v1", "CertificateSigningRequest", "jane", {
      spec: { request, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], ...spec },
    }),
  }) as Promise<CertificateSigningRequest>;
const approved = { type: "Approved", status: "True", reason: "Ok" };

test("the requester is who asked", async () => {
  const { spec, status } = await create(new Writes(), { username: "someone", groups: ["system:masters"] });
  expect(spec).toMatchObject({ username: "admin", groups: ["system:masters", "system:authenticated"] });
  expect(status).toEqual({});
});

test("what can't be signed is refused", async () => {
  const writes = new Writes();
  expect(await refusalOf(create(writes, { request: "eA==" }))).toContain("PEM block type must be CERTIFICATE REQUEST");
  expect(await refusalOf(create(writes, { usages: [] }))).toContain("spec.usages: Required value");
  expect(await refusalOf(create(writes, { signerName: "nobody" }))).toContain("must be a fully qualified domain and path");
  expect(await refusalOf(create(writes, { expirationSeconds: 10 }))).toContain("may not specify a duration less than 600 seconds");
});

test("only the approval subresource decides, once", async () => {
  const writes = new Writes();
  await create(writes);
  const decide = (subresource: string, ...conditions: object[]) =>
    writes.update<CertificateSigningRequest>(`${path}/jane`, (object) => void Object.assign((object.status ??= {}), { conditions }), subresource);
  expect(await refusalOf(decide("status", approved))).toContain('updates may not add a condition of type "Approved"');
  expect((await decide("approval", approved)).status!.conditions![0]).toMatchObject({ ...approved, lastUpdateTime: expect.any(String) as string });
  expect(await refusalOf(decide("approval"))).toContain('updates may not remove a condition of type "Approved"');
  expect(await refusalOf(decide("approval", approved, { ...approved, type: "Denied" }))).toContain(
    "Approved and Denied conditions are mutually exclusive",
  );
});
