import type { Secret } from "../../../shared/kubernetes/types.ts";
import { Secrets } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { configMapKey } from "../../api/names.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";

const sizeLimit = 1024 * 1024;
const redacted = "<secret contents redacted>";

export const secrets = kindStrategy<Secret>(Secrets, {
  name: subdomainName,
  defaults(secret) {
    secret.type ||= "Opaque";
    mergeStringData(secret);
  },
  prepareForUpdate(secret, old) {
    secret.type ||= old.type;
  },
  validate: validateSecret,
  validateUpdate(secret, old, problems) {
    problems.immutable("type", secret.type, old.type);
    if (old.immutable) {
      if (!secret.immutable) problems.forbidden("immutable", "field is immutable when `immutable` is set");
      if (!sameValue(secret.data ?? {}, old.data ?? {})) problems.forbidden("data", "field is immutable when `immutable` is set");
    }
    validateSecret(secret, problems);
  },
  strategy: { selectableFields: (secret) => ({ type: secret.type ?? "" }) },
});

/** stringData is for writing only: it is stored as data. */
function mergeStringData(secret: Secret): void {
  if (!secret.stringData) return;
  for (const [key, value] of Object.entries(secret.stringData)) (secret.data ??= {})[key] = Buffer.from(value).toString("base64");
  delete secret.stringData;
}

function validateSecret(secret: Secret, problems: Problems): void {
  let size = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    problems.invalidEach(`data[${key}]`, key, configMapKey(key));
    size += Buffer.byteLength(value ?? "", "base64");
  }
  if (size > sizeLimit) problems.tooLong("data", sizeLimit);
  validateType(secret, problems);
}

function validateType(secret: Secret, problems: Problems): void {
  const needs = (key: string): boolean => {
    if (secret.data && key in secret.data) return true;
    problems.required(`data[${key}]`);
    return false;
  };
  switch (secret.type) {
    case "kubernetes.io/service-account-token":
      if (!secret.metadata.annotations?.["kubernetes.io/service-account.name"])
        problems.required("metadata.annotations[kubernetes.io/service-account.name]");
      break;
    case "kubernetes.io/dockercfg":
      if (needs(".dockercfg")) validateJson(secret, ".dockercfg", problems);
      break;
    case "kubernetes.io/dockerconfigjson":
      if (needs(".dockerconfigjson")) validateJson(secret, ".dockerconfigjson", problems);
      break;
    case "kubernetes.io/basic-auth":
      if (!secret.data || (!("username" in secret.data) && !("password" in secret.data))) {
        problems.required("data[username]");
        problems.required("data[password]");
      }
      break;
    case "kubernetes.io/ssh-auth":
      if (!secret.data?.["ssh-privatekey"]) problems.required("data[ssh-privatekey]");
      break;
    case "kubernetes.io/tls":
      needs("tls.crt");
      needs("tls.key");
      break;
  }
}

function validateJson(secret: Secret, key: string, problems: Problems): void {
  const text = Buffer.from(secret.data![key] ?? "", "base64").toString();
  try {
    JSON.parse(text);
  } catch {
    problems.invalid(`data[${key}]`, redacted, jsonProblem(text));
  }
}

/** What Go's JSON decoder says about text that is no JSON. */
function jsonProblem(text: string): string {
  const start = text.trimStart();
  if (start === "" || /^[[{"]/.test(start)) return "unexpected end of JSON input";
  return `invalid character ${JSON.stringify(start[0]).replaceAll('"', "'")} looking for beginning of value`;
}
