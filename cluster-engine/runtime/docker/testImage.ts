import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { EngineClient } from "./engineClient.ts";

/** For tests: an image with a static busybox, which serves as the sandbox image too. */
export const testImage = "wherry-test/busybox:1";

const pause = "#!/bin/sh\ntrap 'exit 0' TERM INT\nwhile :; do sleep 3600 & wait $!; done\n";
const tools = [
  "sh",
  "cat",
  "echo",
  "env",
  "false",
  "hostname",
  "httpd",
  "id",
  "ls",
  "mkdir",
  "mount",
  "mv",
  "nc",
  "nslookup",
  "ps",
  "readlink",
  "sleep",
  "stat",
  "true",
  "touch",
  "wc",
  "wget",
];

/** Makes the test image unless the engine has it. @throws when the machine has no static busybox (Debian: busybox-static). */
export async function ensureTestImage(client: EngineClient): Promise<void> {
  const present = await client.call({ path: `/images/${testImage}/json` }).then(
    () => true,
    () => false,
  );
  if (present) return;
  await client
    .call({
      method: "POST",
      path: "/images/create",
      query: { fromSrc: "-", repo: testImage },
      upload: rootFilesystem(),
      headers: { "content-type": "application/x-tar" },
      timeoutMs: 60_000,
    })
    .catch((error: unknown) => {
      // The answer is a stream of progress lines, not one JSON value.
      if (!(error instanceof SyntaxError)) throw error;
    });
}

function rootFilesystem(): Readable {
  const archive = pack();
  for (const folder of ["bin", "etc", "tmp", "proc", "sys", "dev", "root", "www"])
    archive.entry({ name: folder, type: "directory", mode: folder === "tmp" ? 0o1777 : 0o755 });
  archive.entry({ name: "bin/busybox", mode: 0o755 }, readFileSync("/bin/busybox"));
  for (const tool of tools) archive.entry({ name: `bin/${tool}`, type: "symlink", linkname: "busybox" });
  archive.entry({ name: "pause", mode: 0o755 }, pause);
  archive.entry({ name: "etc/passwd", mode: 0o644 }, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
  archive.entry({ name: "etc/group", mode: 0o644 }, "root:x:0:\nnogroup:x:65534:\n");
  archive.entry({ name: "www/index.html", mode: 0o644 }, "it serves\n");
  archive.finalize();
  // streamx, which lacks the rarer parts of node:stream's type.
  return archive as unknown as Readable;
}
