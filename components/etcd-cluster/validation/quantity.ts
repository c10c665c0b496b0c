/** Kubernetes quantities ("1Gi", "500m", "2e3"), as far as validation and comparison need them. */

const BINARY = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 };
const DECIMAL = { n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
const FACTORS: Record<string, number> = { ...BINARY, ...DECIMAL };

/** The number that a quantity stands for, or undefined when the text is no quantity. */
export function parseQuantity(text: string): number | undefined {
    const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$/.exec(text);
    if (!match) {
        return undefined;
    }
    const suffix = match[2] ?? "";
    const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
    return Number(match[1]) * (exponent ? 10 ** Number(exponent[1]) : FACTORS[suffix]!);
}
