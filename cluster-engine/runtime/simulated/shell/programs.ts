import { sleep } from "../../../base/clock.ts";
import { agnhost } from "../agnhost.ts";
import { runForever } from "../process.ts";
import { arithmetic } from "./arithmetic.ts";
import { filePrograms } from "./filePrograms.ts";
import { Exit, Jump, type Program, type Shell, type Streams } from "./shell.ts";
import { holds } from "./test.ts";
import { textPrograms } from "./textPrograms.ts";

const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text) || 0);

const shellWords: Record<string, Program> = {
  ":": () => 0,
  true: () => 0,
  false: () => 1,
  exit: (shell, [code]) => {
    throw new Exit(number(code, shell.code) & 255);
  },
  return: (shell, [code]) => {
    throw new Jump("return", number(code, shell.code));
  },
  break: (_shell, [levels]) => {
    throw new Jump("break", number(levels, 1));
  },
  continue: (_shell, [levels]) => {
    throw new Jump("continue", number(levels, 1));
  },
  cd: (shell, [to = "/"], { err }) => {
    const path = shell.path(to);
    if (!shell.context.files().status(path)?.isDirectory) {
      err(`${shell.name}: cd: can't cd to ${to}: No such file or directory\n`);
      return 2;
    }
    shell.directory = path;
    return 0;
  },
  pwd: (shell, _args, { out }) => say(out, shell.directory),
  export: (shell, args) => {
    for (const [name, value] of args.map(assignment)) if (value !== undefined) shell.set(name, value);
    return 0;
  },
  local: (shell, args) => {
    for (const [name, value] of args.map(assignment)) shell.set(name, value ?? "");
    return 0;
  },
  unset: (shell, args) => {
    for (const name of args) shell.variables.delete(name);
    return 0;
  },
  shift: (shell) => {
    shell.shift();
    return 0;
  },
  set: () => 0,
  exec: (shell, [name, ...args], streams) => leave(name === undefined ? 0 : shell.invoke(name, args, streams), name !== undefined),
  trap: (shell, [action = "-", ...signals]) => {
    if (signals.some((signal) => /^(SIG)?TERM$|^15$/.test(signal))) {
      shell.context.trap(action === "-" ? undefined : () => shell.evaluate(action));
    }
    return 0;
  },
  wait: async (shell) => {
    const untilTrapped = shell.context.trapped();
    const codes = await Promise.race([Promise.all(shell.jobs), untilTrapped]);
    return codes ? (codes.at(-1) ?? 0) : 143;
  },
  sh: runShell,
  bash: runShell,
  test: (shell, args) => Number(!holds(shell, args)),
  "[": (shell, args) => Number(!holds(shell, args.slice(0, -1))),
  "[[": (shell, args) => Number(!holds(shell, args.slice(0, -1))),
};

async function runShell(shell: Shell, args: string[]): Promise<number> {
  const script = args.findIndex((word) => /^-\w*c\w*$/.test(word));
  const { context } = shell;
  const inner = shell.inner();
  inner.name = shell.calledAs;
  if (script >= 0) return inner.runScript(args[script + 1] ?? "", args.slice(script + 2));
  // Nobody types: an open input stays silent, a closed one is at its end.
  return context.stdin ? 0 : runForever(context);
}

async function leave(work: number | Promise<number>, ends: boolean): Promise<number> {
  const code = await work;
  if (ends) throw new Exit(code);
  return code;
}

const systemPrograms: Record<string, Program> = {
  sleep: async (shell, args) => {
    const { clock, signal } = shell.context;
    if (args[0] === "infinity" || args[0] === "inf") return runForever(shell.context);
    await sleep(
      clock,
      args.reduce((total, text) => total + durationMs(text), 0),
      signal,
    );
    return 0;
  },
  hostname: (shell, _args, { out }) => say(out, shell.context.hostname),
  env: (shell, args, streams) => {
    if (args.length > 0) return shell.invoke(args[0]!, args.slice(1), streams);
    for (const [name, value] of shell.variables) streams.out(`${name}=${value}\n`);
    return 0;
  },
  printenv: (shell, [name], { out }) => {
    const value = shell.get(name ?? "");
    return value === undefined ? 1 : say(out, value);
  },
  id: (shell, [option], { out }) => {
    const { user, group } = shell.context;
    if (option === "-u") return say(out, String(user));
    if (option === "-g" || option === "-G") return say(out, String(group));
    return say(out, `uid=${user} gid=${group}`);
  },
  whoami: (shell, _args, { out }) => say(out, shell.context.user === 0 ? "root" : String(shell.context.user)),
  date: (shell, [format], { out }) => {
    const now = new Date(shell.context.clock.now());
    return say(out, format === "+%s" ? String(Math.floor(now.getTime() / 1000)) : now.toUTCString());
  },
  nproc: (_shell, _args, { out }) => say(out, "1"),
  sync: () => 0,
  mount: (_shell, _args, { out }) => say(out, "cgroup2 on /sys/fs/cgroup type cgroup2 (ro,nosuid,nodev,noexec,relatime)"),
  expr: (_shell, args, { out }) => {
    const value = arithmetic(args.join(" "), () => undefined);
    say(out, String(value));
    return Number(value === 0);
  },
  sysctl: (shell, args, { out, err }) => {
    const name = (args.at(-1) ?? "").replaceAll("/", ".");
    const value = shell.context.sysctls[name];
    if (value !== undefined) return say(out, `${name} = ${value}`);
    err(`sysctl: error: '${name}' is an unknown key\n`);
    return 1;
  },
  ip: (shell, _args, { err }) => {
    if (shell.context.privileged) return 0;
    err("ip: RTNETLINK answers: Operation not permitted\n");
    return 2;
  },
  curl: fetchUrl,
  wget: fetchUrl,
  agnhost,
  nonewprivs: (shell, args, streams) => agnhost(shell, ["nonewprivs", ...args], streams),
  "agnhost-2": (shell, args, streams) => {
    if (args[0] !== "entrypoint-tester" && args.length > 0) return agnhost(shell, args, streams);
    return say(streams.out, `[${["/agnhost-2", ...args].join(" ")}]`);
  },
};

/** Asks a simulated pod by its address, and prints what it says. */
function fetchUrl(shell: Shell, args: string[], { out, err }: Streams): number {
  const address = args.find((word) => !word.startsWith("-") && /^(https?:\/\/)?[\w.[\]:-]+/.test(word) && /[.:]/.test(word)) ?? "";
  try {
    const { hostname, port, pathname, search } = new URL(address.includes("://") ? address : `http://${address}`);
    const { status, text } = shell.context.request(hostname, Number(port || 80), pathname + search);
    out(text);
    return status < 400 ? 0 : 22;
  } catch (error) {
    err(`curl: (7) ${(error as Error).message}\n`);
    return 7;
  }
}

const durationMs = (text: string): number =>
  number(/^[\d.]+/.exec(text)?.[0], 0) * ({ m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1)!] ?? 1000);

const assignment = (text: string): [name: string, value: string | undefined] => {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

function say(out: (text: string) => void, line: string): number {
  out(`${line}\n`);
  return 0;
}

/** By name. Whoever is missing here is no known program. */
export const programs: Readonly<Record<string, Program>> = Object.assign(Object.create(null), shellWords, systemPrograms, textPrograms, filePrograms);
