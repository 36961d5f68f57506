import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import { parseWhere } from '../../src/search/where.js';

describe('conditions on quality', () => {
  it('take a number, and true or false', () => {
    expect(parseWhere('quality>=0.8 and acceptable=true')).toEqual([
      { field: 'quality', operator: '>=', value: 0.8 },
      { field: 'acceptable', operator: '=', value: 1 },
    ]);
    expect(parseWhere('acceptable=no')[0]).toMatchObject({ value: 0 });
    expect(() => parseWhere('acceptable=perhaps')).toThrowError(/true or false/);
    expect(() => parseWhere('quality>good')).toThrowError(/a number is needed/);
  });
});

describe('parseWhere', () => {
  it('reads conditions joined by and', () => {
    expect(parseWhere('age>=60 and sex=male AND code != \'NORM\' and record like "0001"')).toEqual([
      { field: 'age', operator: '>=', value: 60 },
      { field: 'sex', operator: '=', value: 'male' },
      { field: 'code', operator: '!=', value: 'NORM' },
      { field: 'record', operator: 'like', value: '0001' },
    ]);
  });

  it('compares the heart rate as a number', () => {
    expect(parseWhere('heartrate>100')).toEqual([
      { field: 'heartRate', operator: '>', value: 100 },
    ]);
    expect(() => parseWhere('heartRate=fast')).toThrow(/a number is needed/);
  });

  it('takes m and f for male and female', () => {
    expect(parseWhere('sex=F')).toEqual([{ field: 'sex', operator: '=', value: 'female' }]);
  });

  it('reads nothing as no condition', () => {
    expect(parseWhere('  ')).toEqual([]);
  });

  it('keeps a quoted value whole, with and inside it', () => {
    expect(parseWhere("record = 'this and that'")).toEqual([
      { field: 'record', operator: '=', value: 'this and that' },
    ]);
  });

  it.each([
    'age',
    'age>',
    'age>=old',
    'height>3',
    'sex=other',
    'recordedAt>=banana',
    'sex=constructor',
    'age>1 or sex=male',
    'age>1 and',
    "record='open",
    '; drop table ecg',
    'age>1and sex=male',
  ])('refuses %s as query.where', (expression) => {
    expect(() => parseWhere(expression)).toThrow(expect.objectContaining({ code: 'query.where' }));
  });

  it('throws nothing but query.where, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        try {
          parseWhere(text);
        } catch (error) {
          return PqrError.isInstance(error) && error.code === 'query.where';
        }
        return true;
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
