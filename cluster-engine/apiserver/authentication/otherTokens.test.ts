import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { Secret } from "../../../shared/kubernetes/types.ts";
import { FakeClock, rfc3339 } from "../../base/clock.ts";
import { bootstrapTokens } from "./bootstrapTokens.ts";
import { JwtKeys } from "./jwtKeys.ts";
import { LegacyTokens } from "./legacyTokens.ts";
import { firstToKnow } from "./tokenAuthenticator.ts";

const clock = new FakeClock();
const issuer = "https://issuer";
const token = "abcdef.0123456789abcdef";

const secretOf = (type: string, data: Record<string, string>, metadata: object = {}) =>
  ({
    metadata,
    type,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
  }) as unknown as Secret;

const bootstrapData = { "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true" };

function bootstrap(change: Record<string, string> = {}, type = "bootstrap.kubernetes.io/token", metadata: object = {}) {
  const secret = secretOf(type, { ...bootstrapData, ...change }, metadata);
  return bootstrapTokens({ clock, issuer, secret: (name) => (name === "bootstrap-token-abcdef" ? secret : undefined) });
}

test("a bootstrap token speaks for its bootstrapper and its groups", () => {
  const groups = "system:bootstrappers:kubeadm:default-node-token";
  expect(bootstrap({ "auth-extra-groups": groups, expiration: rfc3339(clock.now() + 1000) }).authenticate(token)).toEqual({
    user: { username: "system:bootstrap:abcdef", groups: ["system:bootstrappers", groups] },
    audiences: [issuer],
  });
});

test.each<[string, ReturnType<typeof bootstrap>, string]>([
  ["has another secret", bootstrap(), "abcdef.0123456789abcdee"],
  ["is not known", bootstrap(), "bbbbbb.0123456789abcdef"],
  ["is no such token", bootstrap(), "abcdef"],
  ["has ended", bootstrap({ expiration: rfc3339(clock.now()) }), token],
  ["has an end that can't be read", bootstrap({ expiration: "soon" }), token],
  ["is not meant for this", bootstrap({ "usage-bootstrap-authentication": "false" }), token],
  ["asks for a group outside", bootstrap({ "auth-extra-groups": "system:masters" }), token],
  ["is in a Secret of another type", bootstrap({}, "Opaque"), token],
  ["is in a Secret that goes", bootstrap({}, undefined, { deletionTimestamp: "2026-01-01T00:00:00Z" }), token],
])("a bootstrap token that %s is not valid", (_, tokens, given) => {
  expect(tokens.authenticate(given)).toBeUndefined();
});

function legacy() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = new JwtKeys({ signing: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), verify: [] });
  const used: string[] = [];
  const world: { secret?: Secret; uid?: string } = { uid: "u1" };
  const tokens = new LegacyTokens({
    keys,
    issuer,
    lookup: () => world.uid,
    secret: (namespace, name) => (`${namespace}/${name}` === "ns/robot-token" ? world.secret : undefined),
    onUse: ({ metadata }) => used.push(metadata.name),
  });
  const signed = tokens.sign({ namespace: "ns", serviceAccount: { name: "robot", uid: "u1" }, secret: "robot-token" });
  const store = (labels = {}, held = signed) =>
    (world.secret = secretOf("kubernetes.io/service-account-token", { token: held }, { name: "robot-token", labels }));
  store();
  return { tokens, signed, world, store, used };
}

test("a token in a Secret speaks for its account as long as both are there, and its use is noted", () => {
  const { tokens, signed, world, used } = legacy();
  expect(firstToKnow([bootstrap(), tokens]).authenticate(signed)).toEqual({
    user: { username: "system:serviceaccount:ns:robot", uid: "u1", groups: ["system:serviceaccounts", "system:serviceaccounts:ns"] },
    audiences: [issuer],
  });
  expect(used).toEqual(["robot-token"]);
  world.uid = "u2";
  expect(tokens.authenticate(signed)).toBeUndefined();
});

test("a token in a Secret is not valid for others, when the Secret holds another one, or was made invalid", () => {
  const { tokens, signed, store, used } = legacy();
  expect(tokens.authenticate(signed, ["vault"])).toBeUndefined();
  store({}, "another");
  expect(tokens.authenticate(signed)).toBeUndefined();
  store({ "kubernetes.io/legacy-token-invalid-since": "2026-01-01" });
  expect(tokens.authenticate(signed)).toBeUndefined();
  expect(used).toEqual(["robot-token"]);
});
