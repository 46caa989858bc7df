import type { Plugin } from "../types.ts";
import { maxScore } from "./scores.ts";

const megabyte = 1024 * 1024;
const floor = 23 * megabyte;
const ceilingPerContainer = 1000 * megabyte;

/** Prefers nodes that have the pod's images; an image that few nodes have counts less, so that it does not pull all pods to one. */
export const imageLocality: Plugin = {
  name: "ImageLocality",
  weight: 1,
  begin({ pod, nodes }) {
    const images = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(({ image }) => (image ? [normalized(image)] : []));
    const spread = new Map(images.map((image) => [image, nodes.filter((info) => info.images.has(image)).length / nodes.length]));
    const ceiling = ceilingPerContainer * images.length;
    return {
      score(info) {
        const present = images.reduce((sum, image) => sum + (info.images.get(image) ?? 0) * spread.get(image)!, 0);
        return Math.floor((maxScore * (Math.min(Math.max(present, floor), ceiling) - floor)) / (ceiling - floor));
      },
    };
  },
  wakesOn: () => false,
};

/** A name without tag means `latest`. */
const normalized = (image: string): string => (image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image);
