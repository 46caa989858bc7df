import { notAcceptable } from "../request/statusErrors.ts";

export type Format = "json" | "yaml" | "protobuf";

/** The form in which a client wants its answer. */
export interface Representation {
  format: Format;
  /** What objects and lists are turned into. */
  as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** Of meta.k8s.io: `v1` or `v1beta1`. */
  version: string;
  pretty: boolean;
}

export const contentTypes: Record<Format, string> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

const offered = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/json;stream=watch",
  "application/vnd.kubernetes.protobuf;stream=watch",
];

interface Clause {
  type: string;
  parameters: Map<string, string>;
  quality: number;
}

/**
 * Chooses from an Accept header. What is not `transformable` has no rows and no metadata to be shown alone. JSON is preferred to protobuf where the client takes both: stored bytes are JSON.
 * @throws NotAcceptable
 */
export function negotiate(accept: string | undefined, userAgent = "", prettyParameter: string | null = null, transformable = true): Representation {
  const pretty = prettyParameter !== null ? prettyParameter !== "false" && prettyParameter !== "0" : /^(curl|Wget|Mozilla\/)/i.test(userAgent);
  if (!accept) return { format: "json", version: "v1", pretty };
  const candidates = accept
    .split(",")
    .map(parseClause)
    .filter((clause) => clause.quality > 0)
    .sort((a, b) => b.quality - a.quality);
  const found = candidates
    .map((clause) => representationOf(clause, pretty))
    .filter((one) => one !== undefined)
    .filter((one) => transformable || !one.as);
  if (!found.length) throw notAcceptable(offered);
  const first = found[0]!;
  if (first.format !== "protobuf") return first;
  return found.find((one) => one.format === "json" && one.as === first.as) ?? first;
}

function parseClause(text: string): Clause {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = new Map(rest.map((part) => [part.split("=")[0]!.trim().toLowerCase(), part.slice(part.indexOf("=") + 1).trim()]));
  const quality = Number(parameters.get("q") ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
}

function representationOf({ type, parameters }: Clause, pretty: boolean): Representation | undefined {
  const format = formatOf(type);
  if (!format) return undefined;
  const as = parameters.get("as");
  const base = { format, version: parameters.get("v") ?? "v1", pretty: pretty || parameters.get("pretty") === "1" };
  if (as === undefined) return { ...base, version: "v1" };
  const known = as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList";
  const transformable = known && parameters.get("g") === "meta.k8s.io" && ["v1", "v1beta1"].includes(base.version);
  return transformable ? { ...base, as } : undefined;
}

function formatOf(type: string): Format | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  if (type === "application/yaml" || type === "application/x-yaml") return "yaml";
  return type === contentTypes.protobuf ? "protobuf" : undefined;
}
