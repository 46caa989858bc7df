import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Configuration } from "electron-builder";
import { defineConfig } from "electron-vite";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Loaded from node_modules at run time: native code, and Electron itself. Everything else is bundled. */
const native = ["electron", "lmdb"];

/** Each process is one entry; both Electron's and plain Node's oldest supported version can run them. */
export default defineConfig({
  main: {
    // Large data parses faster as a string.
    json: { stringify: true },
    build: {
      externalizeDeps: false,
      target: "node20.18",
      outDir: at("out/main"),
      minify: false,
      rolldownOptions: {
        external: native,
        input: {
          index: at("main/electron/index.ts"),
          engineProcess: at("main/electron/engineProcess.ts"),
          servicesProcess: at("main/electron/servicesProcess.ts"),
          cli: at("main/cli/index.ts"),
        },
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      target: "node20.18",
      outDir: at("out/preload"),
      rolldownOptions: {
        external: ["electron"],
        input: { preload: at("main/electron/preload.ts") },
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: at("renderer"),
    plugins: [react(), tailwindcss()],
    build: {
      target: "chrome130",
      minify: true,
      outDir: at("out/renderer"),
      rolldownOptions: { input: { index: at("renderer/index.html") } },
    },
  },
});

/** What electron-builder makes of it: `npm run dist`. Signing is switched on by its usual environment variables. */
export const packaging: Configuration = {
  appId: "dev.wherry.app",
  productName: "Wherry",
  copyright: "Copyright © The Wherry authors",
  directories: { output: "dist", buildResources: "main/electron/resources" },
  files: ["out/**", "package.json", "!**/*.map"],
  // lmdb brings its own prebuilt parts.
  npmRebuild: false,
  asarUnpack: ["**/*.node"],
  afterPack: ({ appOutDir }) => rm(join(appOutDir, "resources/default_app.asar"), { force: true }),
  extraResources: [{ from: "out/images", to: "images", filter: ["*.tar.gz"] }],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
  },
  fileAssociations: [{ ext: ["yaml", "yml"], name: "Kubernetes manifest", mimeType: "application/yaml", role: "Editor" }],
  protocols: [{ name: "Wherry", schemes: ["wherry"] }],
  linux: {
    target: ["deb", "rpm", "tar.gz", "AppImage"],
    extraResources: [{ from: "main/setup/wherry.sh", to: "bin/wherry" }],
    category: "Development",
    executableName: "wherry",
    syncDesktopName: true,
    synopsis: "A Kubernetes cluster and its dashboard in one app",
    maintainer: "The Wherry authors <wherry@wherry.dev>",
  },
  deb: { packageName: "wherry", compression: "gz" },
  rpm: { packageName: "wherry", compression: "gzip" },
  mac: { target: ["dmg", "zip"], category: "public.app-category.developer-tools", hardenedRuntime: true },
  win: { target: ["nsis"] },
  nsis: { oneClick: true, perMachine: false },
};
