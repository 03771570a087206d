// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { RecordKey } from '@/features/booth/bar/RecordKey';
import { DeskContext } from '@/lib/mix/desk-port';

import { deskWith, RecordingDesk } from '../../support/desk';

const NOW = Date.parse('2026-03-01T20:00:00Z');

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function shown(desk: RecordingDesk) {
  render(
    <DeskContext value={desk}>
      <RecordKey />
    </DeskContext>,
  );
}

test('a device that joins later shows how long the recording has run', () => {
  shown(new RecordingDesk(deskWith({ recording: true, recordingSince: NOW / 1000 - 65 })));
  expect(screen.getByTestId('recording-time').textContent).toBe('1:05');
  act(() => {
    vi.advanceTimersByTime(2000);
  });
  expect(screen.getByTestId('recording-time').textContent).toBe('1:07');
});

test('there is no time while nothing is written yet, nor when it is off', () => {
  const desk = new RecordingDesk(deskWith({ recording: true }));
  shown(desk);
  expect(screen.queryByTestId('recording-time')).toBeNull();
  act(() => {
    desk.become(deskWith({ recording: false }));
  });
  expect(screen.queryByTestId('recording-time')).toBeNull();
});

test('the key asks for the other state', () => {
  const desk = new RecordingDesk(deskWith({ recording: true }));
  shown(desk);
  fireEvent.click(screen.getByRole('button', { name: 'Stop recording' }));
  expect(desk.sent).toEqual([{ command: 'SetRecording', on: false }]);
});
