import type { Plugin } from "../types.ts";
import { maxScore } from "./scores.ts";

const megabyte = 1024 * 1024;
const floor = 23 * megabyte;
const ceilingPerContainer = 1000 * megabyte;

/** Prefers nodes that have the pod's images; an image that few nodes have counts less, so that it does not pull all pods to one. */
export const imageLocality: Plugin = {
  name: "ImageLocality",
  begin: ({ pod, snapshot: { nodes } }) => ({
    scoring() {
      const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      const images = containers.flatMap(({ image }) => (image ? [normalized(image)] : []));
      const spread = new Map(
        images.map((image) => [image, nodes.reduce((sum, { images: has }) => sum + (has.has(image) ? 1 : 0), 0) / nodes.length]),
      );
      const common = images.filter((image) => spread.get(image)! > 0);
      // Without any of them, all nodes get the same 0.
      if (common.length === 0) return { score: () => 0 };
      const ceiling = ceilingPerContainer * containers.length;
      return {
        score(info) {
          const present = common.reduce((sum, image) => sum + Math.floor((info.images.get(image) ?? 0) * spread.get(image)!), 0);
          return Math.floor((maxScore * (Math.min(Math.max(present, floor), ceiling) - floor)) / (ceiling - floor));
        },
      };
    },
  }),
  wakesOn: () => false,
};

/** A name without tag means `latest`. */
const normalized = (image: string): string => (image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image);
