/** What a request asks for, read from its method and path alone. See k8s.io/apiserver/pkg/endpoints/request. */
export interface RequestInfo {
  isResourceRequest: boolean;
  path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the method for other paths. */
  verb: string;
  group: string;
  version: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
  /** What follows the subresource: the path given to `proxy`. */
  rest: string;
}

const verbs: Record<string, string> = { POST: "create", GET: "get", HEAD: "get", PUT: "update", PATCH: "patch", DELETE: "delete" };
const namespaceSubresources = new Set(["status", "finalize"]);

export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const info: RequestInfo = {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    group: "",
    version: "",
    namespace: "",
    resource: "",
    subresource: "",
    name: "",
    rest: "",
  };
  const parts = path
    .split("/")
    .filter((part, index) => index > 0 && part !== "")
    .map(decodeSegment);
  const legacy = parts[0] === "api";
  if ((!legacy && parts[0] !== "apis") || parts.length < (legacy ? 3 : 4)) return info;
  if (!legacy) info.group = parts[1]!;
  info.version = parts[legacy ? 1 : 2]!;
  info.verb = verbs[method] ?? "";
  info.isResourceRequest = true;
  readResource(info, parts.slice(legacy ? 2 : 3), query);
  return info;
}

function readResource(info: RequestInfo, given: string[], query: URLSearchParams): void {
  let parts = given;
  if (parts[0] === "watch" && parts.length > 1) {
    parts = parts.slice(1);
    info.verb = "watch";
  }
  if (parts[0] === "namespaces") {
    info.namespace = parts[1] ?? "";
    // A namespace itself and its subresources are not things inside it.
    if (parts.length > 2 && !(namespaceSubresources.has(parts[2]!) && parts.length === 3)) parts = parts.slice(2);
  }
  info.resource = parts[0] ?? "";
  info.name = parts[1] ?? "";
  info.subresource = parts[2] ?? "";
  info.rest = parts.slice(3).join("/");
  if (!info.name && info.verb === "get") readListVerb(info, query);
  else if (!info.name && info.verb === "watch") info.name = nameInFieldSelector(query);
  else if (!info.name && info.verb === "delete") info.verb = "deletecollection";
}

function readListVerb(info: RequestInfo, query: URLSearchParams): void {
  info.verb = isTrue(query.get("watch")) ? "watch" : "list";
  info.name = nameInFieldSelector(query);
}

/** `metadata.name=x` alone names one object: RBAC rules with resourceNames may allow it. */
function nameInFieldSelector(query: URLSearchParams): string {
  const match = /^metadata\.name==?([^,=!]+)$/.exec(query.get("fieldSelector") ?? "");
  return match?.[1] ?? "";
}

export const isTrue = (value: string | null): boolean => value !== null && value !== "false" && value !== "0";

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
