/** What the operator's image says that it contains. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SYSTEM } from '../harness/furnish.ts';
import { type Ring, ROOT } from '../harness/ring.ts';

/** A CycloneDX document, as far as it is read here. */
interface Bill {
  readonly components: readonly { readonly purl: string }[];
}

interface Lock {
  readonly version: string;
  /** By its folder; the project itself has none. */
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
}

const PRINT = "process.stdout.write(require('fs').readFileSync('/app/sbom.cdx.json', 'utf8'))";

export function contents(ring: () => Ring): void {
  test.concurrent('its bill of materials lists the locked dependencies, each in its version, and nothing else', async () => {
    const { kubectl } = ring().programs;
    const text = await kubectl(['exec', '--namespace', SYSTEM, 'deployment/abohb', '--', 'node', '-e', PRINT]);
    const bill = JSON.parse(text) as Bill;
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: expect.stringMatching(/^1\.\d$/),
      metadata: { component: { purl: `pkg:npm/abohb@${lock.version}` } },
    });
    expect([...new Set(bill.components.map(({ purl }) => purl))].sort()).toEqual(locked(lock));
  });
}

/** Purls of all that is installed where nothing is developed. */
function locked({ packages }: Lock): readonly string[] {
  const needed = Object.entries(packages).filter(([folder, { dev = false }]) => folder !== '' && !dev);
  const purls = needed.map(([folder, { version }]) => {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `pkg:npm/${name.replace('@', '%40')}@${version}`;
  });
  return [...new Set(purls)].sort();
}
