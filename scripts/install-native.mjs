// Builds the two native addons, better-sqlite3 and hnswlib-node, after `npm ci` / `npm install`.
// Their own install scripts are denied in package.json (allowScripts), because they fail where only
// the package registry can be reached: node-gyp then has no headers to download. Order, per addon:
// already loadable -> nothing; a prebuilt binary (better-sqlite3 only); node-gyp, with --nodedir when
// the running node's headers lie beside it. Everything it prints goes to stderr.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const PREBUILT_TIMEOUT_MILLISECONDS = 60_000;
const BUILD_TIMEOUT_MILLISECONDS = 20 * 60_000;

const ADDONS = [
  {
    name: 'better-sqlite3',
    prebuilt: true,
    probe: "new (require('better-sqlite3'))(':memory:').close()",
  },
  {
    name: 'hnswlib-node',
    prebuilt: false,
    probe: "new (require('hnswlib-node').HierarchicalNSW)('ip', 2)",
  },
];

/** Runs a command; resolves to {ok, output}; never rejects. */
function run(command, args, { cwd, timeoutMilliseconds }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMilliseconds);
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const finish = (ok) => {
      clearTimeout(timer);
      resolve({ ok, output });
    };
    child.on('error', (error) => {
      output += String(error.message);
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

function packageFolder(name) {
  return dirname(require.resolve(`${name}/package.json`));
}

/** True where the addon loads in a fresh process of this very node. */
async function loads(addon) {
  const cwd = packageFolder(addon.name);
  const { ok } = await run(process.execPath, ['-e', addon.probe], {
    cwd,
    timeoutMilliseconds: 30_000,
  });
  return ok;
}

async function fetchPrebuilt(addon) {
  if (!addon.prebuilt) return false;
  let tool;
  try {
    const folder = packageFolder(addon.name);
    tool = createRequire(join(folder, 'package.json')).resolve('prebuild-install/bin.js');
  } catch {
    return false;
  }
  const cwd = packageFolder(addon.name);
  const { ok } = await run(process.execPath, [tool], {
    cwd,
    timeoutMilliseconds: PREBUILT_TIMEOUT_MILLISECONDS,
  });
  return ok && (await loads(addon));
}

/** npm tells lifecycle scripts where its own node-gyp is; outside npm it lies beside npm. */
function nodeGypPath() {
  const besideNpm = (folder) => join(folder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const prefix = dirname(dirname(process.execPath));
  const candidates = [
    process.env.npm_config_node_gyp,
    process.env.npm_execpath && besideNpm(dirname(dirname(process.env.npm_execpath))),
    besideNpm(join(prefix, 'lib', 'node_modules', 'npm')),
    besideNpm(join(dirname(process.execPath), 'node_modules', 'npm')),
  ];
  return candidates.find((path) => path && existsSync(path));
}

async function compile(addon) {
  const nodeGyp = nodeGypPath();
  if (!nodeGyp) return { ok: false, output: 'node-gyp was not found beside npm' };
  const args = [nodeGyp, 'rebuild', '--release'];
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, 'include', 'node', 'node_api.h'))) args.push(`--nodedir=${prefix}`);
  return run(process.execPath, args, {
    cwd: packageFolder(addon.name),
    timeoutMilliseconds: BUILD_TIMEOUT_MILLISECONDS,
  });
}

/** The one line that tells the user what is missing, from what node-gyp printed. */
function explain(name, output) {
  if (/find Python/i.test(output)) {
    return `${name} needs Python 3 to be compiled: install python3, then run npm ci again.`;
  }
  if (
    /not found: make|make: not found|spawn make ENOENT|g\+\+: (command )?not found|cc: (command )?not found|find Visual Studio|xcode-select/i.test(
      output,
    )
  ) {
    return `${name} needs a C++ compiler and make (Debian: build-essential; macOS: xcode-select --install; Windows: Visual Studio Build Tools): install them, then run npm ci again.`;
  }
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|headers/i.test(output)) {
    return `${name} needs Node's headers, which could not be downloaded: install a Node that ships include/node, or run: npm config set nodedir <prefix of node>.`;
  }
  return `${name} could not be compiled. The end of the log: ${output.trim().split('\n').slice(-3).join(' | ')}`;
}

async function install(addon) {
  if (await loads(addon)) return true;
  if (await fetchPrebuilt(addon)) return true;
  console.error(`pqrsearch: compiling ${addon.name} (one to three minutes)`);
  const { ok, output } = await compile(addon);
  if (ok && (await loads(addon))) return true;
  console.error(`pqrsearch: ${explain(addon.name, output)}`);
  return false;
}

const outcomes = await Promise.all(ADDONS.map(install));
if (outcomes.includes(false)) process.exitCode = 1;
