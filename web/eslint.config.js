import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const features = readdirSync(new URL('./src/features', import.meta.url));

const REASON = {
  feature: 'A feature imports from lib, api and components, never from another feature.',
  below: 'lib, api and components know nothing of the features.',
  lib: 'lib is the lowest layer: it knows nothing of api, components or features.',
};

/** Forbids the imports of `group` to `files`. */
function forbid(files, group, message) {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] } };
}

export default tseslint.config(
  { ignores: ['dist', 'coverage'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './tsconfig.node.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  { files: ['src/**/*.{ts,tsx}'], languageOptions: { globals: globals.browser } },
  { files: ['swagger/init.js'], languageOptions: { globals: globals.browser } },
  { files: ['eslint.config.js'], languageOptions: { globals: globals.node } },
  { files: ['src/**/*.{ts,tsx}'], ...reactHooks.configs.flat['recommended-latest'] },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      // Hooks own tracks and media elements, which are changed in place by design; the React compiler is not used.
      'react-hooks/immutability': 'off',
      'react-hooks/preserve-manual-memoization': 'off',
    },
  },
  { files: ['src/**/*.tsx'], ...jsxA11y.flatConfigs.strict },
  forbid(['src/lib/**'], ['@/api/*', '@/components/*', '@/features/*'], REASON.lib),
  forbid(['src/api/**'], ['@/components/*', '@/features/*'], REASON.below),
  forbid(['src/components/**'], ['@/features/*'], REASON.below),
  ...features.map((name) =>
    forbid(
      [`src/features/${name}/**`],
      [
        ...features.filter((other) => other !== name).flatMap((other) => [`@/features/${other}/*`, `**/${other}/*`]),
        // `api` has folders that are called as features are.
        '!@/api/**',
      ],
      REASON.feature,
    ),
  ),
);
