import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock, systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { openRuntime } from "../detect.ts";
import { candidates, findEngine, parseHost } from "./discovery.ts";

let home: string;
let servers: Server[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "wherry-home-"));
  servers = [];
});

afterEach(() => {
  for (const server of servers) server.close();
  rmSync(home, { recursive: true, force: true });
});

const surroundings = (environment: Record<string, string> = {}, platform: NodeJS.Platform = "linux") => ({ environment, home, platform });

/** Something that listens on a socket; without an answer it never replies. */
function listen(path: string, answer?: unknown): Promise<void> {
  const server = createServer((_request, response) => answer !== undefined && response.end(JSON.stringify(answer)));
  servers.push(server);
  return new Promise((resolve) => server.listen(path, resolve));
}

describe("DOCKER_HOST is read as docker reads it", () => {
  test.each([
    ["unix:///run/x.sock", { socketPath: "/run/x.sock" }],
    ["tcp://10.0.0.9:2375", { host: "10.0.0.9", port: 2375 }],
    ["tcp://10.0.0.9", { host: "10.0.0.9", port: 2375 }],
    ["npipe:////./pipe/docker_engine", { socketPath: "\\\\.\\pipe\\docker_engine" }],
    ["ssh://me@host", { problem: "ssh:// is not supported: use unix://, npipe:// or tcp://" }],
  ])("%s", (url, expected) => {
    expect(parseHost("DOCKER_HOST", url, {})).toMatchObject(expected);
  });
});

describe("candidates", () => {
  test("DOCKER_HOST alone counts when it is set", () => {
    expect(candidates(surroundings({ DOCKER_HOST: "unix:///run/x.sock" })).map(({ url }) => url)).toEqual(["unix:///run/x.sock"]);
  });

  test("the chosen docker context comes first", () => {
    const meta = join(home, ".docker/contexts/meta/abc");
    mkdirSync(meta, { recursive: true });
    writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "work" }));
    writeFileSync(join(meta, "meta.json"), JSON.stringify({ Name: "work", Endpoints: { docker: { Host: "unix:///work.sock" } } }));
    expect(candidates(surroundings())[0]).toMatchObject({ name: "docker context work", socketPath: "/work.sock" });
  });

  test("on Linux and macOS the usual sockets, rootless ones where the session has a runtime folder", () => {
    const urls = candidates(surroundings({ XDG_RUNTIME_DIR: "/run/user/7" })).map(({ url }) => url);
    expect(urls).toEqual(
      expect.arrayContaining([
        "unix:///var/run/docker.sock",
        "unix:///run/user/7/docker.sock",
        "unix:///run/user/7/podman/podman.sock",
        `unix://${home}/.docker/run/docker.sock`,
      ]),
    );
  });

  test("on Windows named pipes", () => {
    expect(candidates(surroundings({}, "win32")).every(({ url }) => url.startsWith("npipe://"))).toBe(true);
  });
});

describe("the search", () => {
  const candidate = (name: string) => ({ name, url: `unix://${join(home, name)}`, socketPath: join(home, name) });

  test("takes the first engine that answers and tells what was wrong with the others", async () => {
    await listen(join(home, "strange"), { hello: "world" });
    await listen(join(home, "windows"), { ApiVersion: "1.43", Os: "windows" });
    await listen(join(home, "good"), { ApiVersion: "1.99", MinAPIVersion: "1.44", Os: "linux" });
    const { client, tried } = await findEngine({
      candidates: [candidate("none"), candidate("strange"), candidate("windows"), candidate("good"), candidate("later")],
      clock: systemClock,
    });
    expect(client!.address.name).toBe("good");
    expect(tried.map(({ name, problem }) => [name, problem])).toEqual([
      ["none", "nothing is installed there (no such socket)"],
      ["strange", "what answers there is not a container engine"],
      ["windows", "the engine runs Windows containers: switch it to Linux containers"],
      ["good", undefined],
    ]);
    client!.close();
  });

  test("gives up on an engine that hangs", async () => {
    await listen(join(home, "hangs"));
    const clock = new FakeClock();
    const found = findEngine({ candidates: [candidate("hangs")], clock });
    await clock.step(3_000);
    expect((await found).tried[0]!.problem).toBe("GET /version: no answer from the container engine within 3s");
  });

  test("without an engine: auto simulates and says so, docker fails and names every place", async () => {
    const options = { clusterId: "t", clock: new FakeClock(), log: silentLog, candidates: [candidate("none")] };
    const { report } = await openRuntime({ choice: "auto", ...options });
    expect(report).toMatchObject({
      name: "simulated",
      simulated: true,
      candidates: [{ name: "none", problem: "nothing is installed there (no such socket)" }],
    });
    await expect(openRuntime({ choice: "docker", ...options })).rejects.toThrow(
      /^no container engine answers \(none at unix:.*: nothing is installed there/,
    );
  });
});
