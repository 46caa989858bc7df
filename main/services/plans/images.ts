import type { Node, PodSpec } from "../../../shared/kubernetes/types.ts";

/** A node reports only so many images, the largest: from here on the list may be incomplete. */
const reportedImages = 50;

/** `nginx` and `docker.io/library/nginx:latest` are one image. */
export function imageName(image: string): string {
  const short = image.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
  return short.includes("@") || /:[^/]+$/.test(short) ? short : `${short}:latest`;
}

/** The images that nodes have; undefined where that can't be known, or does not matter. */
export function imagesOn(nodes: Node[]): Set<string> | undefined {
  if (nodes.length === 0) return undefined;
  const unknown = nodes.some(
    ({ status }) => (status?.images?.length ?? 0) >= reportedImages || status?.nodeInfo?.containerRuntimeVersion?.startsWith("simulated"),
  );
  return unknown
    ? undefined
    : new Set(
        nodes
          .flatMap(({ status }) => status?.images ?? [])
          .flatMap(({ names }) => names ?? [])
          .map(imageName),
      );
}

/** What a pod's images will need before they can run. */
export const imageWarnings = (spec: PodSpec | undefined, present: ReadonlySet<string>): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(({ image, imagePullPolicy }) => {
    if (!image || present.has(imageName(image))) return [];
    return [
      imagePullPolicy === "Never"
        ? `image ${image} is on no node, and imagePullPolicy Never keeps it from being pulled: load it into the container engine first`
        : `image ${image} is on no node yet: it will be pulled`,
    ];
  });
