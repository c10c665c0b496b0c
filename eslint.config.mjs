import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/"] },
    ...tseslint.configs.recommended,
    prettier,
    {
        rules: {
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            eqeqeq: ["error", "always"],
        },
    },
    { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
    {
        // A component that prints bypasses the engine; pulumi.log reaches every front end.
        files: ["components/**/*.ts", "stacks/**/*.ts", "index.ts"],
        rules: { "no-console": "error" },
    },
);
