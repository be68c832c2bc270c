/** The program as its users start it, and a folder for it to work in. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Lab {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'abohb-')));

  remove(): void {
    rmSync(this.path, { recursive: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string): void {
    writeFileSync(this.file(name), content);
  }

  /** Empty when there is no such file. */
  read(name: string): string {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), 'utf8') : '';
  }

  /** Runs `abohb` to its end. */
  abohb(...args: readonly string[]): Promise<Ended> {
    return this.started(...args).ended;
  }

  started(...args: readonly string[]): { readonly process: ChildProcess; readonly ended: Promise<Ended> } {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: this.path, stdio: ['ignore', 'pipe', 'pipe'] });
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    const ended = Promise.all([code, text(child.stdout).catch(() => ''), text(child.stderr)]).then((all) => {
      const [status, stdout, stderr] = all;
      return { code: status, stdout, stderr };
    });
    return { process: child, ended };
  }
}
