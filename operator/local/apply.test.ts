import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOB, type Job } from '../kube/kinds.ts';
import { createStore } from './store.ts';

/** One apply: who, and a value for some of the leaves `outer.inner`. */
interface Apply {
  readonly manager: string;
  readonly leaves: Readonly<Record<string, number>>;
}

const leaf = fc.constantFrom('a.x', 'a.y', 'b.x', 'b.y', 'c.x');
const applies: fc.Arbitrary<Apply> = fc.record({
  manager: fc.constantFrom('one', 'two', 'three'),
  leaves: fc.dictionary(leaf, fc.integer({ min: 0, max: 2 })),
});

type Field = { readonly value: number; readonly owners: ReadonlySet<string> };

/** The same on a flat table of leaves: who set a value last owns it, alone or with all who gave the same value. */
function modelled(fields: ReadonlyMap<string, Field>, { manager, leaves }: Apply): ReadonlyMap<string, Field> {
  const next = new Map<string, Field>();
  for (const [path, { value, owners }] of fields) {
    const left = new Set(owners);
    left.delete(manager);
    if (left.size > 0) next.set(path, { value, owners: left });
  }
  for (const [path, value] of Object.entries(leaves)) {
    const known = next.get(path);
    next.set(path, { value, owners: new Set([...(known?.value === value ? known.owners : []), manager]) });
  }
  return next;
}

function jobWith(leaves: Apply['leaves']): Job {
  const spec: Record<string, Record<string, number>> = {};
  for (const [path, value] of Object.entries(leaves)) {
    const [outer = '', inner = ''] = path.split('.');
    spec[outer] = { ...spec[outer], [inner]: value };
  }
  const metadata = { namespace: 'lab', name: 'a' };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: spec as unknown as Job['spec'] };
}

function leavesOf({ spec }: Job): Readonly<Record<string, number>> {
  const leaves: Record<string, number> = {};
  for (const [outer, inner] of Object.entries(spec)) {
    for (const [key, value] of Object.entries(inner as object)) leaves[`${outer}.${key}`] = value;
  }
  return leaves;
}

test('whatever managers apply in whatever order, each field is there as long as somebody applies it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(applies, { maxLength: 12 }), async (history) => {
      const cluster = createStore({ clock: { now: () => 0 }, freeze: true });
      let fields: ReadonlyMap<string, Field> = new Map();
      for (const apply of history) {
        const fieldManager = apply.manager;
        const job = await cluster.apply(JOB, jobWith(apply.leaves), { fieldManager });
        fields = modelled(fields, apply);
        expect(leavesOf(job)).toEqual(Object.fromEntries([...fields].map(([path, { value }]) => [path, value])));
        expect(await cluster.apply(JOB, jobWith(apply.leaves), { fieldManager })).toBe(job);
      }
    }),
  );
});
