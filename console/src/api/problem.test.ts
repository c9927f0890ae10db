import { describe, expect, it } from 'vitest';

import { problemOf } from './problem';

describe('problemOf', () => {
  it('reads a problem document', () => {
    const problem = problemOf(new Response(null, { status: 400 }), {
      type: 'urn:dataall:problem:Invalid',
      title: 'Bad input',
      status: 400,
      detail: 'two things are wrong',
      instance: 'c6af9ac6',
      errors: [{ pointer: '/name', detail: 'too short' }, { nonsense: true }],
    });
    expect(problem).toMatchObject({
      status: 400,
      kind: 'Invalid',
      title: 'Bad input',
      detail: 'two things are wrong',
      requestId: 'c6af9ac6',
      errors: [{ pointer: '/name', detail: 'too short' }],
    });
  });

  it("reads API Gateway's own answers", () => {
    const response = new Response(null, { status: 504, headers: { 'x-amzn-RequestId': 'abc' } });
    expect(problemOf(response, { message: 'Endpoint request timed out' })).toMatchObject({
      status: 504,
      title: 'HTTP status 504',
      detail: 'Endpoint request timed out',
      requestId: 'abc',
    });
  });

  it('reads a page of a proxy that is no JSON', () => {
    expect(problemOf(new Response(null, { status: 502 }), '<html>')).toMatchObject({ status: 502, detail: '' });
  });
});
