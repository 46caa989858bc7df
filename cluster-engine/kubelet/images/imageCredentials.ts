import type { Secret } from "../../../shared/kubernetes/types.ts";
import type { ImageAuth } from "../../runtime/types.ts";

interface DockerAuth {
  username?: string;
  password?: string;
  /** base64 of `user:password`. */
  auth?: string;
  identitytoken?: string;
}

/** Credentials by registry, as imagePullSecrets name it: `host[:port][/path]`, perhaps with a scheme. */
export type ImageCredentials = [registry: string, auth: DockerAuth][];

/** Reads Secrets of types kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg; what can't be read is left out. */
export function readCredentials(secrets: Secret[]): ImageCredentials {
  return secrets.flatMap((secret) => {
    const parse = (key: string) => {
      try {
        return JSON.parse(Buffer.from(secret.data?.[key] ?? "", "base64").toString("utf8")) as Record<string, unknown>;
      } catch {
        return {};
      }
    };
    if (secret.type === "kubernetes.io/dockerconfigjson")
      return Object.entries((parse(".dockerconfigjson")["auths"] as Record<string, DockerAuth> | undefined) ?? {});
    if (secret.type === "kubernetes.io/dockercfg") return Object.entries(parse(".dockercfg") as Record<string, DockerAuth>);
    return [];
  });
}

/** What fits the registry of `image`, the longest path first. */
export function credentialsFor(credentials: ImageCredentials, image: string): ImageAuth[] {
  const target = canonicalImage(image);
  return credentials
    .map(([registry, auth]) => ({ registry: canonicalRegistry(registry), auth }))
    .filter(({ registry }) => target === registry || target.startsWith(`${registry}/`) || target.startsWith(`${registry}:`))
    .toSorted((a, b) => b.registry.length - a.registry.length)
    .map(({ registry, auth }) => toAuth(registry, auth));
}

function toAuth(registry: string, auth: DockerAuth): ImageAuth {
  const [user, ...rest] = auth.auth ? Buffer.from(auth.auth, "base64").toString("utf8").split(":") : [];
  return {
    username: auth.username ?? user ?? "",
    password: auth.password ?? rest.join(":"),
    serverAddress: registry.split("/")[0]!,
    ...(auth.identitytoken ? { identityToken: auth.identitytoken } : {}),
  };
}

/** `docker.io/library/nginx` for `nginx`. */
function canonicalImage(image: string): string {
  const [first, ...rest] = image.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first!);
  if (hasRegistry) return image;
  return rest.length ? `docker.io/${image}` : `docker.io/library/${image}`;
}

const canonicalRegistry = (registry: string): string =>
  registry
    .replace(/^https?:\/\//, "")
    .replace(/\/(v[12]\/?)?$/, "")
    .replace(/^(index|registry-1)\.docker\.io$/, "docker.io");
