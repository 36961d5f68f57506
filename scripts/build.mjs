// Builds dist/: the compiled command and service, and the page. Run by `npm ci` (prepare) and `npm run build`.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');

/** Runs a package's command with this very node; a failure ends the build. */
function run(packageName, command, args) {
  const script = join(dirname(require.resolve(`${packageName}/package.json`)), command);
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(root, 'src'))) process.exit(0); // an installed package carries its dist/
if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  const built = existsSync(join(root, 'dist', 'cli', 'main.js'));
  console.error(
    `pqrsearch: ${built ? 'dist/ is left as it is' : 'dist/ cannot be built'}: the development packages are not installed (npm ci installs them, --omit=dev does not).`,
  );
  process.exit(built ? 0 : 1);
}

// Built beside and swapped in, so that a running service is without its files for no longer than a rename.
const fresh = join(root, 'dist.new');
const old = join(root, 'dist.old');
for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
run('typescript', 'bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', fresh]);
run('vite', 'bin/vite.js', ['build', '--logLevel', 'warn', '--outDir', join(fresh, 'web')]);
if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
renameSync(fresh, join(root, 'dist'));
rmSync(old, { recursive: true, force: true });
linkCommand();

/** `node_modules/.bin/pqrsearch`, so that npx runs this very copy in every folder of the clone. */
function linkCommand() {
  if (process.platform === 'win32') return; // npx makes its own shim there
  const link = join(root, 'node_modules', '.bin', 'pqrsearch');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'bin', 'pqrsearch.js'), link);
}
