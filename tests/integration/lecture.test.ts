import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubectlOn, kubectls } from "../support/kubectl.ts";
import { type RunningWherry, startWherry } from "../support/wherry.ts";

// The lecture's steps with real kubectls, against real containers.

const manifests = fileURLToPath(new URL("../support/lecture", import.meta.url));
const helloImage = "hello-minikube-zero-install/hello-node:v1";

describe.each(kubectls())("the lecture with %s", (path) => {
  let cluster: RunningWherry;
  let kubectl: ReturnType<typeof kubectlOn>;

  beforeAll(async () => {
    cluster = await startWherry();
    kubectl = kubectlOn(path, cluster.kubeconfig);
  });
  afterAll(() => cluster?.destroy());

  /** Output of a command that must succeed. */
  const say = (line: string): string => {
    const { code, stdout, stderr } = kubectl(line.split(" "), { cwd: manifests });
    expect(code, `kubectl ${line}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const fetchText = async (url: string) => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    expect(answer.status).toBe(200);
    return answer.text();
  };

  test("hello-node: create, look, expose, open", async () => {
    expect(say(`create deployment hello-node --image=${helloImage}`)).toBe("deployment.apps/hello-node created\n");
    say("rollout status deployment/hello-node --timeout=60s");
    expect(say("get deployments")).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nhello-node +1\/1 +1 +1 +\d+s\n$/);
    expect(say("get pods")).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nhello-node-[0-9a-z]+-[0-9a-z]{5} +1\/1 +Running +0 +\d+s\n$/);
    const events = say("get events");
    for (const reason of ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulled", "Created", "Started"])
      expect(events).toMatch(new RegExp(`Normal +${reason} `));
    expect(say("config view")).toMatch(/server: https:\/\/127\.0\.0\.1:\d+[\s\S]*client-certificate-data: DATA\+OMITTED/);

    expect(say("expose deployment hello-node --type=LoadBalancer --port=8080")).toBe("service/hello-node exposed\n");
    say("wait --for=jsonpath={.status.loadBalancer.ingress[0].ip}=127.0.0.1 service/hello-node --timeout=30s");
    expect(say("get services")).toMatch(/hello-node +LoadBalancer +10\.96\.\d+\.\d+ +127\.0\.0\.1 +8080:3\d{4}\/TCP +\d+s/);
    const urls = cluster.wherry("service", "hello-node", "--url").trim().split("\n");
    for (const url of urls) expect(await fetchText(url)).toBe("Hello World!");
    const nodePort = say("get service hello-node -o jsonpath={.spec.ports[0].nodePort}");
    expect(await fetchText(`http://127.0.0.1:${nodePort}/`)).toBe("Hello World!");
    expect(say("delete service hello-node")).toMatch(/^service "hello-node" deleted/);
    expect(say("delete deployment hello-node")).toMatch(/^deployment\.apps "hello-node" deleted/);
  });

  test("the guestbook: six manifests, a message through the master and back through a replica", async () => {
    for (const [file, answer] of [
      ["redis-master-deployment", "deployment.apps/redis-master created"],
      ["redis-master-service", "service/redis-master created"],
      ["redis-slave-deployment", "deployment.apps/redis-slave created"],
      ["redis-slave-service", "service/redis-slave created"],
      ["frontend-deployment", "deployment.apps/frontend created"],
      ["frontend-service", "service/frontend created"],
    ]) {
      expect(say(`apply -f ${file}.yaml`)).toBe(`${answer}\n`);
    }
    for (const name of ["redis-master", "redis-slave", "frontend"]) say(`rollout status deployment/${name} --timeout=90s`);
    expect(say("apply -f frontend-service.yaml")).toBe("service/frontend unchanged\n");
    expect(say("get pods -l app=guestbook -l tier=frontend").match(/^frontend-\S+ +1\/1 +Running/gm)).toHaveLength(3);

    const [url] = cluster.wherry("service", "frontend", "--url").trim().split("\n") as [string];
    expect(await fetchText(url)).toContain("<h1>Guestbook</h1>");
    const message = `hello from ${path}`;
    expect(JSON.parse(await fetchText(`${url}/guestbook.php?${new URLSearchParams({ cmd: "set", key: "messages", value: message })}`))).toEqual({
      message: "Updated",
    });
    // Replicas follow their master a little later.
    const read = async () => JSON.parse(await fetchText(`${url}/guestbook.php?cmd=get&key=messages`)) as unknown;
    await expect.poll(read, { timeout: 10_000 }).toEqual({ data: message });
    expect(say("logs -l app=redis,role=master --tail=-1")).toMatch(/Ready to accept connections/);
  });

  test("scale, roll out and back, describe, exec", async () => {
    expect(say("scale deployment frontend --replicas=5")).toBe("deployment.apps/frontend scaled\n");
    say("rollout status deployment/frontend --timeout=90s");
    expect(say("get pods -l app=guestbook,tier=frontend").match(/1\/1 +Running/g)).toHaveLength(5);
    expect(say("scale deployment frontend --replicas=2")).toBe("deployment.apps/frontend scaled\n");
    say("rollout status deployment/frontend --timeout=90s");

    expect(say("set env deployment/frontend GREETING=hi")).toBe("deployment.apps/frontend env updated\n");
    say("rollout status deployment/frontend --timeout=90s");
    expect(say("rollout history deployment/frontend")).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/);
    expect(say("rollout undo deployment/frontend")).toBe("deployment.apps/frontend rolled back\n");
    say("rollout status deployment/frontend --timeout=90s");
    expect(say("rollout history deployment/frontend")).toMatch(/2 +<none>\n3 +<none>/);

    const description = say("describe deployment frontend");
    expect(description).toMatch(/Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable/);
    expect(description).toMatch(/Normal +ScalingReplicaSet .*deployment-controller +Scaled up replica set frontend-\S+ from 3 to 5/);
    expect(say("exec deployment/redis-master -- redis-cli ping")).toBe("PONG\n");
    expect(say("exec deployment/frontend -- printenv GET_HOSTS_FROM")).toBe("dns\n");
  });

  test("delete -f removes everything", () => {
    expect(say("delete -f .").split("\n").filter(Boolean)).toHaveLength(6);
    for (const label of ["app=redis", "app=guestbook"]) say(`wait --for=delete pod -l ${label} --timeout=60s`);
    expect(kubectl(["get", "deployments,pods,services", "-l", "app"]).stderr).toBe("No resources found in default namespace.\n");
  });
});
