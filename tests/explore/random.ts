/** Random choices that a seed decides: the same seed makes the same choices, on every machine. */

export class Random {
    private state: number;

    constructor(seed: number) {
        this.state = seed >>> 0;
        // Neighbouring seeds begin alike; a few turns part them.
        for (let i = 0; i < 8; i++) {
            this.next();
        }
    }

    /** At least 0, less than 1 (mulberry32). */
    next(): number {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    }

    /** A whole number, both ends included. */
    between(least: number, most: number): number {
        return least + Math.floor(this.next() * (most - least + 1));
    }

    chance(probability: number): boolean {
        return this.next() < probability;
    }

    pick<T>(list: readonly T[]): T {
        return list[this.between(0, list.length - 1)]!;
    }

    /** One of them, each as likely as its weight says. */
    weighted<T>(list: readonly T[], weight: (each: T) => number): T {
        let rest = this.next() * list.reduce((sum, each) => sum + weight(each), 0);
        return list.find((each) => (rest -= weight(each)) < 0) ?? list[list.length - 1]!;
    }

    /** That many of them, in their order. */
    some<T>(list: readonly T[], count: number): T[] {
        const left = [...list.keys()];
        const chosen = new Set<number>();
        while (chosen.size < Math.min(count, list.length)) {
            chosen.add(left.splice(this.between(0, left.length - 1), 1)[0]!);
        }
        return list.filter((_, index) => chosen.has(index));
    }
}
