// Builds the console into ui/static: hashed script and style, and the page that names them.
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build, context } from "esbuild";

const OUT = "../static";

const options = {
  entryPoints: { app: "src/main.tsx" },
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: !process.argv.includes("--watch"),
  sourcemap: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "[name]-[hash]",
  // What not everybody needs (the telephone) is fetched when it is.
  splitting: true,
  chunkNames: "chunk-[hash]",
  outdir: OUT,
  metafile: true,
  logLevel: "warning",
};

const page = (script, style) => `<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Kontaktcenter</title>
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/${style}">
<script type="module" src="/static/${script}"></script>
</head>
<body><div id="app"></div><noscript>Konsolen behöver JavaScript.</noscript></body>
</html>
`;

async function writePage(result) {
  const outputs = Object.keys(result.metafile.outputs).map((path) => basename(path));
  const script = outputs.find((name) => /^app-.*\.js$/.test(name));
  const style = outputs.find((name) => name.endsWith(".css"));
  await writeFile(`${OUT}/index.html`, page(script, style));
  await cp("favicon.svg", `${OUT}/favicon.svg`);
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
if (process.argv.includes("--watch")) {
  const plugin = { name: "page", setup: (b) => b.onEnd((result) => result.metafile && writePage(result)) };
  await (await context({ ...options, plugins: [plugin] })).watch();
} else {
  await writePage(await build(options));
}
