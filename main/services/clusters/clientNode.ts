import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";
import zlib from "node:zlib";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";

type ClientNode = typeof import("@kubernetes/client-node/dist/config.js");
export type { KubeConfig };

let loading: Promise<ClientNode> | undefined;

/**
 * The kubeconfig part of @kubernetes/client-node, loaded at the first use: bundled it takes 0.1 s, its index 1 s.
 * It expects Node 22; what Node 20 (and Electron 33) lack is filled in first. None of it is reached by what we call.
 */
export function clientNode(): Promise<ClientNode> {
  loading ??= load();
  return loading;
}

async function load(): Promise<ClientNode> {
  const unsupported = () => {
    throw new Error("zstd needs Node 22");
  };
  const threads = workerThreads as { markAsUncloneable?: unknown };
  threads.markAsUncloneable ??= () => {};
  const compression = zlib as { createZstdDecompress?: unknown };
  compression.createZstdDecompress ??= unsupported;
  const promises = Promise as { withResolvers?: unknown };
  promises.withResolvers ??= withResolvers;
  syncBuiltinESMExports();
  return import("@kubernetes/client-node/dist/config.js");
}

function withResolvers<T>() {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
