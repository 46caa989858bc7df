import { sleep } from "../../base/clock.ts";
import { FileError, type FileStatus } from "./files.ts";
import { runForever } from "./process.ts";
import type { Program, Shell, Streams } from "./shell/shell.ts";

// The image that Kubernetes' own tests use: https://github.com/kubernetes/kubernetes/tree/master/test/images/agnhost

/** Its servers are unhealthy after this, ms. */
const livenessMs = 10_000;

/** `--name=value` and `--name value`. */
function flagsOf(args: string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (const [index, word] of args.entries()) {
    const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(word);
    if (match) flags.set(match[1]!, match[2] ?? args[index + 1] ?? "");
  }
  return flags;
}

const commands: Record<string, Program> = {
  pause: async ({ context }, _args, { out }) => {
    out("Paused\nSignals registered\n");
    return runForever(context);
  },
  "entrypoint-tester": (_shell, args, { out }) => {
    out(`[${["/agnhost", "entrypoint-tester", ...args].join(" ")}]\n`);
    return 0;
  },
  liveness: ({ context }) => {
    const started = context.clock.monotonic();
    context.serve(8080, (path) => {
      const seconds = (context.clock.monotonic() - started) / 1000;
      const healthy = !path.startsWith("/healthz") || seconds * 1000 <= livenessMs;
      return healthy ? { status: 200, text: "ok" } : { status: 500, text: `error: ${seconds}` };
    });
    return runForever(context);
  },
  netexec: (shell, args) => serve(shell, Number(flagsOf(args).get("http-port") ?? 8080)),
  "serve-hostname": (shell, args) => serve(shell, Number(flagsOf(args).get("port") ?? 9376)),
  "test-webserver": (shell, args) => serveFiles(shell, Number(flagsOf(args).get("port") ?? 80)),
  "grpc-health-checking": ({ context }) => {
    context.serve(5000, "grpc");
    context.serve(8080, () => ({ status: 200, text: "ok" }));
    return runForever(context);
  },
  nonewprivs: ({ context }, _args, { out }) => {
    // The program belongs to root and runs as its owner, unless that is forbidden.
    out(`Effective uid: ${context.noNewPrivileges ? context.user : 0}\n`);
    return 0;
  },
  "etc-hosts": ({ context }, _args, { out }) => {
    out(`${context.files().read("/etc/hosts")}\n`);
    return 0;
  },
  "dns-suffix": (shell, _args, { out }) => {
    out(`${resolverWords(shell, "search").join(",")}\n`);
    return 0;
  },
  "dns-server-list": (shell, _args, { out }) => {
    out(`${resolverWords(shell, "nameserver").join(",")}\n`);
    return 0;
  },
  "logs-generator": generateLogs,
  mounttest: mountTest,
};

export const agnhost: Program = (shell, [command = "", ...args], streams) => {
  const program = commands[command];
  return program ? program(shell, args, streams) : shell.unknown(streams);
};

/** What the lines of resolv.conf that begin with a word go on with. */
const resolverWords = ({ context }: Shell, first: string): string[] =>
  context
    .files()
    .read("/etc/resolv.conf")
    .split("\n")
    .flatMap((line) => (line.startsWith(`${first} `) ? line.trim().split(/\s+/).slice(1) : []));

/** What netexec and its kin answer, and write to the log. */
function serve({ context }: Shell, port: number): Promise<number> {
  const started = new Date(context.clock.now()).toISOString();
  context.serve(port, (url) => {
    const { pathname, searchParams } = new URL(url, "http://pod");
    context.write("stderr", `${logTime(context.clock.now())} GET ${pathname}${searchParams.size > 0 ? `?${searchParams.toString()}` : ""}\n`);
    switch (pathname) {
      case "/healthz":
      case "/readyz":
        return { status: 200, text: "" };
      case "/hostname":
      case "/hostName":
        return { status: 200, text: context.hostname };
      case "/echo":
        return { status: Number(searchParams.get("code") ?? 200), text: searchParams.get("msg") ?? "" };
      default:
        return { status: 200, text: `NOW: ${started}` };
    }
  });
  return runForever(context);
}

/** As Go's log package begins a line. */
const logTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");

