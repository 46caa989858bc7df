import { readFileSync } from "node:fs";
import { dataPaths, runningEngine } from "../../cluster-engine/dataDir.ts";
import { Nodes } from "../../cluster-engine/api/resources.ts";
import type { Node } from "../../shared/kubernetes/types.ts";
import type { Command } from "./commands.ts";
import { dataDirOf, dataDirOption, requireEngine } from "./options.ts";
import { kubernetesVersion, productVersion } from "./version.ts";

const isReady = (node: Node) => node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");

export const status: Command = {
  summary: "tell how the cluster is",
  form: "",
  options: dataDirOption,
  async run(values) {
    const engine = runningEngine(dataDirOf(values));
    if (!engine) {
      console.log("engine: stopped");
      return 3;
    }
    const { connectCluster } = await import("../../cluster-engine/connect.ts");
    const nodes = (await connectCluster(engine.kubeconfig).resource(Nodes).list()).items;
    const runtimes = new Set(nodes.map((node) => node.status?.nodeInfo?.containerRuntimeVersion ?? "unknown"));
    console.log(`engine: running (process ${engine.pid})`);
    console.log(`api: ${engine.url}`);
    console.log(`nodes: ${nodes.filter(isReady).length} of ${nodes.length} ready`);
    if (runtimes.size > 0) console.log(`runtime: ${[...runtimes].join(", ")}`);
    console.log(`kubeconfig: ${engine.kubeconfig}`);
    return 0;
  },
};

export const kubeconfig: Command = {
  summary: "print the cluster's kubeconfig",
  form: "",
  options: dataDirOption,
  async run(values) {
    process.stdout.write(readFileSync(requireEngine(values).kubeconfig, "utf8"));
    return 0;
  },
};

export const version: Command = {
  summary: "print the version",
  form: "",
  options: dataDirOption,
  async run(values) {
    console.log(`wherry ${productVersion} (Kubernetes ${kubernetesVersion}, data in ${dataPaths(dataDirOf(values)).store})`);
    return 0;
  },
};
