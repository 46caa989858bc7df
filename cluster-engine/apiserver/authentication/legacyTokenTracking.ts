import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Secret } from "../../../shared/kubernetes/types.ts";
import { Secrets } from "../../api/resources.ts";
import { resourcePath } from "../../api/resourceType.ts";
import { rfc3339, type Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Transport } from "../../client/types.ts";
import { createIfAbsent } from "../bootstrap/bootstrap.ts";

const lastUsed = "kubernetes.io/legacy-token-last-used";
const name = "kube-apiserver-legacy-service-account-token-tracking";
const namespace = "kube-system";

/** Notes on Secrets the day on which their tokens were used last, and in a ConfigMap since when that is done (KEP-2799). */
export class LegacyTokenTracking {
  readonly #clock: Clock;
  readonly #log: Log;
  #transport: Transport | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  async start(transport: Transport): Promise<void> {
    this.#transport = transport;
    const tracking = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { since: this.#today() } };
    await createIfAbsent(transport, `/api/v1/namespaces/${namespace}/configmaps`, tracking as unknown as KubeObject);
  }

  used({ metadata }: Secret): void {
    const today = this.#today();
    if (metadata.labels?.[lastUsed] === today) return;
    this.#transport
      ?.send({
        method: "PATCH",
        path: resourcePath(Secrets, metadata),
        headers: { "content-type": "application/merge-patch+json" },
        body: { metadata: { uid: metadata.uid, labels: { [lastUsed]: today } } },
      })
      .catch((error: unknown) => this.#log.debug("use of a token not noted", { secret: metadata.name, error: String(error) }));
  }

  #today(): string {
    return rfc3339(this.#clock.now()).slice(0, 10);
  }
}
