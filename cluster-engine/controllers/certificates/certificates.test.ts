import { expect, test } from "vitest";
import type { CertificateSigningRequest } from "../../../shared/kubernetes/types.ts";
import { CertificateSigningRequests } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { certificateApprovingController } from "./approving.ts";
import { certificateCleaner, isOverdue } from "./cleaner.ts";
import { signers } from "./signers.ts";
import { certificateSigningController, lifetime } from "./signing.ts";
import type { RequestedSubject } from "./types.ts";

const kubelet: RequestedSubject = {
  commonName: "system:node:a",
  organizations: ["system:nodes"],
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
};
const kubeletUsages: NonNullable<RequestSpec["usages"]> = ["digital signature", "client auth"];

type RequestSpec = Partial<CertificateSigningRequest["spec"]>;

interface Surroundings {
  subject?: RequestedSubject;
  /** Subresources that the requester may create. */
  rights?: string[];
}

/** The controllers with an authority that reads what it is told and signs by telling what it signed. */
async function start({ subject = kubelet, rights = [] }: Surroundings = {}) {
  const cluster = new FakeCluster({
    certificates: {
      read: async () => subject,
      sign: async (request, { usages, seconds }) => `${request} ${usages.join("+")} ${seconds}`,
    },
  });
  const reviews: unknown[] = [];
  cluster.api.intercept(
    ({ path }) => path.endsWith("/subjectaccessreviews"),
    ({ body }) => {
      const { spec } = body as { spec: { resourceAttributes: { subresource: string } } };
      reviews.push(spec);
      return { status: { allowed: rights.includes(spec.resourceAttributes.subresource) } };
    },
    100,
  );
  await cluster.start(certificateApprovingController, certificateSigningController, certificateCleaner);
  const make = async (spec: RequestSpec, conditions: string[] = []) => {
    cluster.api.put(CertificateSigningRequests, {
      metadata: { name: "r" },
      spec: { request: Buffer.from("PEM").toString("base64"), usages: kubeletUsages, username: "system:node:a", signerName: "", ...spec },
      ...(conditions.length > 0 ? { status: { conditions: conditions.map((type) => ({ type, status: "True" })) } } : {}),
    });
    await cluster.settle();
  };
  const request = () => cluster.api.must(CertificateSigningRequests, "r");
  const signed = () => request().status?.certificate && Buffer.from(request().status!.certificate!, "base64").toString();
  return { cluster, reviews, make, request, signed };
}

const client = "kubernetes.io/kube-apiserver-client";
const kubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";

test("an approved request is signed, for as long as it asks", async () => {
  const { make, signed } = await start();
  await make({ signerName: client, usages: ["client auth"], expirationSeconds: 3600 }, ["Approved"]);
  expect(signed()).toBe("PEM client auth 3600");
});

test.each([
  ["that nobody approved", client, []],
  ["that was denied as well", client, ["Approved", "Denied"]],
  ["that has failed", client, ["Approved", "Failed"]],
  ["for another signer", "example.com/signer", ["Approved"]],
])("a request %s is not signed", async (_, signerName, conditions) => {
  const { make, signed } = await start();
  await make({ signerName, usages: ["client auth"] }, conditions);
  expect(signed()).toBeUndefined();
});

test("a request that the signer must refuse fails, with the reason", async () => {
  const { make, request } = await start();
  await make({ signerName: client, usages: ["server auth"] }, ["Approved"]);
  expect(request().status?.conditions?.[1]).toMatchObject({
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailure",
    message: "invalid usage for client certificate: server auth",
  });
});

test.each([
  [["selfnodeclient"], "system:node:a", "Auto approving self kubelet client certificate after SubjectAccessReview."],
  [["nodeclient"], "system:bootstrap:abcdef", "Auto approving kubelet client certificate after SubjectAccessReview."],
])("a kubelet with the right to %j gets its certificate by itself", async (rights, username, message) => {
  const { make, request, signed, reviews } = await start({ rights });
  await make({ signerName: kubeletClient, username, groups: ["g"] });
  expect(request().status?.conditions?.[0]).toMatchObject({ type: "Approved", status: "True", reason: "AutoApproved", message });
  expect(reviews[0]).toMatchObject({ user: username, groups: ["g"], resourceAttributes: { group: "certificates.k8s.io", verb: "create" } });
  expect(signed()).toContain("PEM");
});

