import type { EnvFromSource, EnvVar, EnvVarSource } from "../../../shared/kubernetes/types.ts";
import { configMapKey, dns1123Label, dns1123Subdomain, relaxedEnvVarName } from "../../api/names.ts";
import { environmentFields, validateFieldRef, validateResourceFieldRef } from "./fieldPaths.ts";
import { subdomainName } from "./nameRules.ts";
import { validateNoBacksteps } from "./paths.ts";
import type { Problems } from "./problems.ts";

/** env of a container. */
export function validateEnvironment(variables: EnvVar[] | undefined, path: string, problems: Problems): void {
  variables?.forEach((variable, i) => {
    const at = `${path}[${i}]`;
    if (!variable.name) problems.required(`${at}.name`);
    else problems.invalidEach(`${at}.name`, variable.name, relaxedEnvVarName(variable.name));
    if (variable.valueFrom) validateSource(variable.valueFrom, variable.value, `${at}.valueFrom`, problems);
  });
}

function validateSource(source: EnvVarSource, value: string | undefined, path: string, problems: Problems): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef) validateFieldRef(fieldRef, environmentFields, `${path}.fieldRef`, problems);
  if (resourceFieldRef) validateResourceFieldRef(resourceFieldRef, false, `${path}.resourceFieldRef`, problems);
  if (configMapKeyRef) validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`, problems);
  if (secretKeyRef) validateKeyRef(secretKeyRef, `${path}.secretKeyRef`, problems);
  if (fileKeyRef) validateFileKeyRef(fileKeyRef, `${path}.fileKeyRef`, problems);
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length;
  if (given === 0)
    problems.invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
  else if (value) problems.invalid(path, "", "may not be specified when `value` is not empty");
  else if (given > 1) problems.invalid(path, "", "may not have more than one field specified at a time");
}

function validateKeyRef(ref: { name?: string; key: string }, path: string, problems: Problems): void {
  problems.invalidEach(`${path}.name`, ref.name ?? "", dns1123Subdomain(ref.name ?? ""));
  if (!ref.key) problems.required(`${path}.key`);
  else problems.invalidEach(`${path}.key`, ref.key, configMapKey(ref.key));
}

function validateFileKeyRef(ref: { key: string; volumeName: string; path: string }, path: string, problems: Problems): void {
  if (!ref.key) problems.required(`${path}.key`);
  else problems.invalidEach(`${path}.key`, ref.key, relaxedEnvVarName(ref.key));
  if (!ref.volumeName) problems.required(`${path}.volumeName`);
  else problems.invalidEach(`${path}.volumeName`, ref.volumeName, dns1123Label(ref.volumeName));
  if (!ref.path) problems.required(`${path}.path`);
  else validateNoBacksteps(ref.path, `${path}.path`, problems);
}

/** envFrom of a container. */
export function validateEnvironmentSources(sources: EnvFromSource[] | undefined, path: string, problems: Problems): void {
  sources?.forEach(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${path}[${i}]`;
    if (prefix) problems.invalidEach(`${at}.prefix`, prefix, relaxedEnvVarName(prefix));
    if (configMapRef) validateReference(configMapRef, `${at}.configMapRef`, problems);
    if (secretRef) validateReference(secretRef, `${at}.secretRef`, problems);
    if (!configMapRef && !secretRef) problems.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (configMapRef && secretRef) problems.invalid(path, "", "may not have more than one field specified at a time");
  });
}

function validateReference(ref: { name?: string }, path: string, problems: Problems): void {
  if (!ref.name) problems.required(`${path}.name`);
  else problems.invalidEach(`${path}.name`, ref.name, subdomainName(ref.name, true));
}
