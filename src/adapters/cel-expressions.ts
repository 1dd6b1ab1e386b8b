import { createContext, Script } from 'node:vm';
import { Environment } from '@marcbachmann/cel-js';
import { isExactNumber, isList, isRecord } from '../domain/kubernetes/json.ts';
import type { Expressions } from '../ports/expressions.ts';
import type { ExpressionAnswer } from '../schema/health-rule.ts';
import type { Json } from '../schema/json.ts';

/** CEL always ends, but nested macros over long lists and regular expressions may take very long about it. */
const longestEvaluation = 250;
const longestList = 1000;
const keptPrograms = 500;

const limits = { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 10 };

type Program = (context: { readonly object: unknown }) => unknown;

/** The Common Expression Language over one variable, `object`. */
export function createCelExpressions(): Expressions {
  const cel = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true, limits });
  cel.registerVariable('object', 'map');
  const programs = new Map<string, Program>();
  const run = bounded();
  return {
    problemWith: (expression) => {
      const checked = cel.check(expression);
      if (!checked.valid) return firstLine(checked.error);
      return ['bool', 'dyn'].includes(String(checked.type)) ? null : `answers ${checked.type}, not true or false`;
    },
    evaluate: (expression, object) => {
      try {
        const program = programs.get(expression) ?? (cel.parse(expression) as Program);
        if (programs.size >= keptPrograms) programs.clear();
        programs.set(expression, program);
        return toAnswer(run(() => program({ object: plainOf(object) })));
      } catch (error) {
        return { kind: 'error', reason: firstLine(error) };
      }
    },
  };
}

/** Only `vm` can interrupt JavaScript that does not return. */
function bounded(): (work: () => unknown) => unknown {
  const place: { work: () => unknown } = { work: () => undefined };
  const context = createContext(place);
  const script = new Script('work()');
  return (work) => {
    place.work = work;
    return script.runInContext(context, { timeout: longestEvaluation });
  };
}

function toAnswer(value: unknown): ExpressionAnswer {
  return typeof value === 'boolean' ? { kind: 'value', value } : { kind: 'error', reason: 'is neither true nor false' };
}

/** Further lines of the library's messages only draw the expression again. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String((error as { message?: unknown })?.message ?? error);
  return message.split('\n')[0] ?? '';
}

/** CEL's own values: whole numbers are 64-bit integers, all others doubles. */
function plainOf(value: Json): unknown {
  if (isExactNumber(value)) return numberOf(value.value);
  if (typeof value === 'number') return numberOf(String(value));
  if (isList(value)) return listOf(value);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainOf(one)])) : value;
}

function listOf(values: readonly Json[]): unknown[] {
  if (values.length > longestList) throw new Error(`the object has a list of more than ${longestList} entries`);
  return values.map(plainOf);
}

const largest = 2n ** 63n;

function numberOf(text: string): bigint | number {
  if (!/^-?\d+$/.test(text)) return Number(text);
  const whole = BigInt(text);
  return whole >= -largest && whole < largest ? whole : Number(text);
}
