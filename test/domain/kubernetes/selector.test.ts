import { describe, expect, it } from 'vitest';
import { matches, parseSelector } from '../../../src/domain/kubernetes/selector.ts';

const labels = { app: 'shop', tier: 'web', 'example.io/part': 'a', empty: '', level: '5' };

describe('selects', () => {
  it.each([
    [''],
    ['  '],
    ['app=shop'],
    ['app==shop'],
    ['app = shop , tier != api'],
    ['app in (shop, store)'],
    ['app in (shop),tier notin (api,db),!legacy,app'],
    ['missing!=x'],
    ['missing notin (x)'],
    ['example.io/part=a'],
    ['empty='],
    ['empty in ()'],
    ['! legacy'],
    ['level>4,level < 6'],
  ])('%j', (text) => expect(matches(parseSelector(text), labels)).toBe(true));
});

describe('does not select', () => {
  it.each([
    ['app=store'],
    ['app!=shop'],
    ['app in (a,b)'],
    ['app notin (shop)'],
    ['legacy'],
    ['!app'],
    ['missing='],
    ['app=shop,tier=api'],
    ['level>5'],
    ['app>1'],
    ['toString'],
  ])('%j', (text) => expect(matches(parseSelector(text), labels)).toBe(false));
});

describe('refuses', () => {
  it.each([
    ['app=shop,'],
    [','],
    ['app=a b'],
    ['app in shop'],
    ['app in (a'],
    ['app in (a b)'],
    ['=x'],
    ['a/b/c=d'],
    ['app=>x'],
    ['level>x'],
  ])('%j, naming the term', (text) => expect(() => parseSelector(text)).toThrow(/label selector term "/));
});
