import manifest from "../../package.json" with { type: "json" };

export const productVersion = manifest.version;
export const kubernetesVersion = "v1.36.3";
