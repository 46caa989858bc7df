#!/usr/bin/env node
// Does what electron-builder asks of fpm, by dpkg-deb and rpmbuild: for machines that can't fetch fpm.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const single = [
  "architecture",
  "after-install",
  "after-remove",
  "description",
  "version",
  "package",
  "name",
  "maintainer",
  "vendor",
  "url",
  "license",
  "rpm-summary",
];
const ignored = ["category", "deb-priority", "iteration", "deb-compression", "rpm-compression", "rpm-os", "log"];
const options = {
  ...Object.fromEntries([...single, ...ignored].map((name) => [name, { type: "string" }])),
  source: { type: "string", short: "s" },
  target: { type: "string", short: "t" },
  depends: { type: "string", short: "d", multiple: true },
  "deb-recommends": { type: "string", multiple: true },
  "rpm-rpmbuild-define": { type: "string", multiple: true },
  force: { type: "boolean" },
};
const { values, positionals } = parseArgs({ args: process.argv.slice(2), options, allowPositionals: true });

/** fpm takes FROM=TO; a FROM that ends in a slash means what is in the folder. */
function layOut(root) {
  for (const pair of positionals) {
    const [from, to] = pair.split("=");
    const target = join(root, to);
    mkdirSync(dirname(target), { recursive: true });
    if (statSync(from).isDirectory()) cpSync(from, target, { recursive: true, verbatimSymlinks: true });
    else copyFileSync(from, target);
  }
}

function buildDeb(root) {
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
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z6", "--build", root, values.package], { stdio: "inherit" });
}

function buildRpm(root) {
  const work = mkdtempSync(join(tmpdir(), "wherry-rpm-"));
  try {
    const script = (option, section) =>
      values[option] ? `%${section} -p /bin/bash\n${readFileSync(values[option], "utf8").replaceAll("%", "%%")}\n` : "";
    const [summary, ...details] = values.description.split("\n");
    const owned = readdirSync(root).flatMap((top) =>
      top === "opt" ? readdirSync(join(root, top)).map((name) => `/opt/${name}`) : filesUnder(root, top),
    );
    const spec = `Name: ${values.name}
Version: ${values.version.replaceAll("-", "~")}
Release: 1
Summary: ${values["rpm-summary"] || summary || values.name}
License: ${values.license ?? "Apache-2.0"}
URL: ${values.url}
Vendor: ${values.vendor ?? values.maintainer}
AutoReqProv: no
${(values.depends ?? []).map((name) => `Requires: ${name}\n`).join("")}
%description
${details.join("\n").trim() || summary || values.name}

${script("after-install", "post")}${script("after-remove", "postun")}
%files
${owned.map((path) => `"${path}"`).join("\n")}
`;
    writeFileSync(join(work, "package.spec"), spec);
    const defines = [
      `_topdir ${work}`,
      "_build_id_links none",
      "debug_package %{nil}",
      "__strip /bin/true",
      "__os_install_post %{nil}",
      "_binary_payload w6.gzdio",
    ].flatMap((define) => ["--define", define]);
    const architecture = { amd64: "x86_64", arm64: "aarch64" }[values.architecture] ?? values.architecture;
    execFileSync("rpmbuild", ["-bb", "--quiet", "--target", architecture, "--buildroot", root, ...defines, join(work, "package.spec")], {
      stdio: "inherit",
    });
    const built = join(work, "RPMS", architecture);
    copyFileSync(join(built, readdirSync(built)[0]), values.package);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Files below a folder as the package has them: folders of the system stay the system's. */
function filesUnder(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(root, path) : [`/${path}`];
  });
}

const builders = { deb: buildDeb, rpm: buildRpm };
const build = builders[values.target];
if (!build) throw new Error(`only ${Object.keys(builders).join(" and ")} packages can be made here, not ${values.target}`);
const root = mkdtempSync(join(tmpdir(), "wherry-package-"));
try {
  layOut(root);
  rmSync(values.package, { force: true });
  build(root);
} finally {
  rmSync(root, { recursive: true, force: true });
}
