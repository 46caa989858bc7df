import { readFileSync } from "node:fs";
import { createClient } from "./client/client.ts";
import { httpsTransport } from "./client/httpsTransport.ts";
import type { Client } from "./client/types.ts";
export { serviceUrls } from "./network/serviceUrls.ts";

/** Access to a cluster by its kubeconfig file, as any client has it. */
export const connectCluster = (kubeconfigPath: string): Client => createClient(httpsTransport(readFileSync(kubeconfigPath, "utf8")));
