import { Services } from "../../cluster-engine/api/resources.ts";
import type { Command } from "./commands.ts";
import { dataDirOption, requireEngine, text } from "./options.ts";
import { openInBrowser } from "./openInBrowser.ts";

export const service: Command = {
  summary: "open a Service in the browser, or print its URL",
  form: "NAME [-n NAMESPACE] [--url]",
  options: { ...dataDirOption, namespace: { type: "string", short: "n" }, url: { type: "boolean" } },
  async run(values, [name]) {
    if (!name) throw new Error("which Service? wherry service NAME [-n NAMESPACE] [--url]");
    const namespace = text(values, "namespace") ?? "default";
    const { connectCluster, serviceUrls } = await import("../../cluster-engine/connect.ts");
    const found = await connectCluster(requireEngine(values).kubeconfig).resource(Services).get({ namespace, name });
    const urls = serviceUrls(found, "127.0.0.1");
    if (urls.length === 0) {
      throw new Error(
        `Service ${namespace}/${name} is of type ${found.spec?.type ?? "ClusterIP"}: it has no address outside the cluster. Give it one: kubectl -n ${namespace} patch service ${name} -p '{"spec":{"type":"NodePort"}}'`,
      );
    }
    for (const url of urls) console.log(url);
    if (!values["url"]) openInBrowser(urls[0]!);
    return 0;
  },
};
