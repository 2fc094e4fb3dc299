import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { defineConfig, type Plugin } from "vite";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Writes what the page was built from, so that a test without Node sees when it was not built again. */
function digest(): Plugin {
  return {
    name: "digest",
    generateBundle() {
      const sources = readdirSync(`${HERE}src`).map((name) => `src/${name}`);
      const hash = createHash("sha256");
      for (const name of [...sources, "index.html", "package-lock.json", "vite.config.ts"].sort()) {
        hash.update(`${name}\0`).update(readFileSync(HERE + name));
      }
      this.emitFile({ type: "asset", fileName: "source.sha256", source: `${hash.digest("hex")}\n` });
    },
  };
}

// Fixed file names: the server sends ETags, and the built page is committed.
export default defineConfig({
  base: "/playground/static/",
  plugins: [digest()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsDir: "",
    modulePreload: false,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 1000, // the emoji table
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      output: { entryFileNames: "page.js", chunkFileNames: "[name].js", assetFileNames: "page[extname]" },
    },
  },
});
