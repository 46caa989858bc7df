#!/usr/bin/env node
// Does what electron-builder asks of fpm for a .deb, by dpkg-deb: for machines that can't fetch fpm.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const single = ["architecture", "after-install", "after-remove", "description", "version", "package", "name", "maintainer", "vendor", "url"];
const ignored = ["category", "deb-priority", "license", "iteration", "deb-compression", "log"];
const options = {
  ...Object.fromEntries([...single, ...ignored].map((name) => [name, { type: "string" }])),
  source: { type: "string", short: "s" },
  target: { type: "string", short: "t" },
  depends: { type: "string", short: "d", multiple: true },
  "deb-recommends": { type: "string", multiple: true },
  force: { type: "boolean" },
};
const { values, positionals } = parseArgs({ args: process.argv.slice(2), options, allowPositionals: true });
if (values.target !== "deb") throw new Error(`only deb packages can be made here, not ${values.target}`);

const root = mkdtempSync(join(tmpdir(), "wherry-deb-"));
try {
  // fpm takes FROM=TO; a FROM that ends in a slash means what is in the folder.
  for (const pair of positionals) {
    const [from, to] = pair.split("=");
    const target = join(root, to);
    mkdirSync(dirname(target), { recursive: true });
    if (statSync(from).isDirectory()) cpSync(from, target, { recursive: true, verbatimSymlinks: true });
    else copyFileSync(from, target);
  }
  const control = join(root, "DEBIAN");
  mkdirSync(control);
  for (const [option, name] of [
    ["after-install", "postinst"],
    ["after-remove", "postrm"],
  ]) {
    if (!values[option]) continue;
    writeFileSync(join(control, name), readFileSync(values[option]));
    chmodSync(join(control, name), 0o755);
  }
  const [summary, ...details] = values.description.split("\n");
  const fields = {
    Package: values.name,
    Version: values.version,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    Homepage: values.url,
    "Installed-Size": execFileSync("du", ["-sk", root], { encoding: "utf8" }).split("\t")[0],
    Depends: values.depends?.join(", "),
    Recommends: values["deb-recommends"]?.join(", "),
    Section: "devel",
    Priority: "optional",
    Description: [summary || values.name, ...details.map((line) => ` ${line.trim() || "."}`)].join("\n"),
  };
  const text = Object.entries(fields)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(control, "control"), text.join(""));
  rmSync(values.package, { force: true });
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z6", "--build", root, values.package], { stdio: "inherit" });
} finally {
  rmSync(root, { recursive: true, force: true });
}