/** The container's files, as http.FileServer has them. */
function serveFiles({ context }: Shell, port: number): Promise<number> {
  context.serve(port, (url) => {
    const path = url.split("?")[0]!;
    const found = context.files().status(path);
    if (!found) return { status: 404, text: "404 page not found" };
    return { status: 200, text: found.isDirectory ? context.files().list(path).join("\n") : context.files().read(path) };
  });
  return runForever(context);
}

async function generateLogs({ context }: Shell, args: string[], { err }: Streams): Promise<number> {
  const flags = flagsOf(args);
  const lines = Number(flags.get("log-lines-total") ?? flags.get("t"));
  const duration = flags.get("run-duration") ?? flags.get("d") ?? "";
  const milliseconds = Number.parseFloat(duration) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[/[a-z]+$/.exec(duration)?.[0] ?? ""] ?? Number.NaN);
  if (!(lines > 0 && milliseconds > 0)) return 255;
  const pick = (count: number) => Math.floor(context.random.next() * count);
  for (let id = 0; id < lines; id++) {
    const time = new Date(context.clock.now()).toISOString();
    const method = ["GET", "POST", "PUT"][pick(3)];
    const namespace = ["kube-system", "default", "ns"][pick(3)];
    const url = `/api/v1/namespaces/${namespace}/pods/${pick(0x7fffffff).toString(36)}`;
    err(
      `I${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000       1 logs_generator.go:76] ${id} ${method} ${url} ${200 + pick(400)}\n`,
    );
    await sleep(context.clock, milliseconds / lines, context.signal);
  }
  return 0;
}

const newContent = "mount-tester new file\n";
const loopMs = 2000;

/** Looks at files in the order in which the image does; 1 when something could not be done. */
async function mountTest(shell: Shell, args: string[], { out }: Streams): Promise<number> {
  const { clock, signal } = shell.context;
  const files = shell.context.files();
  const flags = flagsOf(args);
  let failed = false;
  const look = (flag: string, work: (path: string) => void, complaint = (path: string, problem: string) => `error with "${path}": ${problem}`) => {
    const path = flags.get(flag);
    if (path === undefined) return;
    try {
      work(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      out(`${complaint(path, error.message)}\n`);
      failed = true;
    }
  };
  const status = (path: string): FileStatus => {
    const found = files.status(shell.path(path));
    if (!found) throw new FileError("no such file or directory");
    return found;
  };
  const show = (path: string) => out(`content of file "${path}": ${files.read(shell.path(path))}\n`);

  look("fs_type", (path) => out(`mount type of "${path}": ${status(path).fileSystem}\n`));
  for (const mode of ["0644", "0666", "0660", "0777"])
    look(`new_file_${mode}`, (path) => {
      files.write(shell.path(path), newContent);
      files.setMode(shell.path(path), Number.parseInt(mode, 8));
      show(path);
    });
  look("file_mode", (path) => out(`mode of file "${path}": ${modeText(status(path))}\n`));
  look("file_perm", (path) => out(`perms of file "${path}": -${permissionText(status(path).mode)}\n`));
  look("file_owner", (path) => out(`owner UID of "${path}": ${status(path).user}\nowner GID of "${path}": ${status(path).group}\n`));
  look("file_content", show);
  const looped = flags.get("file_content_in_loop");
  const rounds = looped === undefined ? 0 : (Number(flags.get("retry_time") ?? 180) * 1000) / loopMs;
  for (let round = 0; round < rounds; round++) {
    look("file_content_in_loop", show, (path, problem) => `Error reading file ${path}: open ${path}: ${problem.toLowerCase()}, retrying`);
    if (flags.get("break_on_expected_content") !== "false" && files.status(shell.path(looped!)) && files.read(shell.path(looped!)) === newContent)
      break;
    await sleep(clock, loopMs, signal);
  }
  return Number(failed);
}

/** As Go prints permission bits. */
const permissionText = (mode: number): string => Array.from("rwxrwxrwx", (letter, index) => (mode & (1 << (8 - index)) ? letter : "-")).join("");

/** As Go prints a file's mode. */
function modeText({ isDirectory, mode }: FileStatus): string {
  const flags = [isDirectory && "d", mode & 0o4000 && "u", mode & 0o2000 && "g", mode & 0o1000 && "t"].filter(Boolean).join("");
  return `${flags || "-"}${permissionText(mode)}`;
}
