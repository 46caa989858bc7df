import { isIP } from "node:net";
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass, IngressClassParametersReference } from "../../../shared/kubernetes/types.ts";
import { Ingresses, IngressClasses } from "../../api/resources.ts";
import { dns1123Label, dns1123Subdomain, pathSegmentName, portName, portNumber, wildcardDns1123Subdomain } from "../../api/names.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const badSequences = ["//", "/./", "/../", "%2f", "%2F"];
const badEndings = ["/..", "/."];
const classAnnotation = "kubernetes.io/ingress.class";
const longestController = 250;

export const ingresses = kindStrategy<Ingress>(Ingresses, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  validate(ingress, problems, old) {
    validateSpec(ingress, problems);
    const annotation = ingress.metadata.annotations?.[classAnnotation];
    const className = ingress.spec?.ingressClassName;
    if (!old && annotation !== undefined && className !== undefined && annotation !== className) {
      problems.invalid(`annotations.${classAnnotation}`, annotation, "must match `ingressClassName` when both are specified");
    }
  },
  strategy: {
    warnings({ metadata, spec }, old) {
      const annotated = !old && metadata.annotations?.[classAnnotation] !== undefined && spec?.ingressClassName === undefined;
      return annotated ? [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`] : [];
    },
  },
});

function validateSpec({ spec = {} }: Ingress, problems: Problems): void {
  if (!spec.rules?.length && !spec.defaultBackend)
    problems.invalid("spec", spec.rules ?? null, "either `defaultBackend` or `rules` must be specified");
  if (spec.defaultBackend) validateBackend(spec.defaultBackend, "spec.defaultBackend", problems);
  spec.rules?.forEach((rule, i) => {
    const path = `spec.rules[${i}]`;
    if (rule.host) validateHost(rule.host, `${path}.host`, problems);
    if (!rule.http) return;
    if (!rule.http.paths?.length) problems.required(`${path}.http.paths`);
    rule.http.paths?.forEach((entry, j) => validatePath(entry, `${path}.http.paths[${j}]`, problems));
  });
  spec.tls?.forEach((tls, i) => {
    tls.hosts?.forEach((host, j) => problems.invalidEach(`spec.tls[${i}].hosts[${j}]`, host, hostProblems(host)));
    if (tls.secretName) problems.invalidEach(`spec.tls[${i}].secretName`, tls.secretName, dns1123Subdomain(tls.secretName));
  });
  if (spec.ingressClassName !== undefined)
    problems.invalidEach("spec.ingressClassName", spec.ingressClassName, dns1123Subdomain(spec.ingressClassName));
}

const hostProblems = (host: string): string[] => (host.includes("*") ? wildcardDns1123Subdomain(host) : dns1123Subdomain(host));

function validateHost(host: string, field: string, problems: Problems): void {
  if (isIP(host)) problems.invalid(field, host, "must be a DNS name, not an IP address");
  problems.invalidEach(field, host, hostProblems(host));
}

function validatePath(entry: HTTPIngressPath, at: string, problems: Problems): void {
  const { pathType, path = "", backend } = entry;
  if (!pathType) return problems.required(`${at}.pathType`, "pathType must be specified");
  if (pathType === "Exact" || pathType === "Prefix") {
    if (!path.startsWith("/")) problems.invalid(`${at}.path`, path, "must be an absolute path");
    for (const sequence of badSequences) if (path.includes(sequence)) problems.invalid(`${at}.path`, path, `must not contain '${sequence}'`);
    for (const ending of badEndings) if (path.endsWith(ending)) problems.invalid(`${at}.path`, path, `cannot end with '${ending}'`);
  } else if (pathType === "ImplementationSpecific") {
    if (path && !path.startsWith("/")) problems.invalid(`${at}.path`, path, "must be an absolute path");
  } else problems.notSupported(`${at}.pathType`, pathType, pathTypes);
  validateBackend(backend ?? {}, `${at}.backend`, problems);
}

function validateBackend({ resource, service }: IngressBackend, path: string, problems: Problems): void {
  if (resource && service) return problems.invalid(path, "", "cannot set both resource and service backends");
  if (resource) return validateReference(resource, `${path}.resource`, problems);
  if (!service) return problems.invalid(path, "", "resource or service backend is required");
  if (!service.name) problems.required(`${path}.service.name`);
  else problems.invalidEach(`${path}.service.name`, service.name, dns1123Label(service.name));
  const { name, number } = service.port ?? {};
  if (name && number) problems.invalid(path, "", "cannot set both port name & port number");
  else if (name) problems.invalidEach(`${path}.service.port.name`, name, portName(name));
  else if (number) problems.invalidEach(`${path}.service.port.number`, number, portNumber(number));
  else problems.required(path, "port name or number is required");
}

function validateReference(reference: { apiGroup?: string | null; kind: string; name: string }, path: string, problems: Problems): void {
  if (typeof reference.apiGroup === "string") problems.invalidEach(`${path}.apiGroup`, reference.apiGroup, dns1123Subdomain(reference.apiGroup));
  for (const field of ["kind", "name"] as const) {
    if (!reference[field]) problems.required(`${path}.${field}`);
    else problems.invalidEach(`${path}.${field}`, reference[field], pathSegmentName(reference[field]));
  }
}

export const ingressClasses = kindStrategy<IngressClass>(IngressClasses, {
  name: subdomainName,
  generation: ["spec"],
  defaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= "Cluster";
  },
  validate({ spec = {} }, problems, old) {
    const controller = spec.controller ?? "";
    if (old && controller !== (old.spec?.controller ?? "")) problems.invalid("spec.controller", controller, "field is immutable");
    if (controller.length > longestController) problems.tooLong("spec.controller", longestController);
    validateDomainPath(controller, "spec.controller", problems);
    if (spec.parameters) validateParameters(spec.parameters, "spec.parameters", problems);
  },
});

/** `example.com/some/path`. */
export function validateDomainPath(value: string, field: string, problems: Problems): void {
  if (!value) return problems.required(field);
  const slash = value.indexOf("/");
  if (slash <= 0 || slash === value.length - 1) return problems.invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")');
  problems.invalidEach(field, value.slice(0, slash), dns1123Subdomain(value.slice(0, slash)));
  const path = value.slice(slash + 1);
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path))
    problems.invalid(field, path, `Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`);
}

function validateParameters(parameters: IngressClassParametersReference, path: string, problems: Problems): void {
  validateReference(parameters, path, problems);
  const { scope = "", namespace } = parameters;
  if (scope !== "Cluster" && scope !== "Namespace") problems.notSupported(`${path}.scope`, scope, ["Cluster", "Namespace"]);
  else if (scope === "Namespace") {
    if (namespace === undefined) problems.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'");
    else problems.invalidEach(`${path}.namespace`, namespace, dns1123Label(namespace));
  } else if (namespace !== undefined) problems.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
}
