import { defineConfig } from 'vitest/config';

/** One project per ring of tests (docs: CONTRIBUTING.md): what each needs grows, so each can be run alone. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          maxWorkers: 2,
          setupFiles: ['test/setup.ts'],
          // On a machine that builds a control plane meanwhile.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: [
            'src/**/*.test.ts',
            'operator/**/*.test.ts',
            'cli/**/*.test.ts',
            'test/unit/**/*.test.ts',
            'examples/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'simulation',
          // One of its two long files to each.
          maxWorkers: 2,
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 2_400_000,
          // Each waits for containers most of the time.
          maxConcurrency: 8,
        },
      },
    ],
  },
});
