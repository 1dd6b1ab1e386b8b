/**
 * Who may import whom (ARCHITECTURE.md has the reasons). Most rules are allow-lists: whatever is not named is forbidden,
 * Node's own modules and packages included. `import type` counts as an import. test/awake proves that each rule works.
 */
const ours = '^(src|workflows|activities|examples|scripts|test)/';
const package_ = (name) => `(^|/)node_modules/${name}/`;

/** `from` may import what `to` lists, and nothing else. */
const only = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: to },
});

const forbid = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

/** Values, as opposed to `import type`. */
const valuesOf = (path) => ({ path, dependencyTypesNot: ['type-only'] });

const protocol = ['^workflows/restore\\.ts$', '^workflows/restore/'];

module.exports = {
  forbidden: [
    only('schema-zod-only', '^src/schema/', ['^src/schema/', package_('zod')], 'The nouns know zod and each other.'),
    only('domain-pure', '^src/domain/', ['^src/domain/', '^src/schema/'], 'The verbs import no package and no Node.'),
    forbid(
      'domain-schema-types-only',
      { path: '^src/domain/' },
      valuesOf('^src/schema/'),
      'A value from schema brings zod into the workflow bundle: 700 KiB for each cached run.',
    ),
    only('ports-schema-types', '^src/ports/', ['^src/ports/', '^src/schema/'], 'What we need, in our own words.'),
    forbid(
      'ports-schema-types-only',
      { path: '^src/ports/' },
      valuesOf('^src/schema/'),
      'Ports take types from schema.',
    ),
    only(
      'workflows-deterministic',
      '^workflows/',
      // `common` for defineSearchAttributeKey, which the workflow package does not hand on.
      ['^workflows/', '^src/domain/', '^src/schema/', package_('@temporalio/(workflow|common)')],
      'Even a type import of activities, ports or adapters makes Node API compile in a workflow.',
    ),
    forbid(
      'workflows-schema-types-only',
      { path: '^workflows/' },
      valuesOf('^src/schema/'),
      'No zod in workflow code.',
    ),
    forbid(
      'restore-without-sdk',
      { path: protocol },
      { path: package_('@temporalio'), reachable: true },
      'The explorer runs the restore protocol without Temporal: neither it nor what it imports may import the SDK.',
    ),
    only(
      'with-guard-small',
      '^workflows/with-guard\\.ts$',
      ['^workflows/messages\\.ts$', '^src/schema/', package_('@temporalio/workflow')],
      'It runs inside the workflow bundles of other teams.',
    ),
    only(
      'activities-ports-only',
      '^activities/',
      // `crypto` for digests: a computation, not the world.
      ['^activities/', '^src/(ports|domain|schema)/', package_('@temporalio/(activity|common)'), '^(node:)?crypto$'],
      'An activity reaches the world through ports.',
    ),
    forbid(
      'adapters-no-further',
      { path: '^src/adapters/' },
      { path: ours, pathNot: '^src/(adapters|ports|schema|domain)/' },
      'Adapters know ports, schema and domain; packages are what they are for.',
    ),
    only(
      'client-small',
      '^src/client/',
      [
        ...['^src/(client|schema|domain)/', '^workflows/messages\\.ts$', package_('@temporalio/(client|common)')],
        '^(node:)?(crypto|timers/promises)$',
      ],
      'Deploy tools embed it: it must stay light and free of the engine.',
    ),
    forbid(
      'cli-through-client',
      { path: '^src/cli/' },
      {
        path: ours,
        pathNot: [
          '^src/(cli|client|gateway|schema|domain|ports|sandbox|adapters)/',
          '^src/(config|wire|worker|worker-logger)\\.ts$',
        ],
      },
      'Commands use the client, the configuration and what wire.ts joins.',
    ),
    forbid('cli-port-types-only', { path: '^src/cli/' }, valuesOf('^src/ports/'), 'Ports come from wire.ts.'),
    forbid(
      'gateway-through-client',
      { path: '^src/gateway/' },
      { path: ours, pathNot: '^src/(gateway|client|schema)/' },
      'A door reports and asks; it has no store, no keys and no clusters.',
    ),
    forbid(
      'sandbox-from-dev-and-demo-only',
      { path: '^(src|workflows|activities)/', pathNot: ['^src/sandbox/', '^src/cli/(dev|demo)'] },
      { path: '^src/sandbox/' },
      'Pretend clusters have no place in production code.',
    ),
    forbid(
      'sandbox-alone',
      { path: '^src/sandbox/' },
      { path: [ours, package_('belay'), '^dist/'], pathNot: '^src/sandbox/' },
      'It must not be able to repeat mistakes of the engine.',
    ),
    forbid(
      'examples-by-package-name',
      { path: '^examples/' },
      { path: [ours, '^dist/'], pathNot: '^examples/', dependencyTypes: ['local'] },
      'Examples show what a user can write: imports of "belay/…".',
    ),
    forbid(
      'adapters-from-wire-only',
      {
        path: '^(src|workflows|activities|examples)/',
        pathNot: ['^src/adapters/', '^src/wire\\.ts$', '^src/cli/(dev|demo)'],
      },
      { path: '^src/adapters/' },
      'One file joins ports and adapters.',
    ),
    forbid(
      'dev-server-adapter-only',
      { path: '^src/cli/(dev|demo)' },
      { path: '^src/adapters/', pathNot: '^src/adapters/temporal-cli(\\.ts$|/)' },
      'dev and demo start a Temporal server; everything else comes from wire.ts.',
    ),
    forbid(
      'test-from-test-only',
      { path: ours, pathNot: '^test/' },
      { path: '^test/' },
      'Shipped code does not depend on tests.',
    ),
    forbid(
      'declared-dependencies-only',
      { path: '^(src|workflows|activities|examples)/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
      'What is not in "dependencies" is not there when installed.',
    ),
    forbid('no-cycles', {}, { circular: true }, 'Modules in a cycle can only be understood together.'),
    forbid(
      'no-unresolvable',
      {},
      { couldNotResolve: true, pathNot: '^belay/' },
      'A wrong path would slip past all rules.',
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: '^test/awake/fixtures/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
