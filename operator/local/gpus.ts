/** The GPUs of this machine, handed out whole and in the order they were asked for. */
import type { Container } from '../kube/kinds.ts';
import type { Refusal } from './expand.ts';

export interface GpuRequest {
  readonly count: number;
  readonly grant: (devices: readonly string[]) => void;
}

export class Gpus {
  readonly total: number;
  #free: readonly string[];
  #waiting: readonly GpuRequest[] = [];

  /** devices: by the names that CUDA_VISIBLE_DEVICES takes. */
  constructor(devices: readonly string[]) {
    this.total = devices.length;
    this.#free = devices;
  }

  get free(): number {
    return this.#free.length;
  }

  /** Grants as soon as so many are free; nobody who asks later comes before. At most `total`. */
  request(request: GpuRequest): void {
    this.#waiting = [...this.#waiting, request];
    this.#grant();
  }

  withdraw(request: GpuRequest): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== request);
    this.#grant();
  }

  release(devices: readonly string[]): void {
    this.#free = [...this.#free, ...devices].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    this.#grant();
  }

  #grant(): void {
    for (let next = this.#waiting[0]; next && next.count <= this.#free.length; next = this.#waiting[0]) {
      const devices = this.#free.slice(0, next.count);
      this.#free = this.#free.slice(next.count);
      this.#waiting = this.#waiting.slice(1);
      next.grant(devices);
    }
  }
}

/** How many GPUs the container needs. */
export function gpusOf({ name, resources }: Container): { readonly count: number } | Refusal {
  const limit = resources?.limits?.['nvidia.com/gpu'] ?? 0;
  const count = Number(limit);
  if (Number.isInteger(count) && count >= 0) return { count };
  return { refused: `resources.limits "nvidia.com/gpu" of container ${name} is ${limit}: it must be a whole number` };
}
