import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    // Live tests start processes and measure; two at once on two cores would disturb each other.
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/*.test.ts', 'test/{cases,properties,theory,goldens}/**/*.test.ts'],
          testTimeout: 60_000,
          // Plain imports: the module runner makes a getter of every imported constant, and the
          // simulator two to four times as slow.
          experimental: { viteModuleRunner: false },
        },
      },
      {
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    reporters: ['default', './test/helpers/closing-line.ts'],
  },
});

export default config;
