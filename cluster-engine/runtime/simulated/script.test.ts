import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { ContainerFiles, MemoryTree } from "./files.ts";
import type { ProcessContext } from "./process.ts";
import { lifeOf } from "./script.ts";
import { TermTrap } from "./termTrap.ts";

/** Plays a command line until it has written `lines` lines, or ended; its output and exit code. */
async function play(command: string[], { lines = Infinity, trap = new TermTrap() } = {}): Promise<{ output: string[]; code: number | "stopped" }> {
  let written = "";
  const stop = new AbortController();
  const files = new ContainerFiles({ podUid: "uid", hostname: "pod", mounts: [], readOnlyRoot: false, image: {}, volume: () => new MemoryTree() });
  const context: ProcessContext = {
    env: { NAME: "web", WORDS: "two  words" },
    hostname: "pod",
    directory: "/",
    user: 1000,
    group: 0,
    files: () => files,
    clock: systemClock,
    random: seededRandom(1),
    signal: stop.signal,
    stdin: PassThrough.from(["typed\n"]),
    write: (_stream, text) => {
      written += text;
      if (output().length >= lines) stop.abort(new Error("enough"));
    },
    privileged: false,
    noNewPrivileges: true,
    sysctls: { "kernel.shm_rmid_forced": "1" },
    serve: () => {},
    request: (address, port, url) => ({ status: 200, text: `${address}:${port}${url}\n` }),
    ...trap.wires,
  };
  const output = () => written.split("\n").slice(0, -1);
  const code = await lifeOf(command)(context).catch((error: Error) => (error.message === "enough" ? ("stopped" as const) : Promise.reject(error)));
  return { output: output(), code };
}

const sh = (script: string, options?: Parameters<typeof play>[1]) => play(["sh", "-c", script], options);

describe("a played script", () => {
  it.each([
    ["one word after another", "echo a; hostname", ["a", "pod"], 0],
    ["its variables", "echo $NAME ${NAME} '$NAME' \"<$WORDS>\" $WORDS", ["web web $NAME <two  words> two words"], 0],
    ["defaults of variables", "echo ${NONE:-no} ${NAME:-no} ${NAME%b} ${#NAME}; X=1 env | grep -c ^X=; echo [$X]", ["no web we 3", "1", "[]"], 0],
    ["what comes after a failure by && is left out", "false && echo no || echo or; echo yes", ["or", "yes"], 0],
    ["its exit code", "echo a; exit 3; echo b", ["a"], 3],
    ["the exit code of its last word", "true; false", [], 1],
    ["branches", "if [ $NAME = db ]; then echo db; elif test $NAME = web; then echo web; else echo no; fi", ["web"], 0],
    ["loops over words", "for i in 1 2 3; do [ $i -eq 2 ] && continue; echo $i; done", ["1", "3"], 0],
    ["loops with an end", "i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; until true; do echo no; done; echo $i", ["3"], 0],
    ["functions", "greet() { echo hello $1; return 4; }; greet you; echo $?", ["hello you", "4"], 0],
    ["pipes and the output of commands", "echo \"$(printf 'a\\nb\\n' | tail -n 1) `id -u`\"; cat", ["b 1000", "typed"], 0],
    [
      "files",
      "echo ok >/tmp/health; cat /tmp/health; rm -rf /tmp/health; cat /tmp/health",
      ["ok", "cat: can't open '/tmp/health': No such file or directory"],
      1,
    ],
    ["folders", "mkdir -p /data/a && touch /data/a/x && cd /data/a && ls && test -d /data; echo $?", ["x", "0"], 0],
    ["other places of output", "echo gone >/dev/null; { echo a; echo b; } 2>&1 | wc -l; (exit 5); echo $?", ["2", "5"], 0],
    ["fields", "printf 'a:b\\nc\\n' | cut -d: -f2", ["b", "c"], 0],
    ["sums", "if [ $(expr 7 % 2) -ne 0 ]; then echo odd; fi; expr 2 - 2", ["odd", "0"], 1],
    ["columns", "printf 'a b\\nc d\\n' | awk '{print $2}'", ["b", "d"], 0],
    ["requests", "curl -s http://10.0.0.1:8080/echo?msg=a", ["10.0.0.1:8080/echo?msg=a"], 0],
    [
      "kernel settings",
      "sysctl kernel.shm_rmid_forced; ip link add dummy0 type dummy",
      ["kernel.shm_rmid_forced = 1", "ip: RTNETLINK answers: Operation not permitted"],
      2,
    ],
    ["arguments", "echo $# $1", ["0"], 0],
    ["a bad script", "if true", ['sh: syntax error: expecting "then"'], 2],
    ["a variable that must be set", "echo ${NONE:?}; echo no", ["sh: NONE: parameter not set"], 2],
  ])("%s", async (_name, script, output, code) => {
    expect(await sh(script)).toEqual({ output, code });
  });

  it.each([
    ["alone", "while true; do echo b; done", ["b", "b", "b"]],
    ["after other words", "echo a; while true; do echo b; done", ["a", "b", "b"]],
    ["on a line of its own", "echo a\n  while :; do echo b; done", ["a", "b", "b"]],
  ])("loops %s until it is stopped", async (_name, script, output) => {
    expect(await sh(script, { lines: 3 })).toEqual({ output, code: "stopped" });
  });

  it("handles SIGTERM when it traps it, and else does not hear it", async () => {
    const trap = new TermTrap();
    expect(trap.signal()).toBe(false);
    const ended = sh("_term() { echo bye; exit 6; }; trap _term TERM; sleep infinity & wait", { trap });
    await expect.poll(() => trap.signal()).toBe(true);
    expect(await ended).toEqual({ output: ["bye"], code: 6 });
  });
});

describe("a command line without a shell", () => {
  it.each([
    ["a program by its path", ["/bin/echo", "$NAME"], ["$NAME"], 0],
    ["arguments of a script", ["sh", "-c", "echo $1 $0", "zero", "one"], ["one zero"], 0],
    ["agnhost", ["/agnhost", "entrypoint-tester", "a", "b"], ["[/agnhost entrypoint-tester a b]"], 0],
    ["a program that would be root", ["/agnhost", "nonewprivs"], ["Effective uid: 1000"], 0],
    ["agnhost that looks at files", ["/agnhost", "mounttest", "--file_mode=/etc/hostname"], ['mode of file "/etc/hostname": -rw-r--r--'], 0],
  ])("%s", async (_name, command, output, code) => {
    expect(await play(command)).toEqual({ output, code });
  });
});
