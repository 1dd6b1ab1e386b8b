import { describeSuspects } from '../domain/describe-suspects.ts';
import { describeCounts } from '../domain/plan-counts.ts';
import type { PlanVerdict } from '../schema/plan.ts';
import type {
  FieldView,
  ForeignView,
  ObjectView,
  OwnersView,
  OwnerView,
  PlanView,
  TargetPlanView,
} from '../schema/plan-view.ts';
import { clean, columns, fullWidth } from './columns.ts';

/** What `belay plan` prints: somebody else's changes first, then a diff per cluster, the verdict last. */
export function planLines(view: PlanView & { readonly exit: number }, width: number = fullWidth): string[] {
  return [
    `  ${view.application} · ${view.environment}`,
    ...baselineLines(view),
    ...foreignLines(view.targets),
    ...ownerLines(view.owners),
    ...view.targets.flatMap(targetLines),
    ...verdictLines(view, width),
  ];
}

function baselineLines({ baseline, live, targets }: PlanView): string[] {
  if (!baseline) return [];
  const read =
    live === null ? '' : `; live ${live.slice(0, 6)}, one instant across ${counted(targets.length, 'target')}`;
  return [`· back to ${baseline.id.slice(0, 6)} (${basisText[baseline.because]})${read}`];
}

const basisText: Readonly<Record<NonNullable<PlanView['baseline']>['because'], string>> = {
  'open guard': 'baseline of the open guard',
  'last known good': 'last known good',
  named: 'as asked',
};

function foreignLines(targets: readonly TargetPlanView[]): string[] {
  const lines = targets.flatMap(({ target, objects }) =>
    objects.flatMap(({ object, foreign }) => foreign.map((change) => foreignText(`${target}/${object}`, change))),
  );
  return lines.length === 0 ? [] : ['! changed by somebody else, outside the deploy', ...lines];
}

function foreignText(object: string, { manager, time, pointer }: ForeignView): string {
  return clean(`    ${object}  by ${manager} at ${time ?? 'an unknown time'} (${pointer})`);
}

const effects: Readonly<Record<OwnerView['effect'], string>> = {
  none: 'it does nothing by itself',
  refuse: 'a rollback would be refused',
  pause: 'a rollback would pause it',
  ignore: 'a rollback would leave it alone',
};

const states: Readonly<Record<OwnerView['state'], string>> = {
  active: 'active',
  resting: 'at rest',
  unknown: 'perhaps active',
};

function ownerLines(owners: OwnersView | undefined): string[] {
  if (owners === undefined) return [];
  const lines = owners.found.map(({ target, owner, state, effect }) =>
    clean(`    ${target}/${owner}  ${states[state]}: ${effects[effect]}`),
  );
  return [`! applied by others, too (owners: ${owners.policy})`, ...lines];
}

function targetLines({ target, counts, objects, unproven, cut, suspects = [] }: TargetPlanView): string[] {
  return [
    columns({ mark: ' ', title: target, text: describeCounts(counts), right: '' }),
    ...objects.flatMap(objectLines),
    ...unproven.map(({ object, reason }) => clean(`    ✖ ${object}  not proven by dry run: ${reason}`)),
    ...cutLine(cut, 'object', '    '),
    ...(suspects.length === 0 ? [] : [clean(`    ! ${describeSuspects(suspects)}`)]),
  ];
}

const signs: Readonly<Record<PlanVerdict, string>> = {
  noop: '=',
  update: '~',
  create: '+',
  recreate: '±',
  prune: '-',
  leave: '·',
  refuse: '✖',
};

function objectLines(view: ObjectView): string[] {
  const { object, verdict, fields, cut } = view;
  return [
    clean(`    ${signs[verdict]} ${object}${headText(view)}`),
    ...fields.map(fieldText),
    ...cutLine(cut, 'field', '        '),
  ];
}

/** The fields below an update say why it is needed; everything else has its reason beside it. */
function headText({ verdict, reason, fields }: ObjectView): string {
  if (verdict === 'update' && fields.length > 0) return '';
  return verdict === 'refuse' || verdict === 'leave' ? `  ${verdict}: ${reason}` : `  ${reason}`;
}

const fieldSigns: Readonly<Record<FieldView['change'], string>> = { added: '+', removed: '-', changed: '~', same: '=' };

function fieldText({ pointer, change, from, to }: FieldView): string {
  return clean(`        ${fieldSigns[change]} ${pointer}  ${valueText(change, from, to)}`);
}

function valueText(change: FieldView['change'], from: string | null, to: string | null): string {
  if (change === 'changed' && from !== null && to !== null) return `${from} → ${to}`;
  const value = change === 'added' ? to : from;
  return change === 'changed' || value === null ? change : value;
}

function cutLine(cut: number, noun: string, indent: string): string[] {
  return cut === 0 ? [] : [`${indent}… ${counted(cut, `more ${noun}`)} not shown`];
}

function verdictLines({ verdict, reasons, counts, targets, exit }: PlanView & { exit: number }, width: number) {
  const proven = targets.reduce((sum, target) => sum + target.proven, 0);
  const writes = counts.update + counts.create + counts.recreate;
  const deferred = targets.reduce((sum, target) => sum + target.deferred.length, 0);
  const proof = `${proven} of ${writes} writes proven by dry run${deferred > 0 ? `, ${deferred} deferred` : ''}`;
  const text = targets.length === 0 ? '' : `${describeCounts(counts)}; ${proof}`;
  const mark = verdict === 'possible' ? '✔' : '✖';
  const last = columns({ mark, title: 'plan', text, right: `exit ${exit}` }, width);
  return [...reasons.map((reason) => `  a rollback would be refused: ${clean(reason)}`), last];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
