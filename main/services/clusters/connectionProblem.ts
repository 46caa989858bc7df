import { ConnectionError, type ConnectionCause } from "../errors.ts";

const causes: [RegExp, ConnectionCause][] = [
  [/ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH/, "refused"],
  [/ENOTFOUND|EAI_AGAIN|EAI_/, "dns"],
  [/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO|EPROTO|ALTNAME/, "tls"],
  [/ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_CONNECT_TIMEOUT/, "timeout"],
  [/proxy/i, "proxy"],
];

const remedies: Record<ConnectionCause, string> = {
  refused: "the connection is refused or was cut: start the cluster, or correct the server in the kubeconfig",
  dns: "the name is not known: check the network, the VPN or the server in the kubeconfig",
  tls: "the certificates do not match: renew the kubeconfig, or its certificate-authority-data",
  proxy: "the proxy refused: check proxy-url in the kubeconfig",
  timeout: "no answer in time: check the network or the VPN",
  unauthorized: "sign in again: the credentials in the kubeconfig are no longer accepted",
  plugin: "the kubeconfig's login command failed: run it in a terminal",
  other: "try again",
};

/** Why a request never reached the API, with the remedy. */
export function connectionProblem(error: unknown, server: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = (error as { code?: string } | undefined)?.code ?? "";
  const text = error instanceof Error ? error.message : String(error);
  const problem = causes.find(([pattern]) => pattern.test(code) || (!code && pattern.test(text)))?.[1] ?? "other";
  return new ConnectionError(problem, `${server}: ${text} (${remedies[problem]})`, error);
}

/** The login command of a kubeconfig failed. */
export const pluginProblem = (error: unknown, server: string): ConnectionError =>
  new ConnectionError(
    "plugin",
    `${server}: ${error instanceof Error && error.message ? error.message.trim() : String(error)} (${remedies.plugin})`,
    error,
  );

export const unauthorizedProblem = (message: string, server: string): ConnectionError =>
  new ConnectionError("unauthorized", `${server}: ${message} (${remedies.unauthorized})`);
