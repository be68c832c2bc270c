/** The spaces that suggestions are timed on. */
import type { Parameter } from '../../src/model.ts';

const EDGES = 6;
const OPERATIONS = ['none', 'skip', 'conv1', 'conv3', 'pool'];

export const SPACES = {
  /** 8 parameters of a training run: numbers, most of them on a logarithmic scale, and choices. */
  mixed: [
    { name: 'learningRate', type: 'float', min: 1e-5, max: 0.1, scale: 'Log' },
    { name: 'weightDecay', type: 'float', min: 1e-6, max: 0.01, scale: 'Log' },
    { name: 'momentum', type: 'float', min: 0, max: 0.99, scale: 'Linear' },
    { name: 'dropout', type: 'float', min: 0, max: 0.6, scale: 'Linear' },
    { name: 'layers', type: 'int', min: 1, max: 8, scale: 'Linear' },
    { name: 'width', type: 'int', min: 16, max: 1024, scale: 'Log' },
    { name: 'optimizer', type: 'categorical', values: ['sgd', 'adam', 'rmsprop'] },
    { name: 'batchNorm', type: 'categorical', values: ['on', 'off'] },
  ],
  /** A cell of a network: an operation on each edge, 30 coordinates. */
  nas: Array.from({ length: EDGES }, (_, i) => ({
    name: `edge${i + 1}`,
    type: 'categorical' as const,
    values: OPERATIONS,
  })),
} satisfies Readonly<Record<string, readonly Parameter[]>>;

export type SpaceName = keyof typeof SPACES;
