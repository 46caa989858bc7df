import { useEffect, useState } from "react";
import type { ResourceRef } from "../../shared/contract.ts";
import type { Connection } from "./connection.ts";
import { useConnection } from "./services.tsx";

export interface AccessCheck {
  verb: string;
  resource: ResourceRef;
  subresource?: string;
  namespace?: string | undefined;
}

export interface Access {
  allowed: boolean;
  reason?: string;
}

interface Batch {
  checks: AccessCheck[];
  answers: Promise<Access[]>;
}

/** Most checks that one request may carry. */
const batchSize = 50;

/** Answers by cluster and check; an answer that failed is asked again. */
class AccessAnswers {
  #connection: Connection;
  #known = new Map<string, Promise<Access>>();
  #open = new Map<string, Batch>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  ask(cluster: string, check: AccessCheck): Promise<Access> {
    const key = `${cluster}|${check.verb}|${check.resource.group}/${check.resource.resource}/${check.subresource ?? ""}|${check.namespace ?? ""}`;
    let answer = this.#known.get(key);
    if (!answer) {
      answer = this.#enqueue(cluster, check);
      answer.catch(() => this.#known.delete(key));
      this.#known.set(key, answer);
    }
    return answer;
  }

  #enqueue(cluster: string, check: AccessCheck): Promise<Access> {
    let batch = this.#open.get(cluster);
    if (!batch || batch.checks.length >= batchSize) {
      const checks: AccessCheck[] = [];
      const answers = Promise.resolve().then(() => {
        this.#open.delete(cluster);
        return this.#connection.request("access.can", {
          cluster,
          checks: checks.map(({ verb, resource, subresource, namespace }) => ({
            verb,
            group: resource.group,
            resource: resource.resource,
            ...(subresource ? { subresource } : {}),
            ...(namespace ? { namespace } : {}),
          })),
        });
      });
      batch = { checks, answers };
      this.#open.set(cluster, batch);
    }
    const index = batch.checks.push(check) - 1;
    return batch.answers.then((answers) => answers[index] ?? { allowed: true });
  }
}

const answersOf = new WeakMap<Connection, AccessAnswers>();

/** Whether the user may do this; undefined until it is known. The server has the last word in any case. */
export function useAccess(cluster: string, check: AccessCheck | undefined): Access | undefined {
  const connection = useConnection();
  const [access, setAccess] = useState<Access>();
  const key = check ? JSON.stringify(check) : "";
  useEffect(() => {
    setAccess(undefined);
    if (!check) return;
    let wanted = true;
    const answers = answersOf.get(connection) ?? new AccessAnswers(connection);
    answersOf.set(connection, answers);
    answers.ask(cluster, check).then(
      (answer) => wanted && setAccess(answer),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
    // The key says all that the check does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connection, cluster, key]);
  return access;
}
