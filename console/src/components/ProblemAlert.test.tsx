// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { ApiProblem, NoAnswer } from '../api/problem';
import { common } from '../texts/common';
import { ProblemAlert } from './ProblemAlert';

afterEach(cleanup);

const refused = new ApiProblem({
  status: 400,
  title: 'Bad input',
  detail: '2 problems',
  requestId: 'c6af9ac6',
  errors: [
    { pointer: '/name', detail: 'too short' },
    { pointer: '/colour', detail: 'unknown' },
  ],
});

describe('ProblemAlert', () => {
  it('shows title, detail and the request id with a button that copies it', () => {
    const conflict = new ApiProblem({ status: 409, title: 'Conflict', detail: 'it is used', requestId: 'c6af9ac6' });
    render(<ProblemAlert error={conflict} />);
    expect(screen.getByText('Conflict')).toBeTruthy();
    expect(screen.getByText('it is used')).toBeTruthy();
    expect(screen.getByText('c6af9ac6')).toBeTruthy();
    expect(screen.getByRole('button', { name: common.copyRequestId })).toBeTruthy();
  });

  it('lists every problem where there is no form', () => {
    render(<ProblemAlert error={refused} />);
    expect(screen.getByText(/too short/)).toBeTruthy();
    expect(screen.getByText(/unknown/)).toBeTruthy();
  });

  it('lists only what no field of the form shows', () => {
    render(
      <ProblemAlert error={refused} placed={{ fields: { name: 'too short' }, unplaced: refused.errors.slice(1) }} />,
    );
    expect(screen.queryByText(/too short/)).toBeNull();
    expect(screen.getByText(/unknown/)).toBeTruthy();
    expect(screen.getByText(common.atTheirFields(1))).toBeTruthy();
  });

  it('goes once everything is corrected', () => {
    const { container } = render(<ProblemAlert error={refused} placed={{ fields: {}, unplaced: [] }} />);
    expect(container.textContent).toBe('');
  });

  it('says that no answer came', () => {
    render(<ProblemAlert error={new NoAnswer('Failed to fetch')} />);
    expect(screen.getByText(common.noAnswerTitle)).toBeTruthy();
  });
});
