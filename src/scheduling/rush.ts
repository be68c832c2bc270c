/**
 * RUSH (Zappella et al. 2021, "A resource-efficient method for repeated HPO and NAS problems", arXiv 2103.16111): of
 * configurations given at the start, known to be good elsewhere, the best that passed a rung is the threshold there. Who
 * was not given must be at least as good, beside passing the rung's ordinary cut.
 */
import { isBetter, type Rung } from './rungs.ts';

export class Thresholds {
  readonly #best = new Map<Rung, number>();

  /** The worst value that passes, where the ordinary cut is `cut`. Undefined: any passes. */
  cut(rung: Rung, { isGiven = false }: { readonly isGiven?: boolean | undefined }, cut?: number): number | undefined {
    const best = this.#best.get(rung);
    if (isGiven || best === undefined) return cut;
    return cut === undefined || isBetter(best, cut, rung.goal) ? best : cut;
  }

  /** Notes that a given configuration passed with this value. */
  passed(rung: Rung, value: number): void {
    const best = this.#best.get(rung);
    if (best === undefined || isBetter(value, best, rung.goal)) this.#best.set(rung, value);
  }
}