test.each([
  ["without the right", {}, kubelet],
  ["of another's name with the right for its own", { username: "mallory" }, kubelet],
  ["of another organization", {}, { ...kubelet, organizations: ["system:masters"] }],
  ["of another signer", { signerName: client }, kubelet],
])("a request %s waits for somebody", async (what, spec, subject) => {
  const { make, request } = await start({ subject, rights: what === "without the right" ? [] : ["selfnodeclient"] });
  await make({ signerName: kubeletClient, ...spec });
  expect(request().status).toBeUndefined();
});

const serving = { ...kubelet, dnsNames: ["a"] };
const servingUsages = ["digital signature", "server auth"];

test.each<[string, RequestedSubject, string[], string | undefined]>([
  ["kube-apiserver-client", kubelet, ["client auth", "key encipherment"], undefined],
  ["kube-apiserver-client", kubelet, ["digital signature"], "missing required usage for client certificate: client auth"],
  ["kube-apiserver-client-kubelet", kubelet, [...kubeletUsages, "key encipherment"], undefined],
  ["kube-apiserver-client-kubelet", serving, kubeletUsages, "DNS subjectAltNames are not allowed"],
  ["kube-apiserver-client-kubelet", { ...kubelet, ipAddresses: ["1.2.3.4"] }, kubeletUsages, "IP subjectAltNames are not allowed"],
  ["kube-apiserver-client-kubelet", { ...kubelet, commonName: "a" }, kubeletUsages, "subject common name does not begin with system:node:"],
  ["kube-apiserver-client-kubelet", kubelet, ["client auth"], "usages did not match [client auth digital signature key encipherment]"],
  ["kubelet-serving", serving, servingUsages, undefined],
  ["kubelet-serving", kubelet, servingUsages, "DNS or IP subjectAltName is required"],
  ["kubelet-serving", { ...serving, uris: ["u"] }, servingUsages, "URI subjectAltNames are not allowed"],
  ["kubelet-serving", { ...serving, organizations: [] }, servingUsages, "subject organization is not system:nodes"],
  ["kubelet-serving", serving, kubeletUsages, "usages did not match [digital signature key encipherment server auth]"],
  ["legacy-unknown", kubelet, ["any"], undefined],
])("%s takes %j for %j: %s", (signer, subject, usages, expected) => {
  expect(signers[`kubernetes.io/${signer}`]!(subject, usages)).toBe(expected);
});

test.each([
  [undefined, 365 * 86_400],
  [60, 600],
  [7200, 7200],
  [1e9, 365 * 86_400],
])("asked for %s seconds a certificate lasts %d", (wished, expected) => {
  expect(lifetime(wished)).toBe(expected);
});

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 2);
const at = (hours: number) => rfc3339(now - hours * hour);

test.each<[string, number, [type: string, hours: number][], string | undefined, boolean]>([
  ["pending for a day", 25, [], undefined, true],
  ["pending for less", 23, [], undefined, false],
  ["denied an hour ago", 2, [["Denied", 1.5]], undefined, true],
  ["failed just now", 30, [["Failed", 0.5]], undefined, false],
  ["approved, and not issued for a day", 30, [["Approved", 25]], undefined, true],
  ["approved, and not issued yet", 30, [["Approved", 2]], undefined, false],
  ["issued two hours ago", 30, [["Approved", 2]], "eA==", true],
  ["issued just now", 30, [["Approved", 0.5]], "eA==", false],
])("of a request %s: is it overdue?", (_, age, conditions, certificate, expected) => {
  const request = {
    metadata: { creationTimestamp: at(age) },
    status: { certificate, conditions: conditions.map(([type, hours]) => ({ type, status: "True", lastUpdateTime: at(hours) })) },
  } as CertificateSigningRequest;
  expect(isOverdue(request, now)).toBe(expected);
});

test("requests that had their time are deleted", async () => {
  const { cluster, make } = await start();
  await make({ signerName: client });
  await cluster.step(26 * hour);
  expect(cluster.api.all(CertificateSigningRequests)).toEqual([]);
});
