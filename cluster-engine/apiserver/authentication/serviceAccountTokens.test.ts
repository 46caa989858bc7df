import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { FakeClock } from "../../base/clock.ts";
import { JwtKeys } from "./jwtKeys.ts";
import { ServiceAccountTokens } from "./serviceAccountTokens.ts";

const issuer = "https://issuer";

function privateKey(type: "rsa" | "ec"): string {
  const { privateKey: key } =
    type === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function setUp(type: "rsa" | "ec" = "ec", verify: string[] = []) {
  const clock = new FakeClock();
  const uids = new Map([
    ["serviceaccounts/ns/robot", "u1"],
    ["pods/ns/web", "u2"],
  ]);
  const tokens = new ServiceAccountTokens({
    keys: new JwtKeys({ signing: privateKey(type), verify }),
    issuer,
    clock,
    lookup: (resource, namespace, name) => uids.get(`${resource}/${namespace}/${name}`),
  });
  const sign = (bound: object = {}, aud = [issuer]) =>
    tokens.sign({
      aud,
      exp: Math.floor(clock.now() / 1000) + 600,
      "kubernetes.io": { namespace: "ns", serviceaccount: { name: "robot", uid: "u1" }, ...bound },
    });
  return { clock, uids, tokens, sign };
}

test.each(["rsa", "ec"] as const)("a token signed with an %s key says who it speaks for", (type) => {
  const { tokens, sign } = setUp(type);
  expect(tokens.authenticate(sign({ pod: { name: "web", uid: "u2" } }))).toMatchObject({
    user: {
      username: "system:serviceaccount:ns:robot",
      uid: "u1",
      groups: ["system:serviceaccounts", "system:serviceaccounts:ns"],
      extra: { "authentication.kubernetes.io/pod-name": ["web"] },
    },
    audiences: [issuer],
  });
});

test("a token is not valid for another audience", () => {
  const { tokens, sign } = setUp();
  expect(tokens.authenticate(sign({}, ["vault"]))).toBeUndefined();
  expect(tokens.authenticate(sign({}, ["vault"]), ["vault"])).toMatchObject({ audiences: ["vault"] });
});

test("a token ends with its time", async () => {
  const { tokens, sign, clock } = setUp();
  const token = sign();
  await clock.step(599_000);
  expect(tokens.authenticate(token)).toBeDefined();
  await clock.step(1000);
  expect(tokens.authenticate(token)).toBeUndefined();
});

test.each([
  ["its account", "serviceaccounts/ns/robot"],
  ["its pod", "pods/ns/web"],
])("a token ends with %s, also when another of the name comes", (_, key) => {
  const { tokens, sign, uids } = setUp();
  const token = sign({ pod: { name: "web", uid: "u2" } });
  uids.set(key, "another");
  expect(tokens.authenticate(token)).toBeUndefined();
  uids.delete(key);
  expect(tokens.authenticate(token)).toBeUndefined();
});

test("a changed token is not valid, nor is one of another key", () => {
  const { tokens, sign } = setUp();
  const [head, payload, mark] = sign().split(".");
  const claims = JSON.parse(Buffer.from(payload!, "base64url").toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: "system:serviceaccount:ns:root" })).toString("base64url");
  expect(tokens.authenticate(`${head}.${forged}.${mark}`)).toBeUndefined();
  expect(tokens.authenticate(setUp().sign())).toBeUndefined();
  expect(tokens.authenticate("rubbish")).toBeUndefined();
  expect(tokens.authenticate(`${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`)).toBeUndefined();
});
