import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Builds the development page only: the window over the fake services peer. The product's build is electron.config.ts. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [react(), tailwindcss()],
  build: {
    target: "chrome130",
    outDir: "../.cache/window",
    emptyOutDir: true,
    rollupOptions: { input: fileURLToPath(new URL("dev.html", import.meta.url)) },
  },
});
