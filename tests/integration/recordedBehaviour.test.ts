import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { readKubeconfig } from "../../cluster-engine/client/kubeconfig.ts";
import { startControlLoops } from "../../cluster-engine/controlLoops.ts";
import { kubectls } from "../support/kubectl.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";
import { needsWholeCluster, type RecordedCase, recordedCases } from "./recorded/cases.ts";
import { Replay } from "./recorded/replay.ts";

/** Cases that differ on purpose, with the reason. */
const allowedDifferences: Record<string, string> = {
  "controllers: an autoscaler without metrics":
    'The recording had no resource metrics API, which Wherry always serves: "no metrics returned" stands where "could not find the requested resource" was.',
};

let api: TestApiServer;
let loops: Disposable;
let replay: Replay;

beforeAll(async () => {
  api = await startTestApiServer();
  const { server, pki, kubeconfigPath } = api;
  // The recording gave nodes no address range: here nobody ever says which.
  const clusterCIDR = new Promise<string>(() => {});
  loops = startControlLoops({ clock: systemClock, random: systemRandom, log: silentLog, server, rootCA: pki.ca.cert, clusterCIDR });
  replay = new Replay(readKubeconfig(readFileSync(kubeconfigPath, "utf8")), { path: kubectls()[0]!, kubeconfig: kubeconfigPath });
});

afterAll(async () => {
  replay.close();
  loops[Symbol.dispose]();
  await api.close();
});

const all = ["controllers.jsonl", "workloads.jsonl", "rollouts.jsonl"].flatMap(recordedCases);
const cases = all.filter(({ id }) => !(id in allowedDifferences));

const named = (recorded: RecordedCase[]) => recorded.map((each) => [each.id, each] as const);

async function agrees(_: string, recorded: RecordedCase): Promise<void> {
  expect(await replay.run(recorded)).toBeUndefined();
}

test("at most 5 % of the recorded cases may differ, each with a reason", () => {
  const ids = new Set(all.map(({ id }) => id));
  for (const id of Object.keys(allowedDifferences)) expect(ids).toContain(id);
  expect(Object.keys(allowedDifferences).length).toBeLessThanOrEqual(all.length * 0.05);
});

describe("within a namespace", () => {
  test.concurrent.each(named(cases.filter((each) => !needsWholeCluster(each))))("%s", agrees);
});

describe("across the cluster", () => {
  test.each(named(cases.filter(needsWholeCluster)))("%s", agrees);
});
